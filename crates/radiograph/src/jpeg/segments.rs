//! The segments of a JPEG (ITU-T T.81, annex B), and what decoders want otherwise than files have it.

use std::borrow::Cow;
use std::ops::Range;

/// What is known of a JPEG before its pixels are decoded, and its bytes as decoders take them.
pub struct Sound<'a> {
    /// With its height in the frame header, complete scan headers and an end.
    pub bytes: Cow<'a, [u8]>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Bits of a sample.
    pub bits: u32,
    /// 1, 3 or 4.
    pub components: u8,
    /// How it is coded.
    pub process: Process,
    /// Scans of the picture.
    pub scans: usize,
    /// Whether three components are red, green and blue; none where the stream does not say (as libjpeg understands it).
    pub is_rgb: Option<bool>,
    /// Whether its markers contradict each other on that.
    pub is_contradictory: bool,
    /// Whether the first component has the most samples and all have 1, 2 or 4 a unit, as nearly all have.
    pub is_usually_sampled: bool,
}

/// How a JPEG is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Baseline or extended: each block at once.
    Sequential,
    /// In ever finer scans.
    Progressive,
    /// By differences from pixel to pixel, as it was.
    Lossless,
}

/// Why a JPEG is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsound {
    /// Its end is missing.
    CutOff,
    /// Its bytes make no sense, or some are missing.
    Damaged(String),
    /// It is coded in a way that is not read here.
    Unread(String),
}

impl From<&str> for Unsound {
    fn from(reason: &str) -> Self {
        Self::Damaged(reason.to_owned())
    }
}

const END: u8 = 0xD9;
const NO_SENSE: &str = "a segment makes no sense";
/// More scans than this only take time; an encoder makes some ten.
const MOST_SCANS: usize = 100;

/// Bits of a sample of a stream that is JPEG-LS (ITU-T T.87): it begins as a JPEG, with a frame header of its own.
pub fn jpeg_ls_bits(bytes: &[u8]) -> Option<u32> {
    let mut at = 2;
    loop {
        match next_marker(bytes, &mut at)? {
            0xF7 => return segment(bytes, at)?.first().map(|bits| u32::from(*bits)),
            0xC0..=0xC3 | 0xDA | END => return None,
            _ => at += 2 + segment(bytes, at)?.len(),
        }
    }
}

/// What is in the segments of this marker before the first scan.
pub(super) fn application(bytes: &[u8], wanted: u8) -> impl Iterator<Item = &[u8]> {
    let mut at = 2;
    std::iter::from_fn(move || {
        let marker = next_marker(bytes, &mut at).filter(|marker| !matches!(*marker, 0xDA | END))?;
        let inside = segment(bytes, at)?;
        at += 2 + inside.len();
        Some((marker, inside))
    })
    .filter_map(move |(marker, inside)| (marker == wanted).then_some(inside))
}

