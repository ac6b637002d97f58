"""The samples of a film are grey, of colour, or of a depth that no radiograph has; what they should look like follows.

It is worked out from the values that were put in, by the formulas of PS3.3, before any byte is written.
"""

import film_tags as tags
import numpy as np
from case import LUMA, pick
from film_frames import SampleFormat
from film_hidden import padded, shuttered
from film_options import ENCAPSULATED, LOSSY_SYNTAXES
from film_values import modality, voi
from phantom import phantom, stretched, tinted


def add_photometric(options, elements):
    """This adds the kind of grey, and returns it; a film may leave it out."""
    drawn = options.get("photometric")
    name = {"mono1": "MONOCHROME1", "no-photometric": None}.get(drawn, "MONOCHROME2")
    if name:
        elements[tags.PHOTOMETRIC_INTERPRETATION] = "CS", name
    return name


def palette_samples(rng, kind, picture, elements):
    """This returns the indices of colours in a palette, and the levels that they stand for."""
    count = int(rng.integers(40, 250))
    first = int(rng.integers(0, 300 if kind == "palette-16" else 256 - count))
    colours = tinted(rng, np.linspace(0, 1, count)[None])[0]
    index = first + np.round(picture * (count - 1)).astype(int)
    depth = 8 if kind == "palette-bytes" else 16
    for at in range(3):
        entries = colours[:, at] if depth == 8 else colours[:, at].astype(np.uint16) * 257
        data = np.frombuffer(entries.tobytes() + bytes(entries.nbytes % 2), "<u2")
        elements[tags.RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR + at] = "US", [count, first, depth]
        elements[tags.RED_PALETTE_COLOR_LOOKUP_TABLE_DATA + at] = "OW", data
    return index.astype(np.uint16 if kind == "palette-16" else np.uint8), (colours @ LUMA)[index - first]


def colour_samples(rng, options, picture, elements):
    """This returns the samples of a colour picture, and the levels that they stand for."""
    kind = options["colour"]
    rgb = tinted(rng, picture)
    elements[tags.SAMPLES_PER_PIXEL] = "US", 1 if "palette" in kind else 3
    elements[tags.PHOTOMETRIC_INTERPRETATION] = "CS", "PALETTE COLOR" if "palette" in kind else "RGB"
    if "palette" in kind:
        return palette_samples(rng, kind, picture, elements)
    if kind.startswith("ybr"):
        # The colours change little from pixel to pixel, so that it does not matter who comes by the colour of two.
        y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] / max(picture.shape)
        samples = np.round(np.stack([picture * 255, 128 + 20 * x - 8 * y, 122 + 18 * y], -1)).astype(np.uint8)
        if kind == "ybr-422":
            samples[:, 1::2, 1:] = samples[:, 0::2, 1:]
        luma, blue, red = (samples[..., at].astype(float) - (128 if at else 0) for at in range(3))
        rgb = np.stack([luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue], -1)
        elements[tags.PHOTOMETRIC_INTERPRETATION] = "CS", "YBR_FULL_422" if kind == "ybr-422" else "YBR_FULL"
    else:
        samples = rgb
    elements[tags.PLANAR_CONFIGURATION] = "US", int(kind.endswith("planar"))
    return samples, np.clip(np.round(rgb), 0, 255) @ LUMA


def grey_samples(rng, options, picture, elements):
    """This returns the samples of a grey film, their format, the levels that should be seen, and the stored values."""
    height, width = picture.shape
    syntax, odd_bits = options.get("syntax"), options.get("bits")
    bits = {"baseline": 8, "extended": 12}.get(syntax) or pick(rng, [8, 10, 12, 13, 15, 16])
    if odd_bits:
        bits = pick(rng, [8, 10, 12, 13, 15])
    packs_bytes = syntax in ENCAPSULATED and syntax != "rle"
    allocated = 8 if bits == 8 and not odd_bits and (packs_bytes or rng.random() < 0.6) else 16
    is_signed = rng.random() < 0.3 or syntax == "j2k-unsigned" or options.get("padding") == "padding-unsigned"
    is_signed = (is_signed or options.get("table") == "signed-first") and syntax not in LOSSY_SYNTAXES
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if is_signed else (0, (1 << bits) - 1)
    darkest, brightest = low + (high - low) * rng.uniform(0, 0.1), low + (high - low) * rng.uniform(0.6, 0.97)
    stored = np.round(darkest + picture * (brightest - darkest)).astype(int)
    hidden, edge = shuttered(rng, options, width, height, elements)
    stored[hidden] = high
    if edge.any():
        # An edge that may belong to either side must not change the range.
        stored[edge] = int(np.median(stored[~hidden & ~edge]))
    filling = padded(rng, options, stored, is_signed, low, high, elements)
    seen = ~hidden & ~filling & ~edge
    values, is_rescaled = modality(rng, options, stored, stored[seen], elements)
    is_plain_8 = bits == 8 and not is_signed and not is_rescaled
    shown = np.clip(voi(rng, options, values, values[seen], is_signed, is_plain_8, elements), 0, 1) * 255
    photometric = add_photometric(options, elements)
    if "shape" in options:
        elements[tags.PRESENTATION_LUT_SHAPE] = "CS", options["shape"].upper()
    if photometric == "MONOCHROME1":
        shown = 255 - shown
    shown[filling | hidden] = 0
    if "aspect" not in options:
        shown[edge & ~filling] = np.nan
    shift = int(rng.integers(0, 17 - bits)) if odd_bits == "high-bit" else 0
    samples = (stored & ((1 << bits) - 1)) << shift
    if odd_bits:
        # What other bits hold is no part of the picture.
        free = 0xFFFF & ~(((1 << bits) - 1) << shift)
        samples |= free & rng.integers(0, 65536) * (phantom(rng, width, height) > 0.4)
    elif is_signed and allocated == 16 and rng.random() < 0.5:
        samples = stored & 0xFFFF
    elements[tags.BITS_STORED], elements[tags.HIGH_BIT] = ("US", bits), ("US", bits - 1 + shift)
    elements[tags.PIXEL_REPRESENTATION] = "US", int(is_signed)
    samples = samples.astype(np.uint8 if allocated == 8 else np.uint16)
    return samples, SampleFormat(bits, is_signed), shown, stored


def unusual_depth_samples(options, picture, elements):
    """This returns samples of a depth that no radiograph has, the levels that they stand for, and their values."""
    kind = options["depth"]
    photometric = add_photometric(options, elements)
    bits = {"1-bit": 1, "32-bit": 32, "64-bit": 64, "float": 32, "double": 64}[kind]
    elements[tags.BITS_ALLOCATED] = elements[tags.BITS_STORED] = "US", bits
    elements[tags.HIGH_BIT], elements[tags.PIXEL_REPRESENTATION] = ("US", bits - 1), ("US", 0)
    if bits == 1:
        values = (picture > 0.5).astype(np.uint8)
        samples = np.packbits(values.ravel(), bitorder="little")
    else:
        dtype = {"32-bit": "u4", "64-bit": "u8", "float": "f4", "double": "f8"}[kind]
        values = samples = (picture * 50000).astype(dtype)
    levels = stretched(values)
    return samples, 255 - levels if photometric == "MONOCHROME1" else levels, values
