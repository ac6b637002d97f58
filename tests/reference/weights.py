"""The arrays of a weight file, by readers of other people: safetensors, its bytes shuffled, in zlib.

See crates/networks/src/parameters.rs and crates/packing.
"""
import zlib

import numpy as np
from safetensors.numpy import load


def arrays(path):
    """Arrays of f32 by name."""
    shuffled = np.frombuffer(zlib.decompress(path.read_bytes()), np.uint8)
    half = (len(shuffled) + 1) // 2
    data = np.empty_like(shuffled)
    data[0::2], data[1::2] = shuffled[:half], shuffled[half:]
    named = {}
    for name, values in load(data.tobytes()).items():
        if values.dtype.kind == "u":  # ZigZag
            values = (values >> 1).astype(np.int32) ^ -(values & 1).astype(np.int32)
        named[name] = values.astype(np.float32)
    return named
