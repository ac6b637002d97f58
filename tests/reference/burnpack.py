"""The tensors of a burnpack, by a reader of our own (format: docs of the crate burn-pack)."""
import math
import struct

import cbor2
import numpy as np


def burnpack(path):
    """Arrays of f32 by name."""
    data = path.read_bytes()
    magic, _, size = struct.unpack("<IHI", data[:10])
    assert magic == 0x4255524E
    start = math.ceil((10 + size) / 256) * 256
    tensors = {}
    for name, entry in cbor2.loads(data[10 : 10 + size])["tensors"].items():
        first, last = entry["data_offsets"]
        kind = {"F16": "<f2", "F32": "<f4"}.get(entry["dtype"])
        if kind:
            values = np.frombuffer(data[start + first : start + last], kind).astype(np.float32)
            tensors[name] = values.reshape(entry["shape"])
    return tensors
