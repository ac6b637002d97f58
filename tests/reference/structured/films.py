"""This draws DICOM files whole, along independent dimensions."""

import zlib

import film_tags as tags
import numpy as np
from case import LOSSLESS, LOSSY, Case, pick
from film_aspect import size_of_squares
from film_bytes import Style, data_set, element
from film_frames import SampleFormat, compressed, encapsulated, native, with_sign
from film_groups import MACROS, MODALITY, VOI, move_into_groups
from film_hidden import shuttered
from film_options import ENCAPSULATED, LOSSY_SYNTAXES, NATIVE, TRANSFER_SYNTAX, draw_options
from film_samples import colour_samples, grey_samples, unusual_depth_samples
from phantom import phantom, sides

DIGITAL_XRAY_IMAGE_STORAGE, SOP_INSTANCE = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3.4"
SIZE = {
    tags.SAMPLES_PER_PIXEL, tags.ROWS, tags.COLUMNS,
    tags.BITS_ALLOCATED, tags.BITS_STORED, tags.HIGH_BIT, tags.PIXEL_REPRESENTATION,
}  # fmt: skip
# A private sequence is of undefined length where its tag is odd.
PRIVATE_CREATOR, PRIVATE_UNDEFINED, PRIVATE_DEFINED, PRIVATE_INNER = 0x00090010, 0x00091001, 0x00091002, 0x00091010


def draw(rng):
    """This draws a DICOM file: one option along each dimension, its bytes, and what they show."""
    options = draw_options(rng)
    width, height = sides(rng)
    if options.get("colour") == "ybr-422":
        width -= width % 2
    picture = phantom(rng, width, height)
    syntax = options.get("syntax")
    elements = {
        tags.SPECIFIC_CHARACTER_SET: ("CS", "ISO_IR 100"), tags.SOP_CLASS_UID: ("UI", DIGITAL_XRAY_IMAGE_STORAGE),
        tags.SOP_INSTANCE_UID: ("UI", SOP_INSTANCE), tags.MODALITY: ("CS", pick(rng, ["DX", "CR"])),
        tags.PATIENT_NAME: ("PN", "A^B"), tags.BODY_PART_EXAMINED: ("CS", "KNEE"),
        tags.SAMPLES_PER_PIXEL: ("US", 1), tags.ROWS: ("US", height), tags.COLUMNS: ("US", width),
    }  # fmt: skip
    form = SampleFormat()
    if "depth" in options:
        samples, levels, stored = unusual_depth_samples(options, picture, elements)
    elif "colour" in options:
        hidden, edge = shuttered(rng, options, width, height, elements)
        samples, levels = colour_samples(rng, options, picture, elements)
        form = SampleFormat(8 * samples.itemsize)
        elements[tags.BITS_STORED], elements[tags.HIGH_BIT] = ("US", form.precision), ("US", form.precision - 1)
        elements[tags.PIXEL_REPRESENTATION] = "US", 0
        levels = np.where(edge & ("aspect" not in options), np.nan, np.where(hidden, 0, levels))
        stored = samples
    else:
        samples, form, levels, stored = grey_samples(rng, options, picture, elements)
    if "depth" not in options:
        elements[tags.BITS_ALLOCATED] = "US", 8 * samples.itemsize
    size = size_of_squares(rng, options, width, height, elements)
    frames = [samples]
    if "frames" in options:
        frames += [np.ascontiguousarray(np.roll(samples[::-1], 9 * at, 1)) for at in range(pick(rng, [1, 2]))]
    if "frames" in options or "groups" in options:
        elements[tags.NUMBER_OF_FRAMES] = "IS", len(frames)
    if "groups" in options:
        move_into_groups(rng, options["groups"], elements, len(frames))
    if "private" in options:
        add_private(options["private"], elements)
    if options.get("colour") == "rgb" and syntax == "j2k" and rng.random() < 0.6:
        form = form._replace(is_colour_transformed=True)
        elements[tags.PHOTOMETRIC_INTERPRETATION] = "CS", "YBR_RCT"
    data = file_bytes(rng, options, elements, frames, form)
    words = ["dicom", *options.values()]
    if not options.keys() & {"colour", "depth"}:
        words.append(f"{form.precision}{'s' if form.is_signed else 'u'}")
    tolerance = LOSSY if syntax in LOSSY_SYNTAXES else 2 if options.get("colour") == "ybr-422" else LOSSLESS
    facts = {"stored": stored, "options": options, "elements": elements}
    share = 0.98 if "shutter" in options else 1.0
    refusable = "depth" in options or syntax == "jpegls" and "colour" in options
    return Case(words, "dcm", data, levels, tolerance, size, refusable, share, facts)


