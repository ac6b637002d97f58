"""A phantom is a drawn picture that looks a little like the bones of a leg, with colours and transparency at need."""

import numpy as np
from case import LUMA


def sides(rng):
    """This draws a width and a height that differ."""
    width, height = rng.choice(np.arange(48, 161), 2, replace=False)
    return int(width), int(height)


def phantom(rng, width, height):
    """This draws two bright shafts on dark ground, 0..1, with all that lies between them."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    picture = 0.1 + 0.15 * x * rng.uniform(0.3, 1) + 0.1 * y
    for centre in (rng.uniform(0.2, 0.4), rng.uniform(0.6, 0.8)):
        wide, tall = rng.uniform(0.08, 0.16), rng.uniform(0.3, 0.6)
        distance = ((x - centre) / wide) ** 2 + ((y - rng.uniform(0.4, 0.6)) / tall) ** 2
        picture = picture + rng.uniform(0.4, 0.65) / (1 + np.exp(6 * (distance - 1)))
    return np.clip(picture + rng.normal(0, 0.004, picture.shape), 0, 1)


def stretched(values, known=None):
    """This spreads values over 0..255 by their own range; `known` are those that count for it."""
    known = values if known is None else known
    low, high = float(known.min()), float(known.max())
    return np.clip((values.astype(float) - low) / ((high - low) or 1) * 255, 0, 255)


def tinted(rng, picture):
    """This makes three colours of a picture, 0..255, that differ smoothly."""
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] / max(picture.shape)
    shares = [rng.uniform(0.6, 1) + rng.uniform(-0.2, 0.2) * x + rng.uniform(-0.2, 0.2) * y for _ in range(3)]
    return np.round(np.clip(picture[..., None] * np.stack(shares, -1), 0, 1) * 255).astype(np.uint8)


def opacity(rng, width, height):
    """This draws how opaque each pixel is, 0..1 in steps of 1/255: not at all, wholly, or between at a smooth edge."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    alpha = np.clip(rng.uniform(1.2, 3) - np.hypot(x - 0.5, y - 0.5) * rng.uniform(2, 6), 0, 1)
    return np.round(alpha * 255) / 255


def quantized(rng, picture, is_colour, is_deep):
    """This makes samples of 8 or 16 bits, and what they should look like.

    Deep ones reach both ends of their range, at the middle of the picture, so that it is the same whether what is
    transparent counts for the range or not.
    """
    samples = tinted(rng, picture) if is_colour else np.round(picture * 255).astype(np.uint8)[..., None]
    if is_deep:
        samples = (samples.astype(int) * 200 + rng.integers(0, 200, samples.shape)).astype(np.uint16)
        middle = samples.shape[0] // 2, samples.shape[1] // 2
        samples[middle], samples[middle[0], middle[1] + 1] = 0, 65535
    grey = samples.astype(float) @ LUMA if is_colour else samples[..., 0].astype(float)
    return samples, grey / (257 if is_deep else 1)
