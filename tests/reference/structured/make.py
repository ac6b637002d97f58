"""The command `make` draws files of all formats and writes each beside what it should show."""

import json
import pathlib

import films
import jpeg
import numpy as np
import png
import tiff
from case import pick

# A format is drawn as often as it stands here.
FORMATS = [films.draw] * 55 + [tiff.draw] * 25 + [jpeg.draw] * 17 + [png.draw] * 3


def cases(count, seed):
    """This yields the files with their names; each follows from the seed and its number alone."""
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        case = pick(rng, FORMATS)(rng)
        yield f"{number:05}-{'-'.join(case.words)}.{case.ending}", case


def make(folder, count, seed):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, case in cases(int(count), int(seed)):
        height, width = case.levels.shape
        rules = {"tolerance": case.tolerance, "stretched": case.stretched, "refusable": case.refusable}
        rules["share"] = case.share
        size = np.array([width, height], "<u4").tobytes()
        (folder / name).write_bytes(case.data)
        expected = size + case.levels.astype("<f4").tobytes() + json.dumps(rules).encode()
        (folder / f"{name}.expected").write_bytes(expected)