def add_private(kind, elements):
    """This adds a trap: what a private sequence holds looks like a window."""
    inner = {tags.WINDOW_CENTER: ("DS", "7"), tags.WINDOW_WIDTH: ("DS", "9")}
    inner[PRIVATE_INNER] = "SQ", [{tags.ROWS: ("US", 3)}]
    elements[PRIVATE_CREATOR] = "LO", "OSTEO"
    elements[PRIVATE_UNDEFINED if kind == "private-undefined" else PRIVATE_DEFINED] = "UN", [inner, inner]


def style_of(rng, options, elements):
    """This returns how the data set is written."""
    syntax, un = options.get("syntax"), options.get("un")
    sequences = {tag for tag, (vr, _) in elements.items() if vr == "SQ"}
    tags_as_un = {
        "un-window": {*VOI}, "un-rescale": {*MODALITY}, "un-photometric": {tags.PHOTOMETRIC_INTERPRETATION},
        "un-size": SIZE, "un-sequences": sequences, "un-undefined": sequences,
        "un-all": {tag for tag in elements if tag >> 16 > 0x10} | {*VOI, *MODALITY, *MACROS},
    }.get(un, set())  # fmt: skip
    is_explicit = (syntax != "implicit") != ("announced" in options)
    is_un_undefined = un == "un-undefined" or un == "un-all" and rng.random() < 0.5
    return Style(rng, ">" if syntax == "big" else "<", is_explicit, frozenset(tags_as_un), is_un_undefined)


def native_pixel_data(rng, options, frames, style):
    """This writes frames as they are, and more than the picture holds where the element is longer."""
    pixels = np.concatenate([native(options, frame).ravel() for frame in frames])
    by_depth = {"float": (tags.FLOAT_PIXEL_DATA, "OF"), "double": (tags.DOUBLE_FLOAT_PIXEL_DATA, "OD")}
    tag, vr = by_depth.get(options.get("depth"), (tags.PIXEL_DATA, "OW"))
    if options.get("end") == "longer":
        pixels = np.concatenate([pixels, rng.integers(0, 256, 2 * int(rng.integers(1, 300))).astype(pixels.dtype)])
    if vr == "OW" and pixels.itemsize == 1 and style.is_explicit:
        vr = pick(rng, ["OB", "OW"])
    return element(tag, vr, pixels, style._replace(tags_as_un=frozenset()))


def file_bytes(rng, options, elements, frames, form):
    """This writes the whole file (PS3.10)."""
    syntax = options.get("syntax")
    style = style_of(rng, options, elements)
    body = data_set(elements, style)
    if syntax in ENCAPSULATED:
        is_plain = syntax == "rle" or "colour" in options
        values = [frame if is_plain else with_sign(frame, form.precision, form.is_signed) for frame in frames]
        body += encapsulated(rng, options, [compressed(rng, syntax, value, form) for value in values], style)
    else:
        body += native_pixel_data(rng, options, frames, style)
    body += {
        "zeros-after": bytes(2 * int(rng.integers(1, 300))),
        "garbage-after": rng.bytes(2 * int(rng.integers(1, 300))),
        "padding-after": element(tags.DATA_SET_TRAILING_PADDING, "OB", bytes(int(rng.integers(1, 300))), style),
    }.get(options.get("end"), b"")
    if syntax == "deflated":
        packer = zlib.compressobj(wbits=-15)
        body = packer.compress(body) + packer.flush()
        body += bytes(len(body) % 2)
    group = {
        tags.FILE_META_INFORMATION_VERSION: ("OB", b"\0\1"),
        tags.MEDIA_STORAGE_SOP_CLASS_UID: ("UI", DIGITAL_XRAY_IMAGE_STORAGE),
        tags.MEDIA_STORAGE_SOP_INSTANCE_UID: ("UI", SOP_INSTANCE),
        tags.TRANSFER_SYNTAX_UID: ("UI", TRANSFER_SYNTAX + (NATIVE | ENCAPSULATED)[syntax]),
        tags.IMPLEMENTATION_CLASS_UID: ("UI", "1.2.3"),
    }
    meta = data_set(group, Style(rng))
    meta = element(tags.FILE_META_INFORMATION_GROUP_LENGTH, "UL", len(meta), Style(rng)) + meta
    starts = {None: bytes(128) + b"DICM" + meta, "dicm-first": b"DICM" + meta, "group2-first": meta, "bare": b""}
    return starts[options.get("start")] + body
