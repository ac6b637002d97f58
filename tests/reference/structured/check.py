"""The command `check` has pydicom, Pillow and tifffile read the files, and tells what they read otherwise."""

import collections
import io
import sys

import film_tags as tags
import numpy as np
import pydicom
from case import LOSSY, LUMA
from make import cases
from PIL import Image, ImageOps
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing

try:
    import tifffile
except ImportError:
    tifffile = None

# pydicom does not know these options, or shows them otherwise.
UNKNOWN = {
    "bad-first", "only-bad", "comma", "narrow", "bad-table", "two-tables",
    "slope-0", "slope-nan", "rescale-comma", "negative-slope", "packed", "bytes",
}  # fmt: skip


def film_data(case, options):
    """This has pydicom read a film as far as it can without help."""
    raw = bytes(128) + case.data if case.data[:4] == b"DICM" else case.data
    # pydicom wants the end of the fragments, a kind of grey, and leaves the bits as they lie.
    raw += b"\xfe\xff\xdd\xe0\0\0\0\0" if "open" in options else b""
    data = pydicom.dcmread(io.BytesIO(raw), force=True)
    if "TransferSyntaxUID" not in data.file_meta:
        data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2" + ("" if data.is_implicit_VR else ".1")
    data.PhotometricInterpretation = data.get("PhotometricInterpretation", "MONOCHROME2")
    data.pixel_array_options(correct_unused_bits="high-bit" not in options)
    return data


def brightness(data, values, bits, voi_entries):
    """This has pydicom apply the first table or window of VOI, 0..1; it returns nothing where there is none."""
    if "VOILUTSequence" in data:
        return apply_voi(values.astype(int), data) / ((1 << int(voi_entries.max()).bit_length()) - 1)
    if "WindowCenter" not in data:
        return None
    # pydicom keeps the range of the stored bits as the range of what is shown.
    ends = np.array([-(1 << bits - 1), (1 << bits - 1) - 1] if data.PixelRepresentation else [0, (1 << bits) - 1])
    ends = apply_modality_lut(ends, data)
    if "ModalityLUTSequence" in data:
        ends = np.array([0, (1 << data.ModalityLUTSequence[0].LUTDescriptor[2]) - 1])
    return (apply_windowing(values, data) - ends[0]) / (ends[1] - ends[0])


def film_read(case):
    """This yields the stored values, and the grey levels where pydicom works them out; each with what was put in."""
    drawn, elements = case.facts["options"], case.facts["elements"]
    options = set(drawn.values())
    data = film_data(case, options)
    read = data.pixel_array
    read = read[0] if int(data.get("NumberOfFrames", 1)) > 1 else read
    seen = np.isfinite(case.levels) & (case.levels > 0)
    if "depth" in drawn:
        yield read, case.facts["stored"], 0
        return
    if "colour" in drawn:
        if data.PhotometricInterpretation == "PALETTE COLOR":
            count = elements[tags.RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR][1][0]
            if "palette-bytes" in options and count % 2:
                return  # pydicom knows no table of bytes whose number is odd.
            read = apply_color_lut(read, data) / (1 if "palette-bytes" in options else 257)
        yield (read @ LUMA)[seen], case.levels[seen], case.tolerance
        return
    bits, low = data.BitsStored, data.HighBit + 1 - data.BitsStored
    read = (read.astype(int) >> low) & ((1 << bits) - 1)
    read = read - ((read >> (bits - 1)) << bits) if data.PixelRepresentation else read
    is_lossy = case.tolerance == LOSSY
    yield read, case.facts["stored"], 3 if is_lossy else 0
    sequences = [elements.get(tag, (0, 0))[1] for tag in (tags.MODALITY_LUT_SEQUENCE, tags.VOI_LUT_SEQUENCE)]
    descriptors = [sequence[0][tags.LUT_DESCRIPTOR] for sequence in sequences if sequence]
    # pydicom believes the type of a table's first value, and takes it for US where it has none.
    is_told = not drawn.keys() & {"un", "announced"}
    if options & UNKNOWN or any(vr == "US" or not is_told for vr, value in descriptors if value[1] < 0):
        return
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for macro in data.get(groups, [[]])[0]:
            data.update({inner.tag: inner for inner in macro.value[0]})
    voi_entries = sequences[1][0][tags.LUT_DATA][1] if sequences[1] else None
    share = brightness(data, apply_modality_lut(read, data), bits, voi_entries)
    if share is None:
        return
    shown = np.clip(share, 0, 1) * 255
    shown = 255 - shown if data.PhotometricInterpretation == "MONOCHROME1" else shown
    yield shown[seen], case.levels[seen], case.tolerance


def tiff_read(case):
    stored, at = case.facts["stored"], case.facts["page"]
    with tifffile.TiffFile(io.BytesIO(case.data)) as file:
        read = file.pages[at].asarray()
        is_planar = read.ndim == 3 and file.pages[at].planarconfig == 2
    if case.refusable:
        read, stored = read * 255, case.levels
    yield np.moveaxis(read, 0, 2) if is_planar else read.reshape(stored.shape), stored, 0


def jpeg_read(case):
    picture = Image.open(io.BytesIO(case.data))
    picture.load()
    read = np.asarray(ImageOps.exif_transpose(picture), float)
    yield read @ LUMA if read.ndim == 3 else read, case.levels, 0.01


def png_read(case):
    picture = Image.open(io.BytesIO(case.data))
    picture.load()
    stored = case.facts["stored"]
    if picture.mode == "P":
        read = np.asarray(picture.convert("RGBA"), float)
        yield read[..., :3] @ LUMA * read[..., 3] / 255, case.levels, 0.01
    elif stored.dtype == np.uint16 and stored.shape[2] in (2, 4):
        # Pillow keeps the upper half of 16 bits, and makes four samples of grey and opacity.
        upper, read = stored >> 8, np.asarray(picture)
        yield read if upper.shape[2] == 4 else read[..., [0, -1]], upper, 0
    else:
        yield np.asarray(picture).reshape(stored.shape), stored, 0


def check(count, seed):
    """This tells what the libraries read otherwise, and how much they did not read."""
    said = collections.Counter()
    readers = {"dicom": film_read, "tiff": tiff_read, "jpeg": jpeg_read, "png": png_read}
    for name, case in cases(int(count), int(seed)):
        compared = 0
        try:
            for read, expected, tolerance in readers[case.words[0]](case):
                compared += 1
                is_same = read.shape == expected.shape
                off = np.abs(read.astype(float) - expected).max() if is_same else f"{read.shape}, not {expected.shape}"
                outcome = "agrees" if is_same and off <= tolerance else "differs"
                said[case.words[0], f"{outcome} {compared}"] += 1
                if outcome == "differs":
                    print(name, f"differs {compared}", off, sep="\t")
        except Exception as error:
            said[case.words[0], "unread"] += 1
            print(name, "unread", f"{type(error).__name__}: {error}".splitlines()[0], sep="\t")
    for (kind, outcome), number in sorted(said.items()):
        print(kind, outcome, number, sep="\t", file=sys.stderr)
