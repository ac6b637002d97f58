//! Stored values → what a viewer shows first.

use dicom_dictionary_std::tags;
use image::GrayImage;
use pixels::stored;

use super::attributes::Attributes;
use super::layout::{Layout, Photometric};
use super::lookup_table::Table;
use super::window::{Level, ProposedWindow, Window};
use crate::note::Note;

/// [`Window::Middle`] leaves out this share of the pixels at either end.
const MIDDLE_LEAVES_OUT: f64 = 0.01;
/// A window or table that leaves fewer shades than this of a picture that has more shows nothing of it.
const LEAST_SHADES: usize = 8;

/// A grey picture, and the windows in which it may be seen.
pub(super) struct Grey {
    pub(super) picture: GrayImage,
    /// Those of the file's windows that show something, the first of them its own unless it has a table.
    pub(super) windows: Vec<ProposedWindow>,
}

/// More VOI tables of a file than this are not tried.
const MOST_TABLES: usize = 32;

/// How a picture is shown.
pub(super) struct Shown<'a> {
    pub(super) window: Window,
    /// Whether black and white are to be swapped.
    pub(super) is_inverted: bool,
    /// Whether each pixel lies outside the shutter.
    pub(super) hidden: Option<&'a [bool]>,
}

/// The picture as it is to be shown. What is hidden is black, and no part of any range.
pub(super) fn picture(
    attributes: &Attributes,
    layout: &Layout,
    stored: &[i32],
    &Shown { window, is_inverted, hidden }: &Shown,
    notes: &mut Vec<Note>,
) -> Grey {
    let padding = padding(attributes, layout);
    let is_padding = |value: i32| padding.is_some_and(|(low, high)| (low..=high).contains(&value));
    let (lowest, highest) = stored::range(stored);
    // There are at most 65,536 different values: what becomes of each is worked out once.
    let all: Vec<i32> = (lowest..=highest).collect();
    let at = |value: i32| (value - lowest) as usize;
    let mut counts = vec![0usize; all.len()];
    match hidden {
        None => stored::count(stored, lowest, &mut counts),
        Some(hidden) => {
            let open = stored.iter().zip(hidden).filter(|(_, is_hidden)| !**is_hidden);
            open.for_each(|(value, _)| counts[at(*value)] += 1);
        }
    }
    let is_all_padding = counts.iter().zip(&all).all(|(count, value)| *count == 0 || is_padding(*value));
    // What would leave nothing of the picture is no padding.
    let is_padding = |value: i32| is_padding(value) && !is_all_padding;
    for (count, value) in counts.iter_mut().zip(&all) {
        *count = if is_padding(*value) { 0 } else { *count };
    }
    let values = modality(attributes, layout, &all, notes);
    let levels = Levels { attributes, layout, stored: &all, values: &values, counts: &counts };
    let (shown, windows) = levels.shown(window, notes);
    // Inverted last, and once: the two ways of saying it mean the same picture. Where they contradict each other the
    // photometric interpretation, which every file has, is right (C.11.6.1.2 allows no contradiction).
    let is_dark = layout.photometric == Photometric::Monochrome1;
    match attributes.text(tags::PRESENTATION_LUT_SHAPE).as_deref() {
        Some("INVERSE") if !is_dark => notes.push(Note::PolarityContradiction),
        Some("IDENTITY") if is_dark => notes.push(Note::PolarityContradiction),
        _ => {}
    }
    let level = |(value, shown): (&i32, f64)| {
        let level = (shown.clamp(0.0, 1.0) * 255.0).round() as u8;
        // Padding is no part of the picture: it stays dark.
        if is_padding(*value) {
            0
        } else if is_dark != is_inverted {
            255 - level
        } else {
            level
        }
    };
    let levels: Vec<u8> = all.iter().zip(shown).map(level).collect();
    let mut pixels = stored::mapped(stored, lowest, &levels);
    for (pixel, _) in pixels.iter_mut().zip(hidden.unwrap_or_default()).filter(|(_, is_hidden)| **is_hidden) {
        *pixel = 0;
    }
    let picture = GrayImage::from_raw(layout.width, layout.height, pixels).expect("a level for each pixel");
    Grey { picture, windows }
}

/// The values of a picture, and what the file says of them.
struct Levels<'a> {
    attributes: &'a Attributes<'a>,
    layout: &'a Layout,
    /// All from the least to the greatest.
    stored: &'a [i32],
    /// The same after the modality table.
    values: &'a [f64],
    /// How many pixels have each of them.
    counts: &'a [usize],
}

