"""The tensors of a weight file, by a reader of our own.

A burnpack (format: docs of the crate burn-pack), its bytes shuffled, in zlib; see src/weights/stored.rs.
"""
import math
import struct
import zlib

import cbor2
import numpy as np


def burnpack(path):
    """Arrays of f32 by name."""
    shuffled = np.frombuffer(zlib.decompress(path.read_bytes()), np.uint8)
    half = (len(shuffled) + 1) // 2
    data = np.empty_like(shuffled)
    data[0::2], data[1::2] = shuffled[:half], shuffled[half:]
    data = data.tobytes()
    magic, _, size = struct.unpack("<IHI", data[:10])
    assert magic == 0x4255524E
    start = math.ceil((10 + size) / 256) * 256
    tensors = {}
    for name, entry in cbor2.loads(data[10 : 10 + size])["tensors"].items():
        first, last = entry["data_offsets"]
        kind = {"F16": "<f2", "F32": "<f4", "U16": "<u2"}.get(entry["dtype"])
        if kind:
            values = np.frombuffer(data[start + first : start + last], kind)
            if values.dtype.kind == "u":  # ZigZag
                values = (values >> 1).astype(np.int32) ^ -(values & 1).astype(np.int32)
            values = values.astype(np.float32)
            tensors[name] = values.reshape(entry["shape"])
    return tensors
