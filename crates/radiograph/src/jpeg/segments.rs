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
/// More comments than this between scans make no sense.
const MOST_SUPERFLUOUS: usize = 100_000;

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
/// (table B.3), comments between scans, and a missing end marker, if the caller finds that every block is there.
///
/// # Errors
/// Why it is not read.
pub fn mended(bytes: &[u8]) -> Result<Sound<'_>, Unsound> {
    let mut walk = Walk::over(bytes);
    let mut at = 2;
    loop {
        let Some(marker) = next_marker(bytes, &mut at) else { return walk.without_end() };
        match marker {
            // They stand alone (B.1.1.3), or are bytes of a scan.
            0x00 | 0x01 | 0xD0..=0xD8 => {}
            END => return walk.finished(),
            _ => {
                let inside = segment(bytes, at).ok_or(Unsound::CutOff)?;
                walk.take(marker, inside, at)?;
                at += 2 + inside.len();
            }
        }
    }
}

/// What the segments so far have told.
struct Walk<'a> {
    sound: Sound<'a>,
    /// Where the last segment ends.
    behind: usize,
    /// Where the inside of the frame header begins.
    frame: Option<usize>,
    /// The height of a DNL segment.
    told_later: Option<u16>,
    /// Segments that decoders do not expect where they stand.
    superfluous: Vec<Range<usize>>,
    has_tables: bool,
    /// Whether colours are red, green and blue: by JFIF, by Adobe, by the components.
    is_rgb: [Option<bool>; 3],
}

