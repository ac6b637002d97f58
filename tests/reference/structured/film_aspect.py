"""The pixels of a film may be higher than wide, or wider than high (PS3.3 C.7.6.3.1.7, 10.7)."""

import film_tags as tags
from case import pick
from film_windows import text_of

TAGS = {
    "spacing": tags.PIXEL_SPACING,
    "imager": tags.IMAGER_PIXEL_SPACING,
    "nominal": tags.NOMINAL_SCANNED_PIXEL_SPACING,
    "ratio": tags.PIXEL_ASPECT_RATIO,
}


def size_of_squares(rng, options, width, height, elements):
    """This draws the pixels' aspect; it returns the size of the picture once they are square, or nothing."""
    kind = options.get("aspect")
    if not kind:
        return None
    ratio = pick(rng, [0.5, 0.625, 0.8, 1.25, 1.5, 2.0])
    step = pick(rng, [0.1, 0.143, 0.2])
    other = pick(rng, [1.0, 0.7, 1.9])
    if kind == "square-ratio":
        ratio, other = 1, ratio
    if kind == "almost":
        ratio = pick(rng, [0.993, 1.006])
    # The first counts; those behind it weigh less and less.
    names = {
        "spacing-ratio": ["spacing", pick(rng, ["imager", "nominal"]), "ratio"],
        "imager-nominal": ["imager", "nominal", "ratio"],
        "square-ratio": [pick(rng, ["spacing", "imager", "nominal"]), "ratio"],
        "almost": [pick(rng, [*TAGS])],
    }.get(kind, [kind])
    for at, name in enumerate(names):
        factor = other if at else ratio
        spacing = "DS", [text_of(step * factor), text_of(step)]
        elements[TAGS[name]] = ("IS", [round(1000 * factor), 1000]) if name == "ratio" else spacing
    if abs(ratio - 1) < 0.01:
        return None
    return (width, round(height * ratio)) if ratio > 1 else (round(width / ratio), height)
