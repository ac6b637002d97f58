//! Goes through the entropy-coded data of a JPEG (ITU-T T.81, annexes B, F and G) and makes no pixels.
//!
//! Where data are missing, decoders go on with zeros up to the end of the picture, even those that are called strict. A
//! file that has lost a piece amid its data, and not its end, is found out by counting: every block must be there, and
//! nothing but zeros may be left over. A piece within one block, some ten bytes, may be lost unnoticed. Of a progressive
//! one every scan must be there, and all blocks but those of the scans that refine coefficients, since how many bits
//! these take depends on the coefficients.

use pixels::codes::{Bits, NO_SENSE, TOO_EARLY, Table};

use super::huffman::{Tables, end, restart};
use super::segments::next_marker;

/// Whether every block of a sequential or progressive JPEG is there.
///
/// # Errors
/// What is missing, or too much.
pub fn look(bytes: &[u8]) -> Result<(), &'static str> {
    let mut state = State::default();
    let mut at = 2;
    loop {
        let Some(marker) = next_marker(bytes, &mut at) else { return Err("it has no end") };
        match marker {
            0xD9 if state.is_complete() => return Ok(()),
            0xD9 => return Err(TOO_EARLY),
            // They stand alone (B.1.1.3), or are bytes of a scan that is not counted.
            0x00 | 0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        let length = match bytes.get(at..at + 2) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err("a segment is cut off"),
        };
        let segment = bytes.get(at + 2..at + length.max(2)).ok_or("a segment is cut off")?;
        at += length.max(2);
        match marker {
            0xC0..=0xC2 => {
                state.is_progressive = marker == 0xC2;
                state.frame(segment).ok_or("its frame makes no sense")?;
            }
            0xC4 => state.tables.read(segment).ok_or("a table makes no sense")?,
            0xDD => state.interval = segment.first_chunk().map_or(0, |two| usize::from(u16::from_be_bytes(*two))),
            0xDA => at += state.scan(segment, &bytes[at..])?,
            _ => {}
        }
    }
}

#[derive(Default)]
struct State {
    is_progressive: bool,
    width: usize,
    height: usize,
    components: Vec<Component>,
    tables: Tables,
    /// Blocks between restarts, in units of a scan; 0 without.
    interval: usize,
}

struct Component {
    id: u8,
    across: usize,
    down: usize,
    /// How many bits of each coefficient are not known yet; none before its first scan.
    unknown: [Option<u8>; 64],
}

/// What a scan brings of each block (B.2.3).
#[derive(Clone, Copy)]
struct Band {
    first: u8,
    last: u8,
    /// Bits not known before and after it, of a progressive one.
    before: u8,
    after: u8,
}

/// A component in a scan.
struct Part<'a> {
    component: usize,
    dc: Option<&'a Table>,
    ac: Option<&'a Table>,
}

impl State {
    /// Reads a frame header (B.2.2).
    fn frame(&mut self, segment: &[u8]) -> Option<()> {
        let short = |at: usize| Some(usize::from(u16::from_be_bytes(*segment.get(at..)?.first_chunk()?)));
        (self.height, self.width) = (short(1)?, short(3)?);
        let components = segment.get(6..6 + 3 * usize::from(*segment.get(5)?))?;
        let component = |one: &[u8; 3]| Component {
            id: one[0],
            across: usize::from(one[1] >> 4),
            down: usize::from(one[1] & 15),
            unknown: [None; 64],
        };
        self.components = components.as_chunks::<3>().0.iter().map(component).collect();
        (1..=4).contains(&self.components.len()).then_some(())?;
        self.components.iter().all(|one| (1..=4).contains(&one.across) && (1..=4).contains(&one.down)).then_some(())
    }

