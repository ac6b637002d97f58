"""A window spreads a part of the values from black to white (PS3.3 C.11.2.1.2, C.11.2.1.3); some show nothing."""

import math

import film_tags as tags
import numpy as np
from case import pick


def text_of(number):
    return f"{number:.8g}"[:16]


def number_of(text):
    """Some files write a comma for the decimal point."""
    return float(text.replace(",", "."))


def windowed(values, centre, width, function):
    """This returns how bright values are in a window, 0..1."""
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-4 * (values - centre) / width))
    if function == "LINEAR_EXACT" or width <= 1:
        return np.clip((values - centre) / width + 0.5, 0, 1)
    return np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)


def usable(texts, function, known):
    """This tells whether a window shows something, or nothing where it is too close to call."""
    try:
        centre, width = map(number_of, texts)
    except ValueError:
        return False
    if not math.isfinite(centre) or not math.isfinite(width) or width <= 0:
        return False
    shown = windowed(known, centre, width, function) * 255
    needed = min(8, len(np.unique(known)))
    counts = [len(np.unique(as_whole(shown))) for as_whole in (np.round, np.floor)]
    is_sure = max(counts) < needed - 1 or min(counts) > needed + 1
    is_sure = is_sure or min(counts) == max(counts) == len(np.unique(known))
    return min(counts) >= needed if is_sure else None


def good_window(rng, known, function, has_comma=False):
    """This draws the centre and width, as texts, of a window that shows something."""
    low, high = float(known.min()), float(known.max())
    while True:
        texts = [text_of(low + (high - low) * rng.uniform(0.3, 0.7)), text_of((high - low) * rng.uniform(0.4, 1.3))]
        if has_comma:
            texts = [f"{float(text):.2f}".replace(".", ",") for text in texts]
        if usable(texts, function, known):
            return texts


def bad_window(rng, known, function):
    """This draws the centre and width, as texts, of a window that shows nothing."""
    low, high = float(known.min()), float(known.max())
    middle, span = (low + high) / 2, high - low
    while True:
        pairs = [(middle, width) for width in (0, -span, "inf", "", 90 * span, 2, 1)]
        pairs += [("NaN", span), ("abc", span), ("", ""), (high + 9 * span, span), (low - 9 * span, span)]
        texts = [one if isinstance(one, str) else text_of(one) for one in pick(rng, pairs)]
        if usable(texts, function, known) is False:
            return texts


def add_windows(rng, windows, function, elements):
    for tag, numbers in zip((tags.WINDOW_CENTER, tags.WINDOW_WIDTH), zip(*windows)):
        elements[tag] = "DS", list(numbers)
    if function:
        elements[tags.VOI_LUT_FUNCTION] = "CS", function
    if rng.random() < 0.3:
        elements[tags.WINDOW_CENTER_WIDTH_EXPLANATION] = "LO", [f"VIEW{at}" for at in range(len(windows))]