impl Levels<'_> {
    /// For each value from 0, darkest, to 1, brightest; and the windows that show something.
    fn shown(&self, window: Window, notes: &mut Vec<Note>) -> (Vec<f64>, Vec<ProposedWindow>) {
        let (proposed, first_makes_sense) = Level::proposed(self.attributes);
        let count = proposed.len();
        let spread = |level: &Level| -> Vec<f64> { self.values.iter().map(|value| level.at(*value)).collect() };
        let first_shows = proposed.first().is_some_and(|level| self.shows(&spread(level)));
        let usable: Vec<Level> = proposed.into_iter().filter(|level| self.shows(&spread(level))).collect();
        let shown = match window {
            Window::Own => {
                let table = self.table(notes);
                if table.is_none() && !(first_makes_sense && (first_shows || count == 0)) {
                    notes.push(Note::WindowUnusable);
                }
                table.or_else(|| usable.first().map(spread)).unwrap_or_else(|| self.plain())
            }
            Window::Proposed(at) => match usable.get(at as usize) {
                Some(level) => spread(level),
                None => self.over(self.range(0.0)),
            },
            Window::Whole => self.over(self.range(0.0)),
            Window::Middle => self.over(self.range(MIDDLE_LEAVES_OUT)),
        };
        (shown, usable.into_iter().map(Level::into_window).collect())
    }

    /// PS3.3 C.11.2.1.1: by the first table that has all its entries and shows something.
    fn table(&self, notes: &mut Vec<Note>) -> Option<Vec<f64>> {
        let items = self.attributes.get(tags::VOILUT_SEQUENCE)?.items()?;
        let is_signed = self.values.iter().any(|value| *value < 0.0);
        let tables = Table::all(&items[..items.len().min(MOST_TABLES)], is_signed);
        let usable = |table: Option<Table>| {
            let table = table.filter(|table| table.is_whole)?;
            let shown: Vec<f64> = self.values.iter().map(|value| table.at(*value) / table.highest).collect();
            self.shows(&shown).then_some((shown, table.has_other_depth))
        };
        let mut is_first = true;
        for table in tables {
            if let Some((shown, has_other_depth)) = usable(table) {
                if has_other_depth {
                    notes.push(Note::TableDepth);
                }
                return Some(shown);
            }
            if is_first {
                notes.push(Note::TableUnusable);
            }
            is_first = false;
        }
        None
    }

    /// Whether enough shades are left of the picture's values.
    fn shows(&self, shown: &[f64]) -> bool {
        let mut seen = [false; 256];
        let mut known = 0;
        for (shown, _) in shown.iter().zip(self.counts).filter(|(_, count)| **count > 0) {
            seen[(shown.clamp(0.0, 1.0) * 255.0).round() as usize] = true;
            known += 1;
        }
        seen.iter().filter(|seen| **seen).count() >= LEAST_SHADES.min(known)
    }

    /// Without window and table: eight bits are shown as they are, more over their own range, as other pictures are.
    fn plain(&self) -> Vec<f64> {
        let is_same = |(stored, value): (&i32, &f64)| (f64::from(*stored) - value).abs() < 0.5;
        let is_plain = !self.layout.is_signed && self.stored.iter().zip(self.values).all(is_same);
        if self.layout.bits_stored <= 8 && is_plain {
            self.over((0.0, f64::from((1 << self.layout.bits_stored) - 1)))
        } else {
            self.over(self.range(0.0))
        }
    }

    /// The range from black to white.
    fn over(&self, (low, high): (f64, f64)) -> Vec<f64> {
        let width = if high > low { high - low } else { 1.0 };
        self.values.iter().map(|value| (value - low) / width).collect()
    }

    /// The values between which all pixels lie but this share of them at either end.
    fn range(&self, leave_out: f64) -> (f64, f64) {
        // A slope below nought turns the order of the values round.
        let mut known: Vec<(f64, usize)> = self.values.iter().copied().zip(self.counts.iter().copied()).collect();
        known.retain(|(_, count)| *count > 0);
        known.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let most = (self.counts.iter().sum::<usize>() as f64 * leave_out) as usize;
        let low = first_beyond(most, known.iter()).unwrap_or(0.0);
        (low, first_beyond(most, known.iter().rev()).unwrap_or(low))
    }
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

/// Values that only fill the picture up.
fn padding(attributes: &Attributes, layout: &Layout) -> Option<(i32, i32)> {
    let bits = layout.bits_stored;
    // It may be written without a sign where the pixels have one, or with more bits.
    let signed = |value: i32| {
        if layout.is_signed { (value << (32 - bits)) >> (32 - bits) } else { value & ((1 << bits) - 1) }
    };
    let first = signed(attributes.integer(tags::PIXEL_PADDING_VALUE)?);
    let last = attributes.integer(tags::PIXEL_PADDING_RANGE_LIMIT).map_or(first, signed);
    Some((first.min(last), first.max(last)))
}

/// PS3.3 C.11.1: a table if there is one, else slope and intercept.
fn modality(attributes: &Attributes, layout: &Layout, stored: &[i32], notes: &mut Vec<Note>) -> Vec<f64> {
    let mut is_unusable = false;
    let items = attributes.get(tags::MODALITY_LUT_SEQUENCE).and_then(|element| element.items());
    if let Some(table) = items.and_then(|items| Table::all(items.get(..1)?, layout.is_signed).pop()) {
        if let Some(table) = table.filter(|table| table.is_whole) {
            return stored.iter().map(|value| table.at(f64::from(*value))).collect();
        }
        is_unusable = true;
    }
    let told = |tag| attributes.numbers(tag).first().copied();
    let slope = told(tags::RESCALE_SLOPE).unwrap_or(1.0);
    let intercept = told(tags::RESCALE_INTERCEPT).unwrap_or(0.0);
    let ends = [stored.first(), stored.last()].into_iter().flatten();
    let is_finite = ends.into_iter().all(|value| (f64::from(*value) * slope + intercept).is_finite());
    let is_usable = slope.is_normal() && intercept.is_finite() && is_finite;
    if is_unusable || !is_usable {
        notes.push(Note::RescaleUnusable);
    }
    let (slope, intercept) = if is_usable { (slope, intercept) } else { (1.0, 0.0) };
    stored.iter().map(|value| f64::from(*value) * slope + intercept).collect()
}
