"""A TIFF is made of pages, each with its tags and its strips or tiles (6.0 and its supplements).

The writer is our own, since no library packs every depth in every way.
"""

import struct
import typing

import numpy as np
from case import pick
from tiff_packing import packed


class Page(typing.NamedTuple):
    """A page is known by its tags and by the strips or tiles that are still to be packed."""

    # Each tag has the number of its type, and its values.
    tags: dict
    # These are the tags for the places and for the lengths of the strips or tiles.
    places: tuple
    # A strip or tile is an array, or bytes that stand as they are.
    blocks: list
    compression: int
    predictor: int


def page(rng, samples, photometric, **more):
    """This lays out a page of rows × columns × samples at random."""
    samples = np.ascontiguousarray(samples)
    height, width, count = samples.shape
    is_float = samples.dtype.kind == "f"
    compression = more.pop("compression", None) or pick(rng, [1, 5, 8, 32946, 32773])
    predictors = [1, 3] if is_float else [1, 2]
    predictor = pick(rng, predictors) if compression in (5, 8, 32946) and photometric != 3 else 1
    tags = {
        254: (4, [more.pop("subfile", 0)]), 256: (pick(rng, [3, 4]), [width]), 257: (pick(rng, [3, 4]), [height]),
        258: (3, [samples.itemsize * 8] * count), 259: (3, [compression]), 262: (3, [photometric]), 277: (3, [count]),
        282: (5, [72, 1]), 283: (5, [72, 1]), 296: (3, [2]),
    }  # fmt: skip
    if predictor > 1:
        tags[317] = (3, [predictor])
    if samples.dtype.kind != "u" or rng.random() < 0.3:
        tags[339] = (3, [{"u": 1, "i": 2, "f": 3}[samples.dtype.kind]] * count)
    if "extra" in more:
        tags[338] = (3, [more["extra"]])
    if "map" in more:
        tags[320] = (3, more["map"].ravel().tolist())
    is_planar = count > 1 and rng.random() < 0.4
    if count > 1:
        tags[284] = (3, [2 if is_planar else 1])
    planes = [samples[..., at : at + 1] for at in range(count)] if is_planar else [samples]
    blocks = []
    if rng.random() < 0.4:
        wide, tall = (16 * int(rng.integers(1, 6)) for _ in range(2))
        tags[322], tags[323] = (3, [wide]), (3, [tall])
        for plane in planes:
            full = np.pad(plane, [(0, -height % tall), (0, -width % wide), (0, 0)], pick(rng, ["edge", "constant"]))
            blocks += [full[y : y + tall, x : x + wide] for y in range(0, height, tall) for x in range(0, width, wide)]
        places = 324, 325
    else:
        rows = pick(rng, [height, 1, 7, 16, height // 2 + 1, 1 << 20])
        if rows < height or rng.random() < 0.7:
            tags[278] = (4, [rows])
        blocks = [plane[y : y + rows] for plane in planes for y in range(0, height, rows)]
        places = 273, 279
    return Page(tags, places, [np.ascontiguousarray(block) for block in blocks], compression, predictor)


def bilevel_page(tags, picture):
    """This lays out a page of one bit a pixel in one strip."""
    tags = {tag: value for tag, value in tags.items() if tag not in (284, 322, 323, 339)}
    tags |= {256: (3, [picture.shape[1]]), 258: (3, [1]), 259: (3, [1]), 277: (3, [1]), 278: (3, [len(picture)])}
    return Page(tags, (273, 279), [np.packbits(picture, axis=1).tobytes()], 1, 1)


def file_bytes(pages, byte_order, is_big):
    """This writes a whole TIFF, or a BigTIFF."""
    long, head, entry, count = ("Q", 16, "HHQ", "Q") if is_big else ("I", 8, "HHI", "H")
    sizes = {3: "H", 4: "I", 5: "I", 16: "Q"}
    out = bytearray(head)
    link = head - struct.calcsize(long)
    for tags, places, blocks, compression, predictor in pages:
        offsets, lengths = [], []
        for block in blocks:
            data = block if isinstance(block, bytes) else packed(block, byte_order, compression, predictor)
            out += bytes(len(out) % 2)
            offsets.append(len(out))
            lengths.append(len(data))
            out += data
        long_kind = 16 if is_big else 4
        tags = tags | {places[0]: (long_kind, offsets), places[1]: (long_kind, lengths)}
        directory = b""
        for tag, (kind, values) in sorted(tags.items()):
            data = struct.pack(f"{byte_order}{len(values)}{sizes[kind]}", *values)
            if len(data) > struct.calcsize(long):
                out += bytes(len(out) % 2)
                at = len(out)
                out += data
                data = struct.pack(byte_order + long, at)
            number = len(values) // 2 if kind == 5 else len(values)
            directory += struct.pack(byte_order + entry, tag, kind, number) + data.ljust(struct.calcsize(long), b"\0")
        out += bytes(-len(out) % 8)
        struct.pack_into(byte_order + long, out, link, len(out))
        number = len(directory) // (struct.calcsize("=" + entry) + struct.calcsize(long))
        out += struct.pack(byte_order + count, number) + directory
        link = len(out)
        out += bytes(struct.calcsize(long))
    start = (b"II" if byte_order == "<" else b"MM") + struct.pack(byte_order + "H", 43 if is_big else 42)
    out[: head - struct.calcsize(long)] = start + (struct.pack(byte_order + "HH", 8, 0) if is_big else b"")
    return bytes(out)
