//! Colour pictures, such as screenshots (PS3.3 C.7.6.3.1.2 and C.7.6.3.1.5).

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use image::{Rgb, RgbImage};

use super::damage::damaged;
use super::layout::{Layout, Space};
use super::lookup_table::Table;
use crate::fault::{Fault, Result};

/// A picture of which each sample is a number in three tables.
pub(super) fn palette(object: &InMemDicomObject, layout: &Layout, samples: &[i32]) -> Result<RgbImage> {
    if object.get(tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA).is_some() {
        return Err(Fault::OtherPacking("segmented palette".into()));
    }
    let table = |descriptor, data| {
        let table = Table::from_elements(object, descriptor, data, layout.is_signed);
        table.ok_or_else(|| damaged("its palette is missing"))
    };
    let tables = [
        table(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA)?,
        table(tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA)?,
        table(tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA)?,
    ];
    // A picture without much blue has a shallow table of blue: the three have one depth.
    let highest = tables.iter().map(|table| table.highest).fold(0.0, f64::max);
    Ok(RgbImage::from_fn(layout.width, layout.height, |x, y| {
        let index = f64::from(samples[(y * layout.width + x) as usize]);
        Rgb([0, 1, 2].map(|colour: usize| (tables[colour].at(index) / highest * 255.0).round() as u8))
    }))
}

/// A picture of three samples a pixel, in red, green and blue.
pub(super) fn rgb(layout: &Layout, space: Space, samples: &[i32]) -> RgbImage {
    let scale = 255.0 / f64::from((1i64 << layout.bits_stored) as u32 - 1);
    let at = |x: u32, y: u32| -> [f64; 3] {
        let pixel = 3 * (y * layout.width + x) as usize;
        [0, 1, 2].map(|sample| f64::from(samples[pixel + sample]) * scale)
    };
    RgbImage::from_fn(layout.width, layout.height, |x, y| {
        let [first, second, third] = at(x, y);
        let (luminance, blue, red) = match space {
            Space::Rgb => return Rgb([first, second, third].map(rounded)),
            Space::YbrFull => (first, second - 128.0, third - 128.0),
            Space::YbrPartial => {
                let chrominance = |value: f64| (value - 128.0) * 255.0 / 224.0;
                ((first - 16.0) * 255.0 / 219.0, chrominance(second), chrominance(third))
            }
        };
        let green = luminance - 0.344_136 * blue - 0.714_136 * red;
        Rgb([luminance + 1.402 * red, green, luminance + 1.772 * blue].map(rounded))
    })
}

fn rounded(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}
