//! Lossless JPEG (ITU-T T.81, annex H), the usual packing of older CR and DX systems.
//!
//! It is our own since jpeg-decoder 0.3, the only other decoder in Rust, shows noise where a stream restarts or drops low
//! bits, and fills up what is missing; no other part of JPEG is decoded here. `tests/cases` holds it to libjpeg's answers.

use pixels::codes::{Bits, NO_SENSE, TOO_EARLY};
use pixels::differences::{self, Differences, Rule};

use super::huffman::{Tables, end, restart};
use super::segments::{Sound, Unsound, next_marker};

/// The samples of a picture, pixel by pixel. Every difference must be there.
///
/// # Errors
/// Why it is not read.
pub fn decode(sound: &Sound) -> Result<Vec<u16>, Unsound> {
    let bytes = &*sound.bytes;
    let (width, height, channels) = (sound.width as usize, sound.height as usize, usize::from(sound.components));
    let mut samples = vec![0u16; width * height * channels];
    let (mut tables, mut ids, mut interval) = (Tables::default(), Vec::new(), 0);
    let mut seen = vec![false; channels];
    let mut at = 2;
    loop {
        let marker = next_marker(bytes, &mut at).ok_or(Unsound::CutOff)?;
        match marker {
            0xD9 => break,
            0x00 | 0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        let segment = super::segments::segment(bytes, at).ok_or(Unsound::CutOff)?;
        at += 2 + segment.len();
        match marker {
            0xC3 => {
                let components = segment.get(6..6 + 3 * channels).ok_or(NO_SENSE)?.as_chunks::<3>().0;
                if components.iter().any(|one| one[1] != components[0][1]) {
                    return Err(Unsound::Unread("lossless JPEG with subsampled colour components".into()));
                }
                ids = components.iter().map(|one| one[0]).collect();
            }
            0xC4 => tables.read(segment).ok_or("a table makes no sense")?,
            0xDD => interval = segment.first_chunk().map_or(0, |two| usize::from(u16::from_be_bytes(*two))),
            0xDA => {
                let scan = Scan::of(segment, &ids, &tables, sound.bits).ok_or("a scan makes no sense")?;
                for (channel, _) in &scan.parts {
                    if std::mem::replace(&mut seen[*channel], true) {
                        return Err("it holds its picture twice".into());
                    }
                }
                at += scan.decode(&bytes[at..], &mut samples, (width, height, channels), interval)?;
            }
            _ => {}
        }
    }
    if seen.contains(&false) { Err(TOO_EARLY.into()) } else { Ok(samples) }
}

/// What a scan header says (B.2.3, table B.3).
struct Scan<'a> {
    /// Which sample of a pixel, and its codes.
    parts: Vec<(usize, Differences<'a>)>,
    /// 1 to 7.
    predictor: u8,
    /// Low bits that were dropped.
    dropped: u8,
    /// What the first sample is predicted from.
    middle: u16,
}

impl<'a> Scan<'a> {
    fn of(segment: &[u8], ids: &[u8], tables: &'a Tables, bits: u32) -> Option<Self> {
        let count = usize::from(*segment.first()?);
        let chosen = segment.get(1..1 + 2 * count)?.as_chunks::<2>().0;
        let part = |[id, table]: &[u8; 2]| {
            Some((ids.iter().position(|known| known == id)?, Differences::of(tables.get(0, table >> 4)?)))
        };
        let parts: Option<Vec<_>> = chosen.iter().map(part).collect();
        let &[predictor, _, low] = segment.get(1 + 2 * count..)?.first_chunk()?;
        let dropped = low & 15;
        let is_sound = count > 0 && (1..=7).contains(&predictor) && u32::from(dropped) < bits;
        let middle = 1 << bits.checked_sub(u32::from(dropped) + 1)?;
        is_sound.then_some(Self { parts: parts?, predictor, dropped, middle })
    }

    /// Decodes the differences, and returns how many bytes they take.
    fn decode(
        &self,
        data: &[u8],
        samples: &mut [u16],
        (width, height, channels): (usize, usize, usize),
        interval: usize,
    ) -> Result<usize, &'static str> {
        if interval > 0 && !interval.is_multiple_of(width) {
            // H.1.1: it restarts at the beginning of a row.
            return Err(NO_SENSE);
        }
        let mut bits = Bits::from(data, 0);
        let mut is_first_row = true;
        for y in 0..height {
            if interval > 0 && y > 0 && (y * width).is_multiple_of(interval) {
                restart(&mut bits)?;
                is_first_row = true;
            }
            let (before, rest) = samples.split_at_mut(y * width * channels);
            let row = &mut rest[..width * channels];
            differences::read(row, channels, &self.parts, &mut bits)?;
            for (channel, _) in &self.parts {
                let above = &before[(y.max(1) - 1) * width * channels..];
                let rule = if is_first_row { Rule::First(self.middle) } else { Rule::Below(self.predictor, above) };
                differences::add_up(row, channels, *channel, rule);
            }
            is_first_row = false;
        }
        if self.dropped > 0 {
            for (channel, _) in &self.parts {
                for sample in samples.iter_mut().skip(*channel).step_by(channels) {
                    *sample <<= self.dropped;
                }
            }
        }
        end(&mut bits)
    }
}
