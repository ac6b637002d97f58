//! TIFF and `BigTIFF` (TIFF 6.0, Adobe 1992, and its technical notes): pages, depths and colours beyond what `image` takes
//! from the `tiff` crate, which decodes the strips and tiles.

mod chunks;
mod pages;
mod pixel_samples;
mod tiff_fault;

use std::borrow::Cow;
use std::io::{Cursor, Read, Seek};

use image::DynamicImage;
use image::metadata::Orientation;
use tiff::ColorType;
use tiff::decoder::{Decoder, Limits};
use tiff::tags::Tag;

use crate::fault::{Fault, Result};
use crate::limits::{MAX_DECODED_BYTES, MAX_PIXELS, require_few_pixels};
use crate::note::Note;
use chunks::Chunks;
use pages::{BLACK_IS_ZERO, PALETTE, Page, WHITE_IS_ZERO};
use pixel_samples::{Meaning, Place, Samples, deep, no_data, shallow, spread};
use tiff_fault::{damaged, fault};

/// Whether the bytes are a TIFF, also one with addresses of 64 bits.
pub(super) fn is_tiff(bytes: &[u8]) -> bool {
    matches!(bytes, [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..])
}

/// The picture of a file, with whatever depth, colours and transparency it has, and how it is to be turned.
///
/// # Errors
/// [`Fault::Damaged`], [`Fault::OtherPacking`], [`Fault::OtherDepth`] or [`Fault::TooManyPixels`].
pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<(DynamicImage, Orientation)> {
    let directory = pages::directory(bytes).ok_or_else(|| damaged("its directory makes no sense"))?;
    let (number, page) = pages::chosen(&directory).ok_or_else(|| damaged("it has no page"))?;
    if page.is_other && page.has_more {
        return Err(Fault::OtherPacking("camera raw, or TIFF with sub-directories".into()));
    }
    if directory.pages.len() > 1 {
        notes.push(Note::Page { number: number as u32 + 1, of: directory.pages.len() as u32 });
    }
    match page.bits {
        8 | 16 | 32 | 64 => {}
        1..8 => return Err(Fault::OtherDepth { bits: page.bits }),
        bits => return Err(Fault::OtherPacking(format!("TIFF, {bits} bits"))),
    }
    require_few_pixels(page.width, page.height, MAX_PIXELS)?;
    let mut bytes = prepared(bytes, &directory, page)?;
    let chunks = Chunks::of(&mut opened(&bytes)?)?;
    chunks.require_whole(&bytes, page)?;
    chunks.turn_bits(&mut bytes);
    let mut decoder = opened(&bytes)?;
    let (width, height) = decoder.dimensions().map_err(fault)?;
    let colours = decoder.colortype().map_err(fault)?;
    let palette = match page.photometric {
        PALETTE => Some(deep(decoder.get_tag_u16_vec(Tag::ColorMap).map_err(fault)?)),
        _ => None,
    };
    let alpha = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).map_err(fault)?.unwrap_or_default();
    let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).map_err(fault)?;
    require_few_pixels(width, height, MAX_PIXELS.min(MAX_DECODED_BYTES / bytes_of_a_pixel(&mut decoder, colours)?))?;
    let channels = colours.num_samples() as usize;
    let (samples, is_done) = read(&mut decoder, page, channels)?;
    let mut meaning = Meaning::of(page, colours, palette, alpha.first().copied())?;
    meaning.is_inverted &= !is_done;
    let picture = samples.picture(page.width, page.height, channels, &meaning);
    let orientation = orientation.and_then(Orientation::from_exif);
    Ok((picture, orientation.unwrap_or(Orientation::NoTransforms)))
}

fn opened(bytes: &[u8]) -> Result<Decoder<Cursor<&[u8]>>> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_DECODED_BYTES as usize;
    limits.intermediate_buffer_size = MAX_DECODED_BYTES as usize;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(fault)?.with_limits(limits))
}

