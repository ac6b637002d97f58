"""This program writes valid files that say the same picture in many ways, and compares what OsteoLens makes of them.

    pip install numpy pillow pydicom pyjpegls pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg
    python tests/reference/structured make FOLDER COUNT SEED
    python tests/reference/structured compare FOLDER
    python tests/reference/structured check COUNT SEED

`make` writes `NAME` and `NAME.expected`: width and height as 32-bit numbers, grey levels as 32-bit floating point (one
that is no number may be anything), then what is allowed, as JSON. Both follow from the values that were drawn, not from
a reader. Beside them the test lays `NAME.ours` (width, height, 8-bit grey) or `NAME.refused` (the words of the error).

`compare` prints one line per file: its name, what happened, and why. `check` needs tifffile and imagecodecs besides: it
makes the same files in memory, has pydicom, Pillow and tifffile read them as far as those go, and prints what differs.
"""

import sys
import warnings

from check import check
from compare import compare
from make import make

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    {"make": make, "compare": compare, "check": check}[sys.argv[1]](*sys.argv[2:])
