"""What pydicom makes of the pixels of tests/dicom: `expected/NAME.stored.png` and `NAME.shown.png`.

    pip install pydicom pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pyjpegls numpy pillow
    python tests/reference/dicom.py

`stored` are the values in the file, plus 32768 modulo 65536, as 16-bit grey (colours side by side). `shown` is what
a viewer shows first, as 8-bit grey: modality LUT, VOI LUT or window, inversion last; where the file has
neither, over its own range.
"""
import pathlib

import numpy as np
import pydicom
from PIL import Image
from pydicom.pixels import apply_modality_lut, apply_voi_lut

FOLDER = pathlib.Path(__file__).parent.parent / "dicom"


def shown(data, stored):
    values = apply_modality_lut(stored, data)
    if "WindowCenter" in data or "VOILUTSequence" in data:
        # pydicom keeps the range of the stored bits as the range of what is shown.
        output = apply_voi_lut(values, data).astype(float)
        bits, signed = data.BitsStored, data.PixelRepresentation == 1
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        slope, intercept = float(data.get("RescaleSlope", 1)), float(data.get("RescaleIntercept", 0))
        low, high = low * slope + intercept, high * slope + intercept
        share = (output - low) / (high - low)
    else:
        padding = data.get("PixelPaddingValue")
        known = values[stored != padding] if padding is not None else values
        low, high = (0, 255) if data.BitsStored <= 8 else (known.min(), known.max())
        share = (values.astype(float) - low) / max(high - low, 1)
    level = np.round(np.clip(share, 0, 1) * 255)
    if data.PhotometricInterpretation == "MONOCHROME1":
        level = 255 - level
    padding = data.get("PixelPaddingValue")
    if padding is not None:
        level[stored == padding] = 0
    return level.astype(np.uint8)


def main():
    (FOLDER / "expected").mkdir(exist_ok=True)
    for path in sorted(FOLDER.glob("*.dcm")):
        data = pydicom.dcmread(path)
        try:
            stored = data.pixel_array
        except Exception as error:
            print(f"{path.name}: {str(error).splitlines()[0]}")
            continue
        if data.BitsAllocated > 16:
            print(f"{path.name}: {data.BitsAllocated} bits")
            continue
        flat = (stored.reshape(stored.shape[0], -1).astype(np.int32) + 32768) & 0xFFFF
        Image.fromarray(flat.astype(np.uint16)).save(FOLDER / "expected" / f"{path.stem}.stored.png", optimize=True)
        if stored.ndim == 2 and "PALETTE" not in data.PhotometricInterpretation:
            Image.fromarray(shown(data, stored)).save(FOLDER / "expected" / f"{path.stem}.shown.png", optimize=True)


if __name__ == "__main__":
    main()
