"""JPEG has a lossless coding, and one by cosines that is baseline or extended (ITU-T T.81).

The writers are our own, since no library writes a JPEG of three scans, or one of 12 bits.
"""

import struct

import numpy as np

ZIGZAG = sorted(range(64), key=lambda at: (at // 8 + at % 8, at // 8 if (at // 8 + at % 8) % 2 else at % 8))
COSINES = np.cos(np.outer(np.arange(8), 2 * np.arange(8) + 1) * np.pi / 16) * np.array([[8**-0.5]] + [[0.5]] * 7)


def bits(value):
    """This writes a difference as its size and the bits that follow (F.1.2.1)."""
    size = abs(value).bit_length()
    return size, format(value if value > 0 else value + (1 << size) - 1, f"0{size}b") if size else ""


def stuffed(text):
    """This turns a text of bits into bytes; a nought follows each 255 (F.1.2.3)."""
    text += "1" * (-len(text) % 8)
    return int(text or "0", 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def segment(marker, *parts):
    body = b"".join(part if isinstance(part, bytes) else bytes(part) for part in parts)
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def huffman(destination, length, symbols):
    """This returns a table in which every symbol's code is as long, and the codes."""
    counts = [len(symbols) if at == length else 0 for at in range(1, 17)]
    codes = {value: format(at, f"0{length}b") for at, value in enumerate(symbols)}
    return segment(0xC4, [destination], counts, symbols), codes


def frame_header(marker, precision, width, height, sampling):
    components = b"".join(bytes([at + 1, 16 * h + v, 0]) for at, (h, v) in enumerate(sampling))
    return segment(marker, struct.pack(">BHHB", precision, height, width, len(sampling)), components)


def scan(components, end, entropy_coded, start=0):
    head = segment(0xDA, [len(components)], *[[at + 1, 0] for at in components], [start, end, 0])
    return head + entropy_coded


def lossless_jpeg(samples, precision, predictor):
    """This writes a lossless JPEG (annex H) of height × width × colours."""
    values = samples.astype(np.int64).reshape(*samples.shape[:2], -1)
    a, b = np.roll(values, 1, 1), np.roll(values, 1, 0)
    c = np.roll(b, 1, 1)
    guess = [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor - 1]
    guess[0], guess[:, 0], guess[0, 0] = a[0], b[:, 0], 1 << (precision - 1)
    difference = (values - guess + 32767) % 65536 - 32767
    table, codes = huffman(0, 5, range(17))
    ready = {}
    for value in np.unique(difference).tolist():
        size, more = bits(value)
        ready[value] = codes[size] + (more if size < 16 else "")
    text = "".join(map(ready.get, difference.ravel().tolist()))
    count = values.shape[2]
    head = frame_header(0xC3, precision, values.shape[1], values.shape[0], [(1, 1)] * count)
    return b"\xff\xd8" + head + table + scan(range(count), 0, stuffed(text), predictor) + b"\xff\xd9"


def dct_jpeg(planes, sampling=((1, 1),), precision=8, apart=False, restart=0, coarse=1):
    """This writes a baseline JPEG, or an extended one of 12 bits, in one scan or one for each component."""
    height, width = planes[0].shape
    most_h, most_v = np.max(sampling, 0)
    across, down = -(-width // (8 * most_h)), -(-height // (8 * most_v))
    steps = np.add.outer(np.arange(8), np.arange(8)) * coarse // 3 + 1
    blocks = []
    for plane, (h, v) in zip(planes, sampling):
        room = [(0, down * most_v * 8 - height), (0, across * most_h * 8 - width)]
        full = np.pad(plane.astype(float), room, "edge")
        tall, wide = most_v // v, most_h // h
        part = full.reshape(down * v * 8, tall, across * h * 8, wide).mean((1, 3)) - (1 << (precision - 1))
        part = part.reshape(down * v, 8, across * h, 8).swapaxes(1, 2)
        levels = np.round(COSINES @ part @ COSINES.T / steps).astype(int)
        blocks.append(levels.reshape(down * v, across * h, 64)[..., ZIGZAG])
    largest = 10 if precision == 8 else 14
    dc_table, dc = huffman(0x00, 5, range(largest + 2))
    symbols = [16 * run + size for run in range(16) for size in range(1, largest + 1)]
    ac_table, ac = huffman(0x10, 8, [0, 0xF0, *symbols])

    def coded(block, last):
        size, more = bits(block[0] - last)
        text, run = [dc[size], more], 0
        for level in block[1 : 1 + max([at for at in range(63) if block[at + 1]], default=-1) + 1]:
            if level == 0:
                run += 1
                continue
            text.append(ac[0xF0] * (run // 16))
            size, more = bits(level)
            text += [ac[16 * (run % 16) + size], more]
            run = 0
        return "".join(text) + ("" if block[63] else ac[0])

    def units(which):
        """A unit of a scan has blocks of several components in turn, or one block where the scan has one component."""
        if len(which) == 1:
            h, v = sampling[which[0]]
            for y, x in np.ndindex(-(-height * v // (8 * most_v)), -(-width * h // (8 * most_h))):
                yield [(which[0], y, x)]
            return
        parts = [(at, h, v, y, x) for at, (h, v) in enumerate(sampling) for y in range(v) for x in range(h)]
        for my, mx in np.ndindex(down, across):
            yield [(at, my * v + y, mx * h + x) for at, h, v, y, x in parts]

    def entropy_coded(which):
        data, text, last = b"", [], [0] * len(planes)
        for count, unit in enumerate(units(which)):
            if restart and count and count % restart == 0:
                data += stuffed("".join(text)) + bytes([0xFF, 0xD0 + (count // restart - 1) % 8])
                text, last = [], [0] * len(planes)
            for at, y, x in unit:
                block = blocks[at][y, x].tolist()
                text.append(coded(block, last[at]))
                last[at] = block[0]
        return data + stuffed("".join(text))

    everything = range(len(planes))
    by_scan = [[at] for at in everything] if apart else [everything]
    scans = [scan(which, 63, entropy_coded(which)) for which in by_scan]
    head = segment(0xDB, [0], [int(steps.flat[at]) for at in ZIGZAG])
    head += frame_header(0xC0 if precision == 8 else 0xC1, precision, width, height, sampling) + dc_table + ac_table
    head += segment(0xDD, struct.pack(">H", restart)) if restart else b""
    return b"\xff\xd8" + head + b"".join(scans) + b"\xff\xd9"
