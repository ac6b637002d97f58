"""A film may keep its windows, rescale and spacing in functional groups (PS3.3 C.7.6.16)."""

import film_tags as tags

VOI = (tags.WINDOW_CENTER, tags.WINDOW_WIDTH, tags.VOI_LUT_FUNCTION)
MODALITY = (tags.RESCALE_INTERCEPT, tags.RESCALE_SLOPE, tags.RESCALE_TYPE)
# Each macro holds what it does without groups.
MACROS = {
    tags.FRAME_VOI_LUT_SEQUENCE: VOI,
    tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE: MODALITY,
    tags.PIXEL_MEASURES_SEQUENCE: (tags.PIXEL_SPACING,),
}
# These lie where they must not count.
DECOYS = {
    tags.FRAME_VOI_LUT_SEQUENCE: {tags.WINDOW_CENTER: ("DS", "30"), tags.WINDOW_WIDTH: ("DS", "90")},
    tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE: {
        tags.RESCALE_INTERCEPT: ("DS", "77"), tags.RESCALE_SLOPE: ("DS", "0.25"), tags.RESCALE_TYPE: ("LO", "US"),
    },
    tags.PIXEL_MEASURES_SEQUENCE: {tags.PIXEL_SPACING: ("DS", ["0.1", "0.3"])},
}  # fmt: skip


def move_into_groups(rng, where, elements, frames):
    """This moves elements into groups that all frames share or that each frame has, and lays decoys elsewhere."""
    moved = {macro: {tag: elements.pop(tag) for tag in inner if tag in elements} for macro, inner in MACROS.items()}
    moved = {macro: item for macro, item in moved.items() if item}
    macros = {macro: ("SQ", [item]) for macro, item in moved.items()}
    others = {macro: ("SQ", [DECOYS[macro]]) for macro in moved}
    if "top" in where:
        for macro in moved:
            elements |= DECOYS[macro]
    if "shared" in where:
        elements[tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE] = "SQ", [others if "frame" in where else macros]
    if "frame" in where:
        elements[tags.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE] = "SQ", [macros] + [others] * (frames - 1)
    elif rng.random() < 0.5:
        positions = [{tags.IN_STACK_POSITION_NUMBER: ("UL", at + 1)} for at in range(frames)]
        contents = [{tags.FRAME_CONTENT_SEQUENCE: ("SQ", [position])} for position in positions]
        elements[tags.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE] = "SQ", contents
