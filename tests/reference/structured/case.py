"""A case is one file, the picture that it should show, and how far a reader may be from it."""

import dataclasses

import numpy as np

# These are the weights of Rec. 709, as the crate `image` has them.
LUMA = np.array([0.2126, 0.7152, 0.0722])
# Readers may differ by so many grey levels. Decoders of lossy files round, and bring colours of half the resolution
# back, in their own ways.
LOSSLESS, LOSSY, LOSSY_MEAN = 1.01, 24, 2


@dataclasses.dataclass
class Case:
    """A case is a file and what is right for it."""

    # The name of the file lists what was drawn.
    words: list
    ending: str
    data: bytes
    # Grey levels lie within 0..255; where one is not a number, any level is right.
    levels: np.ndarray
    tolerance: float = LOSSLESS
    # This is the width and height once pixels are square, where they are not.
    stretched: tuple | None = None
    refusable: bool = False
    # This share of the pixels must be right: the edge of a shutter may belong to either side.
    share: float = 1.0
    # `check` compares these with what a library reads: `stored`, `options` and the like.
    facts: dict = dataclasses.field(default_factory=dict)


def pick(rng, choices):
    return choices[rng.integers(len(choices))]