/// Reads all segments, and mends what a decoder would stumble over though nothing is lost:
/// a height that follows the first scan (DNL, B.2.5), a choice of coefficients in a sequential scan, which has none
/// (table B.3), a quantisation table of a lossless component, which has none either, comments between scans, and a
/// missing end marker, if the caller finds that every block is there.
///
/// # Errors
/// Why it is not read.
pub fn mended(bytes: &[u8]) -> Result<Sound<'_>, Unsound> {
    let mut frame: Option<(Process, usize)> = None;
    let mut sound = Sound {
        bytes: Cow::from(bytes),
        width: 0,
        height: 0,
        bits: 0,
        components: 0,
        process: Process::Sequential,
        scans: 0,
        is_rgb: None,
        is_contradictory: false,
        is_usually_sampled: true,
    };
    let mut told_later = None;
    let mut superfluous = Vec::new();
    let mut has_tables = false;
    let (mut jfif, mut adobe, mut by_components) = (None, None, None);
    let mut at = 2;
    loop {
        let Some(marker) = next_marker(bytes, &mut at) else {
            // Only of a sequential one can be told whether every block is there.
            return match frame {
                Some((Process::Sequential, header)) if sound.scans > 0 => {
                    (sound.is_rgb, sound.is_contradictory) = colours(jfif, adobe, by_components);
                    let whole = bytes.strip_suffix(&[0xFF]).unwrap_or(bytes).len();
                    let bytes = sound.bytes.to_mut();
                    bytes.truncate(whole);
                    bytes.extend([0xFF, END]);
                    finished(sound, header, told_later, &superfluous)
                }
                _ => Err(Unsound::CutOff),
            };
        };
        // They stand alone (B.1.1.3), or are bytes of a scan.
        if matches!(marker, 0x00 | 0x01 | 0xD0..=0xD8) {
            continue;
        }
        if marker == END {
            let (_, header) = frame.ok_or("it holds no picture")?;
            (sound.is_rgb, sound.is_contradictory) = colours(jfif, adobe, by_components);
            return finished(sound, header, told_later, &superfluous);
        }
        let Some(inside) = segment(bytes, at) else { return Err(Unsound::CutOff) };
        // With the fill bytes before it, which would be data before a zero.
        let start = bytes[..at - 2].iter().rposition(|byte| *byte != 0xFF).map_or(0, |last| last + 1);
        match marker {
            0xC0..=0xC3 => {
                if frame.is_some() {
                    return Err(Unsound::Unread("JPEG, several frames".into()));
                }
                sound.process = match marker {
                    0xC2 => Process::Progressive,
                    0xC3 => Process::Lossless,
                    _ => Process::Sequential,
                };
                let [bits, high, low, wide_high, wide_low, components, parts @ ..] = inside else {
                    return Err(NO_SENSE.into());
                };
                sound.bits = u32::from(*bits);
                sound.height = u32::from(u16::from_be_bytes([*high, *low]));
                sound.width = u32::from(u16::from_be_bytes([*wide_high, *wide_low]));
                sound.components = *components;
                let parts_of = |at: usize| parts.iter().skip(at).step_by(3).copied();
                let sampling: Vec<(u8, u8)> = parts_of(1).map(|both| (both >> 4, both & 15)).collect();
                let most = |of: fn(&(u8, u8)) -> u8| sampling.iter().map(of).max();
                let is_first_finest = sampling
                    .first()
                    .is_some_and(|first| Some(first.0) == most(|one| one.0) && Some(first.1) == most(|one| one.1));
                let is_usual = |one: &(u8, u8)| matches!(one.0, 1 | 2 | 4) && matches!(one.1, 1 | 2 | 4);
                sound.is_usually_sampled = is_first_finest && sampling.iter().all(is_usual);
                // A colour of less resolution is a chrominance.
                if sampling.iter().any(|one| *one != sampling[0]) {
                    by_components = Some(false);
                } else if parts_of(0).eq(*b"RGB") {
                    by_components = Some(true);
                }
                if sound.process == Process::Lossless {
                    for table in (2..parts.len()).step_by(3) {
                        sound.bytes.to_mut()[at + 2 + 6 + table] = 0;
                    }
                }
                frame = Some((sound.process, at + 2));
            }
            0xC5..=0xC7 | 0xCD..=0xCF | 0xDE | 0xDF => return Err(Unsound::Unread("hierarchical JPEG".into())),
            0xC9..=0xCB => return Err(Unsound::Unread("JPEG, arithmetic coding".into())),
            0xDA => {
                sound.scans += 1;
                if sound.scans > MOST_SCANS {
                    return Err(Unsound::Unread(format!("JPEG in more than {MOST_SCANS} scans")));
                }
                if !has_tables {
                    return Err(Unsound::Unread("Motion JPEG, without its tables".into()));
                }
                let [.., start, end, bits] = inside else { return Err(NO_SENSE.into()) };
                if sound.process == Process::Sequential && (*start, *end, *bits) != (0, 63, 0) {
                    let behind = at + 2 + inside.len();
                    sound.bytes.to_mut()[behind - 3..behind].copy_from_slice(&[0, 63, 0]);
                }
            }
            0xDC => {
                told_later = inside.first_chunk().map(|height| u16::from_be_bytes(*height));
                superfluous.push(start..at + 2 + inside.len());
            }
            // Comments and the like between scans.
            0xE0..=0xEF | 0xFE if sound.scans > 0 => superfluous.push(at - 2..at + 2 + inside.len()),
            0xC4 => has_tables = true,
            0xE0 if inside.starts_with(b"JFIF") => jfif = Some(false),
            0xEE if inside.starts_with(b"Adobe") => adobe = inside.get(11).map(|transform| *transform == 0),
            _ => {}
        }
        at += 2 + inside.len();
    }
}

/// What the markers say of colours, each of them if it is there: JFIF is believed first, as libjpeg does; and whether they
/// contradict each other.
fn colours(jfif: Option<bool>, adobe: Option<bool>, by_components: Option<bool>) -> (Option<bool>, bool) {
    let all = [jfif, adobe, by_components];
    let said = all.into_iter().flatten().next();
    (said, all.into_iter().flatten().any(|one| Some(one) != said))
}

/// With the height that was told after the first scan, and without what decoders do not expect between scans.
fn finished<'a>(
    mut sound: Sound<'a>,
    header: usize,
    told_later: Option<u16>,
    superfluous: &[Range<usize>],
) -> Result<Sound<'a>, Unsound> {
    if let Some(height) = told_later.filter(|_| sound.height == 0) {
        sound.bytes.to_mut()[header + 1..header + 3].copy_from_slice(&height.to_be_bytes());
        sound.height = u32::from(height);
    }
    if !superfluous.is_empty() {
        let mut kept = Vec::with_capacity(sound.bytes.len());
        let mut from = 0;
        for place in superfluous {
            kept.extend_from_slice(&sound.bytes[from..place.start]);
            from = place.end;
        }
        kept.extend_from_slice(&sound.bytes[from..]);
        sound.bytes = kept.into();
    }
    if sound.width == 0 || sound.height == 0 { Err("it does not say its size".into()) } else { Ok(sound) }
}

/// What is in the segment whose length stands at `at`.
pub(super) fn segment(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    bytes.get(at + 2..at + length.max(2))
}

/// The marker at `at`, over fill bytes; `at` is moved behind it.
pub(super) fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        match *bytes.get(*at..*at + 2)? {
            [0xFF, 0xFF] => *at += 1,
            [0xFF, marker] => {
                *at += 2;
                return Some(marker);
            }
            _ => *at += 1,
        }
    }
}