    /// Whether all is known of the first component, which is the luminance, and the mean of the blocks of all others.
    fn is_complete(&self) -> bool {
        let is_known = |unknown: &Option<u8>| *unknown == Some(0);
        let others = self.components.iter().all(|one| is_known(&one.unknown[0]));
        self.components.first().is_some_and(|first| first.unknown.iter().all(is_known)) && others
    }

    /// Counts the blocks of a scan (B.2.3, F.2.2, G.1.2), and returns how many bytes they take.
    fn scan(&mut self, segment: &[u8], data: &[u8]) -> Result<usize, &'static str> {
        const SENSELESS: &str = "a scan makes no sense";
        let count = usize::from(*segment.first().ok_or(SENSELESS)?);
        let chosen = segment.get(1..1 + 2 * count).ok_or(SENSELESS)?;
        let Some(&[first, last, bits]) = segment.get(1 + 2 * count..4 + 2 * count) else { return Err(SENSELESS) };
        let band = if self.is_progressive {
            Band { first, last, before: bits >> 4, after: bits & 15 }
        } else {
            Band { first: 0, last: 63, before: 0, after: 0 }
        };
        // A scan of coefficients has one component (G.1.1.1.1), and any other no more than four.
        let is_sound = band.last <= 63 && band.first <= band.last && (1..=4).contains(&count);
        if !is_sound || (self.is_progressive && band.first > 0 && count != 1) {
            return Err(SENSELESS);
        }
        let mut numbers = Vec::new();
        for pair in chosen.as_chunks::<2>().0 {
            let number = self.components.iter().position(|one| one.id == pair[0]).ok_or(SENSELESS)?;
            numbers.push((number, pair[1]));
            self.components[number].take(band)?;
        }
        let part = |(component, tables): (usize, u8)| Part {
            component,
            dc: self.tables.get(0, tables >> 4),
            ac: self.tables.get(1, tables & 15),
        };
        let parts: Vec<Part> = numbers.into_iter().map(part).collect();
        if self.is_progressive && band.before > 0 && band.first > 0 {
            return Ok(0);
        }
        let most = |of: fn(&Component) -> usize| self.components.iter().map(of).max().unwrap_or(1);
        let (across, down) = (most(|one| one.across), most(|one| one.down));
        // A single component comes block by block, several in units of their sampling (A.2).
        let units = match &parts[..] {
            [Part { component, .. }] => {
                let one = &self.components[*component];
                let blocks = |pixels: usize, part: usize, whole: usize| (pixels * part).div_ceil(whole).div_ceil(8);
                blocks(self.width, one.across, across) * blocks(self.height, one.down, down)
            }
            _ => self.width.div_ceil(8 * across) * self.height.div_ceil(8 * down),
        };
        let blocks_of = |part: &Part| match &parts[..] {
            [_] => 1,
            _ => self.components[part.component].across * self.components[part.component].down,
        };
        let mut bits = Bits::from(data, 0);
        let interval = if self.interval > 0 { self.interval } else { units };
        for first in (0..units).step_by(interval.max(1)) {
            if first > 0 {
                restart(&mut bits)?;
            }
            let units = interval.min(units - first);
            match &parts[..] {
                [Part { ac, .. }] if self.is_progressive && band.first > 0 => {
                    coefficients(&mut bits, ac.ok_or(SENSELESS)?, band, units)?;
                }
                // A bit of each block's mean.
                _ if band.before > 0 => pass(&mut bits, units * parts.iter().map(blocks_of).sum::<usize>())?,
                _ => {
                    for part in (0..units).flat_map(|_| &parts) {
                        for _ in 0..blocks_of(part) {
                            let size = bits.symbol(part.dc.ok_or(SENSELESS)?)?;
                            bits.skip(size & 15)?;
                            if !self.is_progressive {
                                others(&mut bits, part.ac.ok_or(SENSELESS)?)?;
                            }
                        }
                    }
                }
            }
        }
        end(&mut bits)
    }
}

