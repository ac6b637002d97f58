"""This draws TIFF files whose depth, packing, byte order, layout and other pages are drawn apart."""

import numpy as np
from case import LUMA, Case, pick
from phantom import opacity, phantom, quantized, sides, stretched, tinted
from tiff_pages import bilevel_page, file_bytes, page


def grey_samples(rng, kind, picture):
    """This makes whole or floating-point samples, and what they should look like."""
    dtype = pick(rng, ["u1", "u1", "u2", "u2", "i2", "u4", "f2", "f4", "f4", "f8"])
    size = {"u1": 255, "u2": 65535, "i2": 65535, "u4": 2**32 - 1}.get(dtype)
    low, high = sorted(rng.uniform(0, 1, 2))
    if high - low < 0.2:
        low, high = 0.1, 0.9
    values = low + (high - low) * picture
    if size:
        samples = np.round(values * size - (32768 if dtype == "i2" else 0)).astype(dtype)
    else:
        # Half floats tell no values apart that lie close together far from nought.
        scale = pick(rng, [1, 4095, 60000])
        samples = (values * scale - pick(rng, [0, scale / 4])).astype(dtype)
    levels = samples.astype(float) if dtype == "u1" else stretched(samples)
    return dtype, samples[..., None], 255 - levels if kind == "white" else levels


def draw(rng):
    """This draws a TIFF."""
    width, height = sides(rng)
    picture = phantom(rng, width, height)
    kinds = ["black"] * 15 + ["white"] * 8 + ["rgb"] * 8 + ["palette"] * 4 + ["cmyk"] * 4 + ["alpha"] * 8 + ["one-bit"]
    kind = pick(rng, kinds)
    words, more, refusable = [kind], {}, False
    dtype = "u1"
    if kind in ("black", "white"):
        dtype, samples, levels = grey_samples(rng, kind, picture)
        photometric = 0 if kind == "white" else 1
    elif kind in ("rgb", "alpha"):
        is_colour, is_deep = kind == "rgb" or rng.random() < 0.5, rng.random() < 0.4
        samples, levels = quantized(rng, picture, is_colour, is_deep)
        photometric = 2 if is_colour else 1
        if kind == "alpha":
            words.append("rgb" if is_colour else "grey")
            alpha = opacity(rng, width, height)
            more["extra"] = pick(rng, [1, 2])
            words.append(["associated", "unassociated"][more["extra"] - 1])
            if more["extra"] == 1:
                samples = np.round(samples * alpha[..., None]).astype(samples.dtype)
            full = np.iinfo(samples.dtype).max
            samples = np.concatenate([samples, np.round(alpha * full).astype(samples.dtype)[..., None]], -1)
            levels = levels * alpha
        dtype = samples.dtype.str[1:]
    elif kind == "palette":
        palette = np.zeros((256, 3), np.uint8)
        palette[rng.permutation(256)] = tinted(rng, np.linspace(0, 1, 256)[None])[0]
        by_grey = np.argsort(palette @ LUMA, kind="stable").astype(np.uint8)
        samples = by_grey[np.round(picture * 255).astype(int)][..., None]
        levels, photometric = (palette @ LUMA)[samples[..., 0]], 3
        more["map"] = palette.T.astype(np.uint16) * 257
    elif kind == "cmyk":
        samples = 255 - tinted(rng, picture)
        black = np.round(phantom(rng, width, height) * 120).astype(np.uint8)
        levels = ((255.0 - samples) * (255.0 - black[..., None]) / 255) @ LUMA
        samples, photometric = np.concatenate([samples, black[..., None]], -1), 5
    else:
        refusable, photometric, levels = True, 1, np.where(picture > 0.5, 255.0, 0.0)
        samples = np.packbits(levels > 0, axis=1)[..., None]
        more["compression"] = 1
    film = page(rng, samples, photometric, **more)
    if kind == "one-bit":
        film = bilevel_page(film.tags, levels > 0)
    others, pages = with_other_pages(rng, film, width, height)
    byte_order, is_big = pick(rng, "<>"), rng.random() < 0.3
    words += [others] if others else []
    words += [dtype] + ["big"] * is_big + ["be"] * (byte_order == ">")
    words += [f"c{film.compression}"] + [f"p{film.predictor}"] * (film.predictor > 1)
    words += ["planar"] * (film.tags.get(284, (3, [1]))[1][0] == 2) + ["tiles"] * (322 in film.tags)
    facts = {"stored": samples, "page": next(at for at, one in enumerate(pages) if one is film)}
    data = file_bytes(pages, byte_order, is_big)
    return Case(["tiff", *words], "tif", data, levels, refusable=refusable, facts=facts)


def with_other_pages(rng, film, width, height):
    """This draws the pages that stand before or after the film; it returns their names and all pages."""
    others = pick(rng, ["", "", "", "thumbnail", "mask", "pages", "thumbnail-mask"])
    pages = [film]
    if "pages" in others:
        film.tags[254] = (4, [pick(rng, [0, 2])])
        second = np.round(phantom(rng, 60, 50) * 255).astype(np.uint8)[..., None]
        pages += [page(rng, second, 1, subfile=pick(rng, [0, 2]))]
    if "mask" in others:
        inside = phantom(rng, width, height) > 0.2
        tags = {254: (4, [4]), 256: (3, [width]), 257: (3, [height]), 262: (3, [4])}
        pages.insert(0, bilevel_page(tags, inside))
    if "thumbnail" in others:
        small = np.round(255 - phantom(rng, 40, 30)[..., None] * 255).astype(np.uint8)
        pages.insert(0, page(rng, small, 1, subfile=1))
    return others, pages
