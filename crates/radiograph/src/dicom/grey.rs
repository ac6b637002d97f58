//! Stored values → what a viewer shows first.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use image::{DynamicImage, GrayImage, Rgb, RgbImage};

use super::attributes::{integer, numbers, text};
use super::damage::damaged;
use super::layout::Layout;
use super::window::Window;
use crate::fault::Result;

/// [`Window::Middle`] leaves out this share of the pixels at either end.
const MIDDLE_LEAVES_OUT: f64 = 0.01;

/// A picture of 8 bits: grey, or colour where the file has colours.
pub(super) fn picture(
    object: &InMemDicomObject,
    layout: &Layout,
    samples: &[i32],
    window: Window,
) -> Result<DynamicImage> {
    match layout.photometric.as_str() {
        "PALETTE COLOR" => palette(object, layout, samples),
        _ if layout.samples == 3 => Ok(colours(layout, samples).into()),
        _ => Ok(grey(object, layout, samples, window).into()),
    }
}

fn grey(object: &InMemDicomObject, layout: &Layout, stored: &[i32], window: Window) -> GrayImage {
    let padding = padding(object, layout);
    let is_padding = |value: i32| padding.is_some_and(|(low, high)| (low..=high).contains(&value));
    let (lowest, highest) =
        stored.iter().fold((i32::MAX, i32::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    // There are at most 65,536 different values: what becomes of each is worked out once.
    let all: Vec<i32> = (lowest..=highest).collect();
    let values = modality(object, &all);
    let at = |value: i32| (value - lowest) as usize;
    let mut counts = vec![0usize; all.len()];
    for value in stored.iter().filter(|value| !is_padding(**value)) {
        counts[at(*value)] += 1;
    }
    let shown = match window {
        Window::Own => voi(object, layout, &all, &values, range(&values, &counts, 0.0)),
        Window::Proposed(at) => match Level::proposed(object, at as usize) {
            Some(level) => values.iter().map(|value| level.at(*value)).collect(),
            None => spread(&values, range(&values, &counts, 0.0)),
        },
        Window::Whole => spread(&values, range(&values, &counts, 0.0)),
        Window::Middle => spread(&values, range(&values, &counts, MIDDLE_LEAVES_OUT)),
    };
    // Inverted last, and once: the two ways of saying it mean the same picture.
    let inverted = layout.photometric == "MONOCHROME1"
        || text(object, tags::PRESENTATION_LUT_SHAPE).is_some_and(|shape| shape == "INVERSE");
    let level = |(value, shown): (&i32, f64)| {
        let level = (shown.clamp(0.0, 1.0) * 255.0).round() as u8;
        // Padding is no part of the picture: it stays dark.
        if is_padding(*value) {
            0
        } else if inverted {
            255 - level
        } else {
            level
        }
    };
    let levels: Vec<u8> = all.iter().zip(shown).map(level).collect();
    GrayImage::from_fn(layout.width, layout.height, |x, y| {
        image::Luma([levels[at(stored[(y * layout.width + x) as usize])]])
    })
}

/// The values between which all pixels lie but this share of them at either end.
fn range(values: &[f64], counts: &[usize], leave_out: f64) -> (f64, f64) {
    // A slope below nought turns the order of the values round.
    let mut known: Vec<(f64, usize)> = values.iter().copied().zip(counts.iter().copied()).collect();
    known.retain(|(_, count)| *count > 0);
    known.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let most = (counts.iter().sum::<usize>() as f64 * leave_out) as usize;
    let low = first_beyond(most, known.iter()).unwrap_or(0.0);
    (low, first_beyond(most, known.iter().rev()).unwrap_or(low))
}

/// The first value after so many pixels.
fn first_beyond<'a>(most: usize, mut known: impl Iterator<Item = &'a (f64, usize)>) -> Option<f64> {
    let mut left_out = 0;
    let (value, _) = known.find(|(_, count)| {
        left_out += count;
        left_out > most
    })?;
    Some(*value)
}

/// The range from black to white.
fn spread(values: &[f64], (low, high): (f64, f64)) -> Vec<f64> {
    let width = if high > low { high - low } else { 1.0 };
    values.iter().map(|value| (value - low) / width).collect()
}

/// Values that only fill the picture up.
fn padding(object: &InMemDicomObject, layout: &Layout) -> Option<(i32, i32)> {
    let bits = layout.bits_stored;
    // It may be written without a sign where the pixels have one.
    let signed = |value: i32| {
        if layout.is_signed && bits < 32 { (value << (32 - bits)) >> (32 - bits) } else { value }
    };
    let first = signed(integer(object, tags::PIXEL_PADDING_VALUE)?);
    let last = integer(object, tags::PIXEL_PADDING_RANGE_LIMIT).map_or(first, signed);
    Some((first.min(last), first.max(last)))
}

/// PS3.3 C.11.1: a table if there is one, else slope and intercept.
fn modality(object: &InMemDicomObject, stored: &[i32]) -> Vec<f64> {
    if let Some(table) = Table::of(object, tags::MODALITY_LUT_SEQUENCE) {
        return stored.iter().map(|value| table.at(f64::from(*value))).collect();
    }
    let first = |tag| numbers(object, tag).first().copied();
    let (slope, intercept) = (first(tags::RESCALE_SLOPE).unwrap_or(1.0), first(tags::RESCALE_INTERCEPT).unwrap_or(0.0));
    stored.iter().map(|value| f64::from(*value) * slope + intercept).collect()
}

/// PS3.3 C.11.2: a table if there is one, else the file's first window, else the picture's own range.
/// 0 is to be shown darkest and 1 brightest.
fn voi(object: &InMemDicomObject, layout: &Layout, stored: &[i32], values: &[f64], range: (f64, f64)) -> Vec<f64> {
    if let Some(table) = Table::of(object, tags::VOILUT_SEQUENCE) {
        return values.iter().map(|value| table.at(*value) / table.highest).collect();
    }
    if let Some(level) = Level::proposed(object, 0) {
        return values.iter().map(|value| level.at(*value)).collect();
    }
    // Eight bits are shown as they are, more over their own range, as other pictures are.
    let is_plain =
        !layout.is_signed && stored.iter().zip(values).all(|(stored, value)| (f64::from(*stored) - value).abs() < 0.5);
    let (low, high) =
        if layout.bits_stored <= 8 && is_plain { (0.0, f64::from((1 << layout.bits_stored) - 1)) } else { range };
    spread(values, (low, high))
}

/// How bright a value is within a window (PS3.3 C.11.2.1.2 and C.11.2.1.3).
struct Level {
    centre: f64,
    width: f64,
    function: Option<String>,
}

impl Level {
    /// The window with this number of those that the file proposes, if it makes sense.
    fn proposed(object: &InMemDicomObject, at: usize) -> Option<Self> {
        let [centre, width] =
            [tags::WINDOW_CENTER, tags::WINDOW_WIDTH].map(|tag| numbers(object, tag).get(at).copied());
        let (centre, width) = (centre?, width.filter(|width| *width > 0.0)?);
        Some(Self { centre, width, function: text(object, tags::VOILUT_FUNCTION) })
    }

    fn at(&self, value: f64) -> f64 {
        match self.function.as_deref() {
            Some("SIGMOID") => 1.0 / (1.0 + (-4.0 * (value - self.centre) / self.width).exp()),
            Some("LINEAR_EXACT") => (value - self.centre) / self.width + 0.5,
            _ if self.width <= 1.0 => f64::from(u8::from(value > self.centre - 0.5)),
            _ => (value - (self.centre - 0.5)) / (self.width - 1.0) + 0.5,
        }
    }
}

/// A lookup table (PS3.3 C.11.1.1): values below its first are taken as the first, above its last as
/// the last.
struct Table {
    first: f64,
    entries: Vec<u16>,
    highest: f64,
}

impl Table {
    fn of(object: &InMemDicomObject, sequence: Tag) -> Option<Self> {
        let item = object.get(sequence)?.items()?.first()?;
        Self::from_elements(item, tags::LUT_DESCRIPTOR, tags::LUT_DATA)
    }

    fn from_elements(object: &InMemDicomObject, descriptor: Tag, data: Tag) -> Option<Self> {
        let descriptor: Vec<i32> = object.get(descriptor)?.to_multi_int().ok()?;
        let [count, first, bits] = descriptor[..] else { return None };
        // 0 stands for 65536, which 16 bits cannot say.
        let count = match count as u16 {
            0 => 1 << 16,
            count => usize::from(count),
        };
        let element = object.get(data)?;
        let mut entries: Vec<u16> = element
            .to_multi_int::<i32>()
            .map(|all| all.into_iter().map(|value| value as u16).collect())
            .or_else(|_| element.to_bytes().map(|bytes| words(&bytes)))
            .ok()?;
        if entries.len() * 2 <= count + 1 && bits <= 8 {
            // Two entries of 8 bits share a word.
            entries = entries.iter().flat_map(|word| word.to_le_bytes().map(u16::from)).collect();
        }
        entries.truncate(count);
        let highest = f64::from((1u32 << bits.clamp(1, 16)) - 1);
        (!entries.is_empty()).then_some(Self { first: f64::from(first), entries, highest })
    }

    fn at(&self, value: f64) -> f64 {
        let last = self.entries.len() - 1;
        let index = (value - self.first).clamp(0.0, last as f64) as usize;
        f64::from(self.entries[index])
    }
}

fn words(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}

fn palette(object: &InMemDicomObject, layout: &Layout, samples: &[i32]) -> Result<DynamicImage> {
    let table = |descriptor, data| {
        Table::from_elements(object, descriptor, data).ok_or_else(|| damaged("its palette is missing"))
    };
    let tables = [
        table(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA)?,
        table(tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA)?,
        table(tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA)?,
    ];
    let picture = RgbImage::from_fn(layout.width, layout.height, |x, y| {
        let index = f64::from(samples[(y * layout.width + x) as usize]);
        Rgb([0, 1, 2].map(|colour: usize| (tables[colour].at(index) / tables[colour].highest * 255.0).round() as u8))
    });
    Ok(picture.into())
}

/// RGB, or full-range YBR (PS3.3 C.7.6.3.1.2).
fn colours(layout: &Layout, samples: &[i32]) -> RgbImage {
    let scale = 255.0 / f64::from((1i64 << layout.bits_stored) as u32 - 1);
    let at = |x: u32, y: u32| -> [f64; 3] {
        let pixel = 3 * (y * layout.width + x) as usize;
        [0, 1, 2].map(|sample| f64::from(samples[pixel + sample]) * scale)
    };
    let is_ybr = layout.photometric == "YBR_FULL";
    RgbImage::from_fn(layout.width, layout.height, |x, y| {
        let [first, second, third] = at(x, y);
        let (blue, red) = (second - 128.0, third - 128.0);
        let rgb = if is_ybr {
            [first + 1.402 * red, first - 0.344_136 * blue - 0.714_136 * red, first + 1.772 * blue]
        } else {
            [first, second, third]
        };
        Rgb(rgb.map(|value| value.round().clamp(0.0, 255.0) as u8))
    })
}
