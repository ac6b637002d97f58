"""A data set is written element by element, by the rules of its transfer syntax (PS3.5)."""

import struct
import typing

import film_tags as tags
import numpy as np

UNDEFINED_LENGTH = 0xFFFFFFFF


class Style(typing.NamedTuple):
    """A style is how a data set is written."""

    rng: np.random.Generator
    byte_order: str = "<"
    is_explicit: bool = True
    # These tags are written as UN, and the sequences among them may be of undefined length.
    tags_as_un: frozenset = frozenset()
    is_un_undefined: bool = False


def tag_bytes(tag, byte_order):
    return struct.pack(byte_order + "HH", tag >> 16, tag & 0xFFFF)


def item_header(tag, length, byte_order):
    return tag_bytes(tag, byte_order) + struct.pack(byte_order + "I", length)


def items(sequence, style, is_undefined):
    """This writes the items of a sequence and, where its length is undefined, its end."""
    order, out = style.byte_order, b""
    for item in sequence:
        body = data_set(item, style)
        if style.rng.random() < 0.5:
            out += item_header(tags.ITEM, len(body), order) + body
        else:
            out += item_header(tags.ITEM, UNDEFINED_LENGTH, order) + body
            out += item_header(tags.ITEM_DELIMITATION_ITEM, 0, order)
    return out + (item_header(tags.SEQUENCE_DELIMITATION_ITEM, 0, order) if is_undefined else b"")


def content(vr, value, byte_order):
    """This writes a value: a number or several, an array, a text or several, or bytes that stand as they are."""
    if isinstance(value, bytes):
        data = value
    elif isinstance(value, np.ndarray):
        data = value.astype(value.dtype.newbyteorder(byte_order)).tobytes()
        if vr == "OW" and value.itemsize == 1 and byte_order == ">":
            # Where bytes stand in words, the first is the lower one (annex A.3).
            data = np.frombuffer(data + bytes(len(data) % 2), ">u2").astype("<u2").tobytes()
    elif vr in ("US", "SS", "UL"):
        values = value if isinstance(value, list) else [value]
        mask = 0xFFFFFFFF if vr == "UL" else 0xFFFF
        data = struct.pack(f"{byte_order}{len(values)}{'I' if vr == 'UL' else 'H'}", *(one & mask for one in values))
    else:
        text = "\\".join(map(str, value)) if isinstance(value, list) else str(value)
        data = text.encode() + (b"\0" if vr == "UI" else b" ") * (len(text) % 2)
    return data + bytes(len(data) % 2)


def element(tag, vr, value, style):
    head, is_un = tag_bytes(tag, style.byte_order), style.is_explicit and (tag in style.tags_as_un or vr == "UN")
    inside = style._replace(byte_order="<", is_explicit=False) if is_un else style
    is_undefined = False
    if isinstance(value, list) and (vr in ("SQ", "UN")):
        if vr == "UN":
            # A private sequence is of undefined length where its tag is odd.
            is_undefined = bool(tag & 1)
        else:
            is_undefined = style.is_un_undefined if is_un else style.rng.random() < 0.5
        body = items(value, inside, is_undefined)
    else:
        body = content(vr, value, inside.byte_order)
    length = UNDEFINED_LENGTH if is_undefined else len(body)
    if is_un or style.is_explicit and vr in ("OB", "OW", "OF", "OD", "OV", "SQ"):
        return head + (b"UN" if is_un else vr.encode()) + struct.pack(style.byte_order + "HI", 0, length) + body
    if style.is_explicit:
        return head + vr.encode() + struct.pack(style.byte_order + "H", length) + body
    return head + struct.pack(style.byte_order + "I", length) + body


def data_set(elements, style):
    """This writes elements, given by tag as VR and value, in the order of their tags."""
    return b"".join(element(tag, *elements[tag], style) for tag in sorted(elements))