impl<'a> Walk<'a> {
    fn over(bytes: &'a [u8]) -> Self {
        let sound = Sound {
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
        let superfluous = Vec::new();
        Self { sound, behind: 2, frame: None, told_later: None, superfluous, has_tables: false, is_rgb: [None; 3] }
    }

    /// A segment, whose length stands at `at`.
    fn take(&mut self, marker: u8, inside: &[u8], at: usize) -> Result<(), Unsound> {
        // Fill bytes (0xFF) before the marker go too: before a zero they would be read as data.
        let before = self.sound.bytes[self.behind..at - 2].iter().rposition(|byte| *byte != 0xFF);
        let place = self.behind + before.map_or(0, |last| last + 1)..at + 2 + inside.len();
        self.behind = place.end;
        if self.superfluous.len() > MOST_SUPERFLUOUS {
            return Err(NO_SENSE.into());
        }
        match marker {
            0xC0..=0xC3 => self.take_frame(marker, inside, at + 2)?,
            0xC4 => self.has_tables = true,
            0xC5..=0xC7 | 0xCD..=0xCF | 0xDE | 0xDF => return Err(Unsound::Unread("hierarchical JPEG".into())),
            0xF7 => return Err(Unsound::Unread("JPEG-LS".into())),
            0xC9..=0xCB => return Err(Unsound::Unread("JPEG, arithmetic coding".into())),
            0xDA => {
                self.sound.scans += 1;
                if self.sound.scans > MOST_SCANS {
                    return Err(Unsound::Unread(format!("JPEG in more than {MOST_SCANS} scans")));
                }
                if !self.has_tables {
                    return Err(Unsound::Unread("Motion JPEG, without its tables".into()));
                }
                let [.., start, end, bits] = inside else { return Err(NO_SENSE.into()) };
                if self.sound.process == Process::Sequential && (*start, *end, *bits) != (0, 63, 0) {
                    self.sound.bytes.to_mut()[place.end - 3..place.end].copy_from_slice(&[0, 63, 0]);
                }
            }
            0xDC => {
                self.told_later = inside.first_chunk().map(|height| u16::from_be_bytes(*height));
                self.superfluous.push(place);
            }
            // Comments and the like between scans.
            0xE0..=0xEF | 0xFE if self.sound.scans > 0 => self.superfluous.push(place),
            0xE0 if inside.starts_with(b"JFIF") => self.is_rgb[0] = Some(false),
            0xEE if inside.starts_with(b"Adobe") => self.is_rgb[1] = inside.get(11).map(|transform| *transform == 0),
            _ => {}
        }
        Ok(())
    }

    /// A frame header (B.2.2), whose inside begins at `at`.
    fn take_frame(&mut self, marker: u8, inside: &[u8], at: usize) -> Result<(), Unsound> {
        if self.frame.replace(at).is_some() {
            return Err(Unsound::Unread("JPEG, several frames".into()));
        }
        let [bits, high, low, wide_high, wide_low, components, parts @ ..] = inside else {
            return Err(NO_SENSE.into());
        };
        let parts = parts.get(..3 * usize::from(*components)).ok_or(NO_SENSE)?.as_chunks::<3>().0;
        let sampling: Vec<(u8, u8)> = parts.iter().map(|one| (one[1] >> 4, one[1] & 15)).collect();
        let most = |of: fn(&(u8, u8)) -> u8| sampling.iter().map(of).max().unwrap_or(0);
        let finest = (most(|one| one.0), most(|one| one.1));
        let is_usual = |one: &(u8, u8)| matches!(one.0, 1 | 2 | 4) && matches!(one.1, 1 | 2 | 4);
        let sound = &mut self.sound;
        sound.is_usually_sampled = sampling.first() == Some(&finest) && sampling.iter().all(is_usual);
        // A colour of less resolution is a chrominance.
        if sampling.iter().any(|one| *one != sampling[0]) {
            self.is_rgb[2] = Some(false);
        } else if parts.iter().map(|one| one[0]).eq(*b"RGB") {
            self.is_rgb[2] = Some(true);
        }
        sound.process = match marker {
            0xC2 => Process::Progressive,
            0xC3 => Process::Lossless,
            _ => Process::Sequential,
        };
        sound.bits = u32::from(*bits);
        sound.height = u32::from(u16::from_be_bytes([*high, *low]));
        sound.width = u32::from(u16::from_be_bytes([*wide_high, *wide_low]));
        sound.components = *components;
        Ok(())
    }

    /// With an end marker, if it is sequential: only of such a one can be told whether every block is there.
    fn without_end(mut self) -> Result<Sound<'a>, Unsound> {
        if self.sound.process != Process::Sequential || self.sound.scans == 0 {
            return Err(Unsound::CutOff);
        }
        let bytes = self.sound.bytes.to_mut();
        if bytes.last() == Some(&0xFF) {
            bytes.pop();
        }
        bytes.extend([0xFF, END]);
        self.finished()
    }

    /// With the height that was told after the first scan, and without what decoders do not expect between scans.
    fn finished(self) -> Result<Sound<'a>, Unsound> {
        let Self { mut sound, frame, told_later, superfluous, is_rgb, .. } = self;
        let frame = frame.ok_or("it holds no picture")?;
        if let Some(height) = told_later.filter(|_| sound.height == 0) {
            sound.bytes.to_mut()[frame + 1..frame + 3].copy_from_slice(&height.to_be_bytes());
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
        // JFIF is believed first, as libjpeg does.
        let said = || is_rgb.into_iter().flatten();
        sound.is_rgb = said().next();
        sound.is_contradictory = sound.components == 3 && said().any(|one| Some(one) != sound.is_rgb);
        if sound.width == 0 || sound.height == 0 { Err("it does not say its size".into()) } else { Ok(sound) }
    }
}

/// What is in the segment whose length stands at `at`.
pub(super) fn segment(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    bytes.get(at + 2..at + length.max(2))
}

/// The marker at `at`, over fill bytes; `at` is moved behind it.
pub(super) fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|byte| *byte == 0xFF)?;
        match *bytes.get(*at + 1)? {
            0xFF => *at += 1,
            marker => {
                *at += 2;
                return Some(marker);
            }
        }
    }
}
