"""The pixels of a film are written as native frames, or compressed and encapsulated frame by frame (PS3.5, A.4)."""

import struct
import typing

import film_tags as tags
import jpeg_ls
import numpy as np
from case import pick
from film_bytes import UNDEFINED_LENGTH, data_set, item_header, tag_bytes
from jpeg_coding import dct_jpeg, lossless_jpeg
from openjpeg.utils import encode_array as jpeg_2000
from tiff_packing import packbits


class SampleFormat(typing.NamedTuple):
    """This is what a codec must know of the samples."""

    # So many bits are stored.
    precision: int = 8
    is_signed: bool = False
    # JPEG 2000 turns such colours into its own by itself.
    is_colour_transformed: bool = False


def native(options, samples):
    """This lays native samples in the order of the file (PS3.3 C.7.6.3.1.3, PS3.5 8.2.1)."""
    colour = options.get("colour", "")
    if colour == "ybr-422":
        pairs = samples.reshape(samples.shape[0], -1, 2, 3)
        return np.concatenate([pairs[..., 0], pairs[:, :, :1, 1], pairs[:, :, :1, 2]], -1)
    return np.moveaxis(samples, 2, 0) if colour.endswith("planar") else samples


def with_sign(samples, bits, is_signed):
    """This makes whole numbers of samples, with their sign."""
    whole = samples.astype(int) & ((1 << bits) - 1)
    return whole - ((whole >> (bits - 1)) << bits) if is_signed else whole


def encapsulated(rng, options, frames, style):
    """This writes compressed frames as items, and their extended offset table if there is one."""
    how = options.get("encapsulation") or pick(rng, ["table", "no-table"])
    fragments, offsets = b"", []
    for frame in frames:
        frame += bytes(len(frame) % 2)
        offsets.append(len(fragments))
        cuts = sorted({2 * int(cut) for cut in rng.integers(1, len(frame) // 2, 2)}) if "fragments" in how else []
        for start, end in zip([0, *cuts], [*cuts, len(frame)]):
            fragments += item_header(tags.ITEM, end - start, "<") + frame[start:end]
    table = struct.pack(f"<{len(offsets)}I", *offsets) if how in ("table", "fragments-table") else b""
    more = {}
    if how == "extended-table":
        lengths = [len(one) + len(one) % 2 for one in frames]
        more[tags.EXTENDED_OFFSET_TABLE] = "OV", np.array(offsets, "u8")
        more[tags.EXTENDED_OFFSET_TABLE_LENGTHS] = "OV", np.array(lengths, "u8")
    head = tag_bytes(tags.PIXEL_DATA, "<") + b"OB\0\0" + struct.pack("<I", UNDEFINED_LENGTH)
    end = b"" if how == "open" else item_header(tags.SEQUENCE_DELIMITATION_ITEM, 0, "<")
    return data_set(more, style) + head + item_header(tags.ITEM, len(table), "<") + table + fragments + end


def rle(values):
    """This packs each byte of the samples as a plane of its own (PS3.5, annex G)."""
    planes = np.moveaxis(values.astype(np.uint16).reshape(*values.shape[:2], -1), 2, 0)
    shifts = [8, 0] if values.dtype.itemsize == 2 else [0]
    segments = [(plane >> shift).astype(np.uint8) for plane in planes for shift in shifts]
    parts = [b"".join(packbits(row.tobytes()) for row in rows) for rows in segments]
    parts = [part + bytes(len(part) % 2) for part in parts]
    offsets = np.cumsum([64] + [len(part) for part in parts])[: len(parts)]
    return struct.pack("<16I", len(parts), *offsets, *[0] * (15 - len(parts))) + b"".join(parts)


def compressed(rng, syntax, values, form):
    """This compresses a frame as its transfer syntax asks; the values are those of the file, with their sign."""
    precision, is_signed, is_colour_transformed = form
    allocated = np.uint8 if precision <= 8 else np.uint16
    plain = (values & ((1 << precision) - 1)).astype(allocated)
    count = 3 if plain.ndim == 3 else 1
    if syntax == "rle":
        return rle(values)
    if syntax == "jpegls":
        mode = int(rng.integers(1, 3)) if count == 3 else 0
        return bytes(jpeg_ls.encode_pixel_data(
            plain.tobytes(), lossy_error=0, interleave_mode=mode, rows=plain.shape[0], columns=plain.shape[1],
            samples_per_pixel=count, bits_allocated=8 * plain.itemsize, bits_stored=precision,
            planar_configuration=0, photometric_interpretation="RGB" if count == 3 else "MONOCHROME2",
        ))  # fmt: skip
    if syntax.startswith("j2k"):
        has_signs = is_signed and syntax == "j2k"
        whole = values.astype(np.int8 if allocated is np.uint8 else np.int16) if has_signs else plain
        interpretation = 1 if is_colour_transformed else 0
        return jpeg_2000(
            whole, bits_stored=precision, photometric_interpretation=interpretation, use_mct=is_colour_transformed
        )
    if syntax.startswith("lossless"):
        return lossless_jpeg(plain, precision, 1 if syntax.endswith("sv1") else int(rng.integers(1, 8)))
    if count == 3:
        return dct_jpeg(list(np.moveaxis(plain, 2, 0)), [pick(rng, [(2, 1), (2, 2)]), (1, 1), (1, 1)], coarse=0)
    return dct_jpeg([plain], precision=precision, restart=int(rng.integers(0, 20)), coarse=0)