/// The file as the crate reads it rightly: with the chosen page alone; with grey that it gives as it is stored, since it
/// neither turns white to black in signed and fractional values nor takes the numbers of a palette; and with a size of
/// whole tiles, since it stumbles over what lies beyond the picture (tiff 0.11.3: "no lzw end code found", and a panic
/// where there are planes).
fn prepared<'a>(bytes: &'a [u8], directory: &pages::Directory, page: &Page) -> Result<Cow<'a, [u8]>> {
    let mut bytes = Cow::from(bytes);
    if !directory.is_alone(&bytes, page) {
        directory.put_alone(bytes.to_mut(), page);
    }
    if [WHITE_IS_ZERO, PALETTE].contains(&page.photometric) {
        directory.put_photometric(bytes.to_mut(), page, BLACK_IS_ZERO);
    }
    if page.tile.is_some() {
        let put = directory.put_whole_tiles(bytes.to_mut(), page);
        put.ok_or_else(|| Fault::OtherPacking("TIFF, tiles beyond the picture".into()))?;
    }
    Ok(bytes)
}

/// The most bytes that a pixel takes on the way: as it is stored, as a fraction where it is none of 8 or 16 bits without
/// a sign, and as red, green, blue and alpha where it is more than grey.
fn bytes_of_a_pixel(decoder: &mut Decoder<impl Read + Seek>, colours: ColorType) -> Result<u64> {
    let samples = u64::from(colours.num_samples());
    let stored = samples * u64::from(colours.bit_depth()).div_ceil(8);
    let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).map_err(fault)?.unwrap_or_default();
    // 1 is a number without a sign (TIFF 6.0, section 19).
    let is_kept = colours.bit_depth() <= 16 && formats.iter().all(|format| *format == 1);
    let fraction = if is_kept { 0 } else { samples * size_of::<f32>() as u64 };
    let is_grey = matches!(colours, ColorType::Gray(_)) && decoder.find_tag(Tag::ColorMap).map_err(fault)?.is_none();
    let shown = if is_grey { 1 } else { 4 } * if is_kept && colours.bit_depth() == 8 { 1 } else { 2 };
    Ok(stored.max(fraction).max(shown))
}

/// All samples, pixel by pixel, chunk after chunk; and whether they are inverted already.
fn read(decoder: &mut Decoder<impl Read + Seek>, page: &Page, channels: usize) -> Result<(Samples, bool)> {
    let (width, height) = (page.width as usize, page.height as usize);
    let is_planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).map_err(fault)? == Some(2);
    let (planes, of_a_chunk) = if is_planar { (channels, 1) } else { (1, channels) };
    let (chunk_width, chunk_height) = decoder.chunk_dimensions();
    let across = width.div_ceil(chunk_width.max(1) as usize);
    let chunks = across * height.div_ceil(chunk_height.max(1) as usize);
    let mut all = None;
    for chunk in 0..chunks * planes {
        let (plane, number) = (chunk / chunks, chunk % chunks);
        let (chunk_wide, chunk_high) = decoder.chunk_data_dimensions(chunk as u32);
        let (left, top) = (number % across * chunk_width as usize, number / across * chunk_height as usize);
        let place = Place {
            left,
            top,
            // A tile may reach beyond the picture.
            width: (chunk_wide as usize).min(width - left),
            height: (chunk_high as usize).min(height - top),
            chunk_width: chunk_wide as usize,
            picture_width: width,
            channels,
            of_a_chunk,
            first: plane,
        };
        let part = shallow(decoder.read_chunk(chunk as u32).map_err(fault)?);
        let all = all.get_or_insert_with(|| part.empty(width * height * channels));
        all.put(&part, &place).ok_or_else(|| damaged("its pixels are too few"))?;
    }
    Ok(match all.ok_or_else(|| damaged("its pixels are missing"))? {
        Samples::Floats(values) => {
            // Here, since what stands for nothing stays dark.
            let is_inverted = page.photometric == WHITE_IS_ZERO && channels == 1;
            (Samples::Words(spread(&values, no_data(decoder), is_inverted)), is_inverted)
        }
        shallow => (shallow, false),
    })
}