impl Component {
    /// What is known of it after a scan.
    fn take(&mut self, band: Band) -> Result<(), &'static str> {
        for unknown in &mut self.unknown[usize::from(band.first)..=usize::from(band.last)] {
            match *unknown {
                Some(0) => return Err("it holds its picture twice"),
                Some(bits) if band.before != bits => return Err(TOO_EARLY),
                None if band.before > 0 => return Err(TOO_EARLY),
                _ => *unknown = Some(band.after),
            }
        }
        Ok(())
    }
}

/// Passes over as many bits as it may be.
fn pass(bits: &mut Bits, count: usize) -> Result<(), &'static str> {
    (0..count / 16).try_for_each(|_| bits.skip(16))?;
    bits.skip((count % 16) as u8)
}

/// The coefficients of a block of a sequential scan but the first.
fn others(bits: &mut Bits, ac: &Table) -> Result<(), &'static str> {
    let mut number = 1;
    while number < 64 {
        let symbol = bits.symbol(ac)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run < 15 {
            break;
        }
        bits.skip(size)?;
        number += u32::from(run) + 1;
    }
    if number > 64 { Err(NO_SENSE) } else { Ok(()) }
}

/// The coefficients that a progressive scan brings first, of so many blocks (G.1.2.2).
fn coefficients(bits: &mut Bits, ac: &Table, band: Band, blocks: usize) -> Result<(), &'static str> {
    let mut block = 0;
    while block < blocks {
        block += 1;
        let mut number = u32::from(band.first);
        while number <= u32::from(band.last) {
            let symbol = bits.symbol(ac)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            if size == 0 && run < 15 {
                // So many further blocks are empty.
                block += (1 << run) - 1 + bits.take(run)? as usize;
                number = 0;
                break;
            }
            bits.skip(size)?;
            number += u32::from(run) + 1;
        }
        if number > u32::from(band.last) + 1 {
            return Err(NO_SENSE);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, GrayImage, Luma};

    use super::*;

    fn jpeg(colours: bool) -> Vec<u8> {
        let picture = GrayImage::from_fn(120, 90, |x, y| Luma([(x * y / 13 + x * 3) as u8]));
        let picture = DynamicImage::from(picture);
        let picture = if colours { picture.to_rgb8().into() } else { picture };
        let mut bytes = Vec::new();
        JpegEncoder::new(&mut bytes).encode_image(&picture).expect("a picture in memory can be encoded");
        bytes
    }

    #[test]
    fn a_hole_amid_the_data_is_found() {
        for colours in [false, true] {
            let sound = jpeg(colours);
            assert_eq!(look(&sound), Ok(()));
            let data = sound.windows(2).position(|pair| pair == [0xFF, 0xDA]).expect("a scan") + 14;
            let mut overlooked = 0;
            let mut holes = 0;
            // A smaller one may lie within a block, and what follows fits again.
            for length in [40, 300] {
                for at in (data..sound.len() - 2 - length).step_by(11) {
                    let mut holed = sound.clone();
                    holed.drain(at..at + length);
                    holes += 1;
                    overlooked += usize::from(look(&holed).is_ok());
                }
            }
            // Codes may fit by chance.
            assert!(overlooked * 50 < holes, "{overlooked} of {holes} holes are overlooked");
        }
    }

    #[test]
    fn a_scan_that_is_missing_is_found() {
        let sound = jpeg(false);
        let scan = sound.windows(2).position(|pair| pair == [0xFF, 0xDA]).expect("a scan");
        let without = [&sound[..scan], &[0xFF, 0xD9]].concat();
        assert_eq!(look(&without), Err(TOO_EARLY));
    }

    #[test]
    fn whatever_bytes_come_it_ends() {
        let sound = jpeg(true);
        for at in (2..sound.len()).step_by(3) {
            for value in [0x00, 0xFF, 0xDA, 0x11] {
                let mut changed = sound.clone();
                changed[at] = value;
                let _ = look(&changed);
            }
        }
    }
}
