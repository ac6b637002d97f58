"""A film may differ from the plainest along several dimensions; one option or more are drawn, each of a dimension."""

from case import pick

# Transfer syntaxes begin with this UID, and go on as these tables say.
TRANSFER_SYNTAX = "1.2.840.10008.1.2"
NATIVE = {None: ".1", "implicit": "", "big": ".2", "deflated": ".1.99"}
ENCAPSULATED = {
    "rle": ".5", "jpegls": ".4.80", "j2k": ".4.90", "j2k-unsigned": ".4.90", "lossless": ".4.57",
    "lossless-sv1": ".4.70", "baseline": ".4.50", "extended": ".4.51",
}  # fmt: skip
LOSSY_SYNTAXES = {"baseline", "extended"}
COLOUR_SYNTAXES = {"rle", "jpegls", "j2k", "lossless", "lossless-sv1"}

# A file may have these, which the plainest has not. The name of a file lists what was drawn.
DIMENSIONS = {
    "photometric": ["mono1", "no-photometric"],
    "shape": ["identity", "inverse"],
    "syntax": [*filter(None, NATIVE), *ENCAPSULATED],
    "un": ["un-window", "un-rescale", "un-photometric", "un-size", "un-sequences", "un-undefined", "un-all"],
    "private": ["private-undefined", "private-defined"],
    "announced": ["other-than-announced"],
    "start": ["dicm-first", "group2-first", "bare"],
    "end": ["zeros-after", "padding-after", "garbage-after", "longer"],
    "encapsulation": ["open", "fragments", "fragments-table", "table", "no-table", "extended-table"],
    "modality": ["rescale", "negative-slope", "slope-0", "slope-nan", "rescale-comma", "modality-lut"],
    "window": ["one", "two", "exact", "sigmoid", "comma", "narrow", "bad-first", "only-bad"],
    "table": ["table", "deep", "packed", "bytes", "65536", "two-tables", "bad-table", "signed-first"],
    "groups": ["shared", "frame", "shared-top", "frame-shared", "frame-shared-top"],
    "aspect": ["spacing", "imager", "nominal", "ratio", "spacing-ratio", "imager-nominal", "square-ratio", "almost"],
    "shutter": ["rectangle", "circle", "polygon", "two-shutters", "part-shutter", "all-hidden"],
    "padding": ["padding", "padding-range", "padding-unsigned"],
    "bits": ["high-bit", "overlay-bits"],
    "colour": ["rgb", "rgb-planar", "ybr", "ybr-planar", "ybr-422", "palette-8", "palette-16", "palette-bytes"],
    "depth": ["1-bit", "32-bit", "64-bit", "float", "double"],
    "frames": ["frames"],
}


def clash(options):
    """This tells whether two options cannot stand in one file, or nobody could say what is right."""
    syntax, keys = options.get("syntax"), options.keys()
    is_encapsulated, is_implicit = syntax in ENCAPSULATED, syntax == "implicit"
    colour, shutter = options.get("colour", ""), options.get("shutter", "")
    modality, window, un = options.get("modality"), options.get("window"), options.get("un")
    return any([
        "depth" in keys and keys - {"depth", "photometric", "private", "start"},
        colour and keys & {"photometric", "shape", "window", "table", "modality", "padding", "bits"},
        colour and syntax == "baseline" and colour != "ybr-422",
        colour and is_encapsulated and syntax not in COLOUR_SYNTAXES | {"baseline"},
        is_encapsulated and (colour.endswith("planar") or colour == "ybr-422" and syntax != "baseline"),
        colour and un in ("un-window", "un-rescale"),
        "un" in keys and (is_implicit or "announced" in keys),
        "announced" in keys and syntax not in (None, "implicit"),
        options.get("start") == "bare" and (syntax not in (None, "implicit") or "announced" in keys),
        "encapsulation" in keys and ("end" in keys or "depth" in keys or not is_encapsulated),
        options.get("end") == "longer" and is_encapsulated,
        "fragments" in options.get("encapsulation", "") and syntax == "rle",
        syntax in LOSSY_SYNTAXES and keys & {"padding", "bits"},
        is_encapsulated and "bits" in keys and syntax != "rle",
        "table" in keys and ("groups" in keys or modality == "rescale-comma"),
        window == "narrow" and keys & {"modality", "table"},
        "groups" in keys and (colour or window == "only-bad"),
        "groups" in keys and modality in ("slope-0", "slope-nan", "modality-lut"),
        "aspect" in keys and (shutter in ("circle", "two-shutters")
                              or "groups" in keys and "spacing" not in options["aspect"]),
        options.get("photometric") == "no-photometric" and (options.get("shape") == "inverse"
                                                            or un == "un-photometric"),
        syntax == "j2k-unsigned" and options.get("table") == "signed-first",
    ])  # fmt: skip


def draw_options(rng):
    """This draws one option, two, three or more, and what those need."""
    while True:
        count = pick(rng, [1] * 60 + [2] * 18 + [3] * 12 + [4] * 5 + [5] * 3 + [6] * 2)
        names = rng.choice(list(DIMENSIONS), count, replace=False).tolist()
        options = {name: pick(rng, DIMENSIONS[name]) for name in names}
        if "encapsulation" in options and "syntax" not in options:
            options["syntax"] = pick(rng, list(ENCAPSULATED))
        needs_window = options.get("un") == "un-window" or "groups" in options and "aspect" not in options
        if needs_window or options.get("table") == "bad-table" and rng.random() < 0.6:
            options.setdefault("window", "one")
        if options.get("un") == "un-rescale":
            options.setdefault("modality", "rescale")
        has_sequences = options.keys() & {"groups", "table", "private"}
        if options.get("un") in ("un-sequences", "un-undefined") and not has_sequences:
            name = pick(rng, ["groups", "table"])
            options |= {name: pick(rng, DIMENSIONS[name])}
            options.setdefault("window", "one")
        if not clash(options):
            return options
