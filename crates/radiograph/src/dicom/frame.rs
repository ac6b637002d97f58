//! One frame's stored values, out of whatever packing the file has.

use dicom_encoding::TransferSyntaxIndex;
use dicom_encoding::adapters::PixelDataObject;
use dicom_object::DefaultDicomObject;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use openreadout_codecs::CodecError;

use super::damage::damaged;
use super::layout::Layout;
use super::{jpeg_2000, rle};
use crate::fault::{Fault, Result};
use crate::sniff::jpeg_reaches_its_end;

/// The most samples that a byte of JPEG can hold. A block of 64 samples takes at least two bits: one says that it is as
/// bright as the last block, one that it ends. Of a colour picture every second block may be left out.
const MOST_SAMPLES_A_BYTE: usize = 2 * 64 * 8 / 2;

/// Unpacks one frame: its samples, pixel by pixel, as whole numbers with the file's sign.
///
/// # Errors
/// [`Fault::Damaged`] or [`Fault::OtherPacking`].
pub(super) fn decode(object: &DefaultDicomObject, layout: &Layout, frame: u32) -> Result<Vec<i32>> {
    let uid = object.meta().transfer_syntax().trim_end_matches('\0').to_owned();
    let packed = object.frame_pixel_data(frame).ok_or_else(|| damaged("a picture is missing"))?;
    let samples = match uid.strip_prefix("1.2.840.10008.1.2").unwrap_or(&uid) {
        "" | ".1" | ".2" | ".1.99" => native(&packed, layout),
        ".5" => rle(&packed, layout),
        ".4.50" | ".4.51" | ".4.57" | ".4.70" => jpeg(&packed, layout),
        ".4.80" | ".4.81" => jpeg_ls(&packed, layout),
        ".4.90" | ".4.91" => jpeg_2000::decode(&packed, layout),
        _ => {
            let known = TransferSyntaxRegistry.get(&uid).map(|known| known.name().to_owned());
            Err(Fault::OtherPacking(known.unwrap_or(uid)))
        }
    }?;
    if samples.len() < layout.count() || samples.len() > layout.count() + 1 {
        return Err(damaged("its pixels end too early"));
    }
    Ok(samples)
}

/// Samples of 8 or 16 bits, little-endian, in whatever order the planes lie.
fn native(bytes: &[u8], layout: &Layout) -> Result<Vec<i32>> {
    let wide = layout.bits_allocated == 16;
    let needed = layout.count() * if wide { 2 } else { 1 };
    let bytes = bytes.get(..needed).ok_or_else(|| damaged("its pixels end too early"))?;
    let of = |raw: u32| value(raw, layout);
    let mut samples: Vec<i32> = if wide {
        bytes.chunks_exact(2).map(|pair| of(u32::from(u16::from_le_bytes([pair[0], pair[1]])))).collect()
    } else {
        bytes.iter().map(|byte| of(u32::from(*byte))).collect()
    };
    if layout.is_planar && layout.samples > 1 {
        let pixels = layout.count() / layout.samples;
        samples = (0..layout.count()).map(|at| samples[at % layout.samples * pixels + at / layout.samples]).collect();
    }
    Ok(samples)
}

/// The stored bits of a word, with their sign.
fn value(raw: u32, layout: &Layout) -> i32 {
    let (stored, high) = (layout.bits_stored, layout.high_bit);
    let upmost = (raw >> (high + 1 - stored)) << (32 - stored);
    if layout.is_signed { (upmost as i32) >> (32 - stored) } else { (upmost >> (32 - stored)) as i32 }
}

fn rle(packed: &[u8], layout: &Layout) -> Result<Vec<i32>> {
    let bytes = layout.bits_allocated as usize / 8;
    let plain = rle::decode(packed, layout.count() / layout.samples, layout.samples, bytes)
        .ok_or_else(|| damaged("its run lengths make no sense"))?;
    // The planes have been put together already.
    native(&plain, &Layout { is_planar: false, photometric: String::new(), ..*layout })
}

/// Baseline, extended of 8 and 12 bits, and lossless.
fn jpeg(packed: &[u8], layout: &Layout) -> Result<Vec<i32>> {
    // The decoder fills a missing rest with one value and says nothing.
    if !jpeg_reaches_its_end(packed) || packed.len() < layout.count() / MOST_SAMPLES_A_BYTE {
        return Err(damaged("its JPEG is cut off"));
    }
    // Two bytes a sample, whatever the depth.
    let picture = openreadout_codecs::jpeg_decode_limited(packed, 2 * layout.count()).map_err(|error| match error {
        CodecError::Unsupported { detail, .. } => Fault::OtherPacking(format!("JPEG ({detail})")),
        // So the decoder of eight bits says what it knows and does not read.
        CodecError::Decode { detail, .. } if detail.contains("nsupported") || detail.contains("CMYK") => {
            Fault::OtherPacking(format!("JPEG ({detail})"))
        }
        other => damaged(&other.to_string()),
    })?;
    layout.require_size(picture.width, picture.height)?;
    Ok(if picture.bits_per_sample > 8 {
        let words = picture.data.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        words.map(|word| value(u32::from(word), layout)).collect()
    } else {
        picture.data.iter().map(|byte| value(u32::from(*byte), layout)).collect()
    })
}

fn jpeg_ls(packed: &[u8], layout: &Layout) -> Result<Vec<i32>> {
    let (samples, ..) =
        jpegls::decode(packed, layout.width, layout.height).map_err(|error| damaged(&error.to_string()))?;
    Ok(samples.into_iter().map(|sample| value(u32::from(sample), layout)).collect())
}
