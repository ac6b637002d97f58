"""A film may hide pixels behind a shutter, and fill itself up with padding (PS3.3 C.7.6.11, C.7.5.1.1.2)."""

import film_tags as tags
import numpy as np
from case import pick

RECTANGLE = [
    tags.SHUTTER_LEFT_VERTICAL_EDGE, tags.SHUTTER_RIGHT_VERTICAL_EDGE,
    tags.SHUTTER_UPPER_HORIZONTAL_EDGE, tags.SHUTTER_LOWER_HORIZONTAL_EDGE,
]  # fmt: skip
PARTS = {
    "RECTANGULAR": RECTANGLE,
    "CIRCULAR": [tags.CENTER_OF_CIRCULAR_SHUTTER, tags.RADIUS_OF_CIRCULAR_SHUTTER],
    "POLYGONAL": [tags.VERTICES_OF_THE_POLYGONAL_SHUTTER],
}


def shuttered(rng, options, width, height, elements):
    """This draws a shutter; it returns what that hides, and the pixels at its edge."""
    kind = options.get("shutter")
    none = np.zeros((height, width), bool)
    if not kind:
        return none, none
    # The first row and column are 1.
    row, column = np.mgrid[1 : height + 1, 1 : width + 1]
    shapes = {"rectangle": ["RECTANGULAR"], "circle": ["CIRCULAR"], "polygon": ["POLYGONAL"]}.get(kind)
    if kind == "two-shutters":
        shapes = rng.choice(list(PARTS), pick(rng, [2, 2, 3]), replace=False).tolist()
    shapes = shapes or [pick(rng, list(PARTS))]
    elements[tags.SHUTTER_SHAPE] = "CS", shapes
    if rng.random() < 0.3:
        elements[tags.SHUTTER_PRESENTATION_VALUE] = "US", int(rng.integers(0, 65536))
    inside = ~none
    # A shutter that lies so far away hides every pixel.
    far = 1000 if kind == "all-hidden" else 0
    if "RECTANGULAR" in shapes:
        left, right, top, bottom = (int(side * rng.uniform(*share)) + far for side, share in zip(
            (width, width, height, height), ((0.05, 0.2), (0.8, 0.95), (0.05, 0.2), (0.8, 0.95))))  # fmt: skip
        for tag, edge in zip(RECTANGLE, (left, right, top, bottom)):
            elements[tag] = "IS", edge
        inside &= (column >= left) & (column <= right) & (row >= top) & (row <= bottom)
    if "CIRCULAR" in shapes:
        centre = [int(height * rng.uniform(0.4, 0.6)) + far, int(width * rng.uniform(0.4, 0.6)) + far]
        radius = int(min(width, height) * rng.uniform(0.35, 0.5))
        elements[tags.CENTER_OF_CIRCULAR_SHUTTER] = "IS", centre
        elements[tags.RADIUS_OF_CIRCULAR_SHUTTER] = "IS", radius
        inside &= np.hypot(row - centre[0], column - centre[1]) <= radius
    if "POLYGONAL" in shapes:
        angles = np.sort(np.linspace(0, 2 * np.pi, pick(rng, [4, 5, 6, 8]), endpoint=False) + rng.uniform(0, 0.7))
        reach = np.stack([np.sin(angles) * height, np.cos(angles) * width], -1) * 0.45
        corners = [(r + far, c + far) for r, c in (reach + [height / 2, width / 2] + 1).astype(int).tolist()]
        elements[tags.VERTICES_OF_THE_POLYGONAL_SHUTTER] = "IS", [number for corner in corners for number in corner]
        inside &= within_polygon(row, column, corners)
    if kind == "part-shutter":
        leave_out_a_part(rng, shapes[0], elements)
    if kind in ("part-shutter", "all-hidden"):
        return none, none
    wider = np.pad(inside, 1, "edge")
    around = np.stack([wider[y : y + height, x : x + width] for y in range(3) for x in range(3)])
    return ~inside, around.any(0) & ~around.all(0)


def within_polygon(row, column, corners):
    """A pixel lies within where an odd number of sides stands on its right."""
    within = np.zeros(row.shape, bool)
    for (r0, c0), (r1, c1) in zip(corners, corners[1:] + corners[:1]):
        if r0 != r1:
            within ^= ((row < r0) != (row < r1)) & (column < c0 + (row - r0) * (c1 - c0) / (r1 - r0))
    return within


def leave_out_a_part(rng, shape, elements):
    """A shutter says nothing without one of its parts."""
    tag = pick(rng, PARTS[shape])
    if tag == tags.VERTICES_OF_THE_POLYGONAL_SHUTTER and rng.random() < 0.5:
        elements[tag] = "IS", elements[tag][1][: pick(rng, [2, 4])]
    else:
        del elements[tag]


def padded(rng, options, stored, is_signed, low, high, elements):
    """This writes padding into the stored values; it returns the pixels that only fill the picture up."""
    kind = options.get("padding")
    if not kind:
        return np.zeros(stored.shape, bool)
    wide = int((high - low) * rng.uniform(0.01, 0.05)) if kind == "padding-range" else 0
    first = low if rng.random() < 0.6 else high - wide
    last = first + wide
    if first == low:
        np.maximum(stored, last + 1, out=stored)
    else:
        np.minimum(stored, first - 1, out=stored)
    y, x = np.mgrid[0 : stored.shape[0], 0 : stored.shape[1]] / np.array(stored.shape).reshape(2, 1, 1)
    where = (x < rng.uniform(0.03, 0.1)) | (x + y < rng.uniform(0.2, 0.4)) | (y > rng.uniform(0.9, 0.99))
    stored[where] = rng.integers(first, last + 1, int(where.sum()))
    vr = "SS" if is_signed and kind != "padding-unsigned" else "US"
    ends = [(vr, first), (vr, last)]
    if wide and rng.random() < 0.3:
        ends.reverse()
    elements[tags.PIXEL_PADDING_VALUE] = ends[0]
    if wide:
        elements[tags.PIXEL_PADDING_RANGE_LIMIT] = ends[1]
    return where
