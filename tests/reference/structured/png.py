"""This draws PNG files (ISO 15948): most have something transparent, and half of them are interlaced.

The writer is our own, since no library writes an interlaced PNG.
"""

import struct
import zlib

import numpy as np
from case import LUMA, Case, pick
from phantom import opacity, phantom, quantized, sides, tinted

# The seven passes of Adam7 (8.2) are given by their first column and row, and by the steps across and down.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def filtered(rng, rows, pixel_bytes):
    """This writes the rows of one pass, each with a filter of its own (9.2)."""
    above, out = np.zeros(rows.shape[1], int), b""
    for row in rows.astype(int):
        left, corner = (np.concatenate([np.zeros(pixel_bytes, int), line])[: len(row)] for line in (row, above))
        guess = left + above - corner
        away = np.abs(np.stack([left, above, corner]) - guess)
        is_left = (away[0] <= away[1]) & (away[0] <= away[2])
        paeth = np.where(is_left, left, np.where(away[1] <= away[2], above, corner))
        kind = int(rng.integers(5))
        guess = [0, left, above, (left + above) // 2, paeth][kind]
        out += bytes([kind]) + ((row - guess) % 256).astype(np.uint8).tobytes()
        above = row
    return out


def draw(rng):
    """This draws a PNG."""
    width, height = sides(rng)
    picture = phantom(rng, width, height)
    kind = pick(rng, ["grey-alpha", "rgba", "palette-trns", "grey-16", "grey-alpha-16", "rgba-16", "grey", "rgb"])
    alpha = opacity(rng, width, height)
    more = []
    if kind == "palette-trns":
        palette = tinted(rng, np.linspace(0, 1, 64)[None])[0]
        palette_alpha = rng.integers(0, 256, int(rng.integers(1, 65)))
        samples = np.round(picture * 63).astype(np.uint8)[..., None]
        more = [(b"PLTE", palette.tobytes()), (b"tRNS", palette_alpha.astype(np.uint8).tobytes())]
        palette_alpha = np.concatenate([palette_alpha, np.full(64 - len(palette_alpha), 255)])
        levels = (palette @ LUMA * palette_alpha / 255)[samples[..., 0]]
        colour_type = 3
    else:
        samples, levels = quantized(rng, picture, "rgb" in kind, "16" in kind)
        colour_type = 2 if "rgb" in kind else 0
        if "alpha" in kind or "rgba" in kind:
            colour_type += 4
            full = 65535 if "16" in kind else 255
            samples = np.concatenate([samples, np.round(alpha * full).astype(samples.dtype)[..., None]], -1)
            levels = levels * alpha
    is_interlaced = rng.random() < 0.5
    raw = b""
    for x, y, wide, tall in PASSES if is_interlaced else [(0, 0, 1, 1)]:
        part = np.ascontiguousarray(samples[y::tall, x::wide])
        if part.size:
            row_bytes = np.frombuffer(part.astype(f">u{part.itemsize}").tobytes(), np.uint8).reshape(len(part), -1)
            raw += filtered(rng, row_bytes, samples.shape[2] * samples.itemsize)
    header = struct.pack(">IIBBBBB", width, height, samples.itemsize * 8, colour_type, 0, 0, int(is_interlaced))
    compressed = zlib.compress(raw)
    cut = int(rng.integers(1, len(compressed)))
    chunks = [(b"IHDR", header), *more, (b"IDAT", compressed[:cut]), (b"IDAT", compressed[cut:]), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return Case(["png", kind] + ["interlaced"] * is_interlaced, "png", data, levels, facts={"stored": samples})
