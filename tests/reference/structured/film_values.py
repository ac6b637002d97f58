"""Stored values become grey levels by a modality transform, and by a table or window of VOI (PS3.3 C.11.1, C.11.2).

Each function that draws a transform writes its elements, and works out by the formulas of the standard what they ask.
"""

import film_tags as tags
import numpy as np
from case import pick
from film_windows import add_windows, bad_window, good_window, number_of, text_of, windowed
from phantom import stretched


def lookup_table(rng, first, count, bits, declared=None, as_bytes=None):
    """This draws a table (C.11.1.1) as an item, and its entries; two of 8 bits share a word where it is packed."""
    most = (1 << bits) - 1 if rng.random() < 0.5 else int(rng.integers(3 << bits >> 2, 1 << bits))
    entries = np.round(np.linspace(0, 1, count) ** rng.uniform(0.6, 1.7) * most).astype(np.uint16)
    data = entries.astype(np.uint8).tobytes() if as_bytes == "packed" else entries
    if as_bytes == "packed":
        data = np.frombuffer(data + bytes(len(data) % 2), "<u2")
    item = {
        tags.LUT_DESCRIPTOR: ("SS" if first < 0 and rng.random() < 0.8 else "US", [count, first, declared or bits]),
        tags.LUT_DATA: ("US" if 2 * count < 60000 and rng.random() < 0.5 else "OW", data),
    }
    return item, entries


def looked_up(values, first, entries):
    return entries[np.clip(values - first, 0, len(entries) - 1).astype(int)].astype(float)


def modality(rng, options, stored, known, elements):
    """This draws a modality table or rescale; it returns the values, and whether they are others than those stored."""
    kind = options.get("modality")
    if options.get("window") == "narrow":
        slope = text_of(1 / max(float(stored.max() - stored.min()), 1))
        pair = slope, text_of(-float(slope) * float(stored.min()))
    elif kind == "rescale":
        # Tables are for whole numbers.
        pairs = [("1", "-1024"), ("2", "-500"), ("1.0", "100.0"), ("3", "0"), ("0.5", "10.25")]
        pair = pick(rng, pairs[: 4 if "table" in options else 5])
    elif kind == "negative-slope":
        pair = "-1", str(int(stored.max()) + int(rng.integers(0, 50)))
    elif kind in ("slope-0", "slope-nan"):
        slope = pick(rng, ["0", "0.0"] if kind == "slope-0" else ["NaN", "inf", "abc", "1e999"])
        elements[tags.RESCALE_INTERCEPT], elements[tags.RESCALE_SLOPE] = ("DS", "-1000"), ("DS", slope)
        return stored.astype(float), False
    elif kind == "rescale-comma":
        pair = "1,5", "-10,25"
    elif kind == "modality-lut":
        first = int(known.min()) - int(rng.integers(-3, 20))
        first = max(first, -32768) if stored.min() < 0 else max(first, 0)
        count = min(int(known.max()) - first + int(rng.integers(1, 20)), 65535)
        item, entries = lookup_table(rng, first, count, pick(rng, [10, 12, 16]), 16)
        elements[tags.MODALITY_LUT_SEQUENCE] = "SQ", [item | {tags.MODALITY_LUT_TYPE: ("LO", "US")}]
        return looked_up(stored, first, entries), True
    else:
        pair = ("1", "0") if rng.random() < 0.3 and "groups" not in options else None
    if pair is None:
        return stored.astype(float), False
    elements[tags.RESCALE_INTERCEPT], elements[tags.RESCALE_SLOPE] = ("DS", pair[1]), ("DS", pair[0])
    elements[tags.RESCALE_TYPE] = "LO", "US"
    slope, intercept = map(number_of, pair)
    return stored * slope + intercept, (slope, intercept) != (1, 0)


