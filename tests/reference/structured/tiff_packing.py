"""TIFF packs each strip or tile by itself: a predictor first, then a compression (6.0, sections 9, 13 and 14)."""

import zlib

import numpy as np


def packbits(data):
    """This packs runs and what lies between them; DICOM packs its planes in the same way (PS3.5, annex G)."""
    out, at = bytearray(), 0
    while at < len(data):
        end = at + 1
        while end < len(data) and end - at < 128 and data[end] == data[at]:
            end += 1
        if end - at > 1:
            out += bytes([257 - (end - at), data[at]])
        else:
            while end < len(data) and end - at < 128 and data[end] != data[end - 1]:
                end += 1
            out += bytes([end - at - 1]) + data[at:end]
        at = end
    return bytes(out)


def lzw(data):
    """This packs into codes of 9 to 12 bits; a code grows by a bit one entry early (section 13)."""
    clear, end_of_information = 256, 257
    start = {bytes([at]): at for at in range(256)}
    codes, free, width, prefix = dict(start), 258, 9, b""
    out = [format(clear, "09b")]
    for at in range(len(data)):
        longer = prefix + data[at : at + 1]
        if longer in codes:
            prefix = longer
            continue
        out.append(format(codes[prefix], f"0{width}b"))
        codes[longer] = free
        free += 1
        if free == 1 << width:
            width += 1
        if free == 4094:
            out.append(format(clear, f"0{width}b"))
            codes, free, width = dict(start), 258, 9
        prefix = data[at : at + 1]
    out.append(format(codes[prefix], f"0{width}b"))
    free += 1
    out.append(format(end_of_information, f"0{width + (free == 1 << width)}b"))
    text = "".join(out)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def packed(block, byte_order, compression, predictor):
    """This packs a strip or tile of rows × columns × samples."""
    if predictor == 2:
        whole = block.view(f"u{block.itemsize}")
        block = np.concatenate([whole[:, :1], whole[:, 1:] - whole[:, :-1]], 1)
    raw = block.astype(block.dtype.newbyteorder(byte_order)).tobytes()
    if predictor == 3:
        planes = block.astype(block.dtype.newbyteorder(">")).view(np.uint8).reshape(len(block), -1, block.itemsize)
        rows = planes.swapaxes(1, 2).reshape(len(block), -1)
        step = block.shape[2]
        raw = np.concatenate([rows[:, :step], rows[:, step:] - rows[:, :-step]], 1).tobytes()
    if compression == 32773:
        size = len(raw) // len(block)
        return b"".join(packbits(raw[at : at + size]) for at in range(0, len(raw), size))
    return {1: bytes, 5: lzw, 8: zlib.compress, 32946: zlib.compress}[compression](raw)