def voi(rng, options, values, known, is_signed, is_plain_8, elements):
    """This draws tables and windows of VOI; it returns how bright the values are, 0..1.

    The first table or window that can be used counts, and where there is none, the range of the values.
    """
    kind, sort = options.get("table"), options.get("window", "one" if rng.random() < 0.4 else None)
    if kind:
        shown = voi_table(rng, kind, values, known, is_signed, "window" in options, elements)
        if shown is not None:
            return shown
    if sort:
        function = {"exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}.get(sort) or pick(rng, [None, None, "LINEAR"])
        if sort == "bad-first":
            function = pick(rng, [function, "SIGMOID", "LINEAR_EXACT"])
        good = [good_window(rng, known, function, sort == "comma") for _ in range(2 if sort == "two" else 1)]
        bad = [bad_window(rng, known, function) for _ in range(pick(rng, [1, 1, 2]))]
        windows = {"bad-first": bad + good, "only-bad": bad}.get(sort, good)
        add_windows(rng, windows, function, elements)
        if sort != "only-bad":
            centre, width = map(number_of, good[0])
            return windowed(values, centre, width, function)
    return values / 255 if is_plain_8 else stretched(values, known) / 255


def voi_table(rng, kind, values, known, is_signed, has_window, elements):
    """This draws tables of VOI; it returns how bright the first usable one makes the values, or nothing."""
    low, high = int(known.min()), int(known.max())
    first = low - int(rng.integers(-20, 20)) if kind != "signed-first" else low
    first = max(first, -32768) if low < 0 else max(first, 0)
    # The first value is taken as signed where values have a sign or go below nought, and then reaches as far.
    first = min(first, 32767 if is_signed or values.min() < 0 else 65535)
    count = min(max(high - first + int(rng.integers(-20, 20)), 16), 65535)
    depth, declared, as_bytes = pick(rng, [8, 10, 12, 16]), None, None
    if kind in ("packed", "bytes"):
        depth, as_bytes = 8, kind
    elif kind == "deep":
        depth = pick(rng, [10, 12, 13])
        declared = pick(rng, [16, 16, 14, depth + 1])
    elif depth == 8:
        depth = 11
    if kind == "65536":
        first, count = -32768 if low < 0 else 0, 65536
    item, entries = lookup_table(rng, first, count, depth, declared, as_bytes)
    if kind == "65536":
        # A curve over the whole range would leave the few values of this picture no shades.
        steps = np.clip((np.arange(count) + first - low) / max(high - low, 1), 0, 1)
        entries = np.round(steps * ((1 << depth) - 1)).astype(np.uint16)
        item[tags.LUT_DATA] = "OW", entries
    sequence = [item]
    if kind == "bad-table":
        part = {tags.LUT_DESCRIPTOR: item[tags.LUT_DESCRIPTOR], tags.LUT_DATA: ("OW", np.zeros(0, np.uint16))}
        short = item | {tags.LUT_DATA: ("OW", item[tags.LUT_DATA][1][: max(count // 9, 1)])}
        sequence = pick(rng, [[], [part], [short], [{tags.LUT_DESCRIPTOR: item[tags.LUT_DESCRIPTOR]}]])
    elif kind == "two-tables":
        short = lookup_table(rng, first, count, 12, 12)[0]
        short[tags.LUT_DATA] = "OW", short[tags.LUT_DATA][1][: max(count // 9, 1)]
        sequence = [short, item] if rng.random() < 0.5 else [item, lookup_table(rng, first, count, 12, 12)[0]]
    elements[tags.VOI_LUT_SEQUENCE] = "SQ", sequence
    if kind == "bad-table":
        return None
    if has_window:
        add_windows(rng, [good_window(rng, known, None)], None, elements)
    # One bit less than announced may be a dark table; more is an announcement that is not meant.
    needed, announced = int(entries.max()).bit_length(), item[tags.LUT_DESCRIPTOR][1][2]
    white = announced if announced - 1 <= needed <= announced else needed
    return looked_up(values, first, entries) / ((1 << white) - 1)
