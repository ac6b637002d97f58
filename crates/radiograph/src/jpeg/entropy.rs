//! Goes through the entropy-coded data of a sequential JPEG (ITU-T T.81, annexes B and F) and makes no pixels.
//!
//! Where data are missing, decoders go on with zeros up to the end of the picture, even those that are called strict. A
//! file that has lost a piece amid its data, and not its end, is found out by counting: every block must be there, and
//! nothing but zeros may be left over. A piece within one block, some ten bytes, may be lost unnoticed.

use super::segments::next_marker;

/// The most bytes, other than zeros, that an encoder may leave before the next marker; of 1,936 films none leaves any.
const MOST_LEFT_BYTES: usize = 1;

/// The most Huffman tables in a file.
const MOST_TABLES: usize = 64;

/// Whether every block of a sequential JPEG is there.
///
/// # Errors
/// What is missing, or too much.
pub fn look(bytes: &[u8]) -> Result<(), &'static str> {
    let mut state = State::default();
    let mut seen = Vec::new();
    let mut at = 2;
    loop {
        let Some(marker) = next_marker(bytes, &mut at) else { return Err("it has no end") };
        match marker {
            0xD9 if !state.components.is_empty() && state.components.iter().all(|one| seen.contains(&one.id)) => {
                return Ok(());
            }
            0xD9 => return Err(TOO_EARLY),
            // They stand alone (B.1.1.3).
            0x01 | 0xD0..=0xD8 => continue,
            0x00 => return Err("a segment makes no sense"),
            _ => {}
        }
        let length = match bytes.get(at..at + 2) {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err("a segment is cut off"),
        };
        let segment = bytes.get(at + 2..at + length.max(2)).ok_or("a segment is cut off")?;
        at += length.max(2);
        match marker {
            0xC0 | 0xC1 => state.frame(segment).ok_or("its frame makes no sense")?,
            0xC4 => state.tables(segment).ok_or("a table makes no sense")?,
            0xDD => state.interval = segment.first_chunk().map_or(0, |two| usize::from(u16::from_be_bytes(*two))),
            0xDA => {
                let chosen = segment.iter().skip(1).step_by(2).take(usize::from(segment.first().copied().unwrap_or(0)));
                for component in chosen {
                    if seen.contains(component) {
                        return Err("it holds its picture twice");
                    }
                    seen.push(*component);
                }
                at += state.scan(segment, &bytes[at..])?;
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct State {
    width: usize,
    height: usize,
    components: Vec<Component>,
    /// The Huffman tables of DC and of AC, by number.
    tables: [[Option<Table>; 4]; 2],
    tables_read: usize,
    /// Blocks between restarts, in units of a scan; 0 without.
    interval: usize,
}

struct Component {
    id: u8,
    across: usize,
    down: usize,
}

/// For the next 16 bits: the length of the code and its symbol, or a length of 0.
struct Table(Vec<(u8, u8)>);

impl State {
    /// Reads a frame header (B.2.2).
    fn frame(&mut self, segment: &[u8]) -> Option<()> {
        let short = |at: usize| Some(usize::from(u16::from_be_bytes(*segment.get(at..)?.first_chunk()?)));
        (self.height, self.width) = (short(1)?, short(3)?);
        let components = segment.get(6..6 + 3 * usize::from(*segment.get(5)?))?;
        self.components = components
            .chunks_exact(3)
            .map(|one| Component { id: one[0], across: usize::from(one[1] >> 4), down: usize::from(one[1] & 15) })
            .collect();
        self.components.iter().all(|one| (1..=4).contains(&one.across) && (1..=4).contains(&one.down)).then_some(())
    }

    /// Reads Huffman tables (B.2.4.2).
    fn tables(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [kind, rest @ ..] = segment {
            // Each takes time to spread; an encoder needs four.
            self.tables_read += 1;
            if self.tables_read > MOST_TABLES {
                return None;
            }
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (symbols, rest) = rest.split_at_checked(counts.iter().map(|count| usize::from(*count)).sum())?;
            let mut lookup = vec![(0, 0); 1 << 16];
            let (mut code, mut next) = (0usize, symbols.iter());
            for (length, count) in (1u8..).zip(counts) {
                for symbol in next.by_ref().take(usize::from(*count)) {
                    let width = 1 << (16 - length);
                    lookup.get_mut(code..code + width)?.fill((length, *symbol));
                    code += width;
                }
            }
            *self.tables.get_mut(usize::from(kind >> 4))?.get_mut(usize::from(kind & 15))? = Some(Table(lookup));
            segment = rest;
        }
        Some(())
    }

    /// Counts the blocks of a scan (B.2.3, F.2.2), and returns how many bytes they take.
    fn scan(&self, segment: &[u8], data: &[u8]) -> Result<usize, &'static str> {
        const NO_SENSE: &str = "a scan makes no sense";
        let count = usize::from(*segment.first().ok_or(NO_SENSE)?);
        let chosen = segment.get(1..1 + 2 * count).ok_or(NO_SENSE)?;
        let table = |kind: usize, number: u8| self.tables[kind].get(usize::from(number))?.as_ref();
        let mut parts = Vec::new();
        for pair in chosen.chunks_exact(2) {
            let component = self.components.iter().find(|one| one.id == pair[0]).ok_or(NO_SENSE)?;
            let (Some(dc), Some(ac)) = (table(0, pair[1] >> 4), table(1, pair[1] & 15)) else { return Err(NO_SENSE) };
            parts.push((component, dc, ac));
        }
        let most = |of: fn(&Component) -> usize| self.components.iter().map(of).max().unwrap_or(1);
        let (across, down) = (most(|one| one.across), most(|one| one.down));
        // A single component comes block by block, several in units of their sampling (A.2).
        let units = match parts[..] {
            [(one, ..)] => {
                let blocks = |pixels: usize, part: usize, whole: usize| (pixels * part).div_ceil(whole).div_ceil(8);
                blocks(self.width, one.across, across) * blocks(self.height, one.down, down)
            }
            _ => self.width.div_ceil(8 * across) * self.height.div_ceil(8 * down),
        };
        let mut bits = Bits { data, at: 0, held: 0, count: 0 };
        for unit in 0..units {
            if self.interval > 0 && unit > 0 && unit % self.interval == 0 {
                bits.restart()?;
            }
            for (component, dc, ac) in &parts {
                let blocks = if parts.len() == 1 { 1 } else { component.across * component.down };
                for _ in 0..blocks {
                    bits.block(dc, ac)?;
                }
            }
        }
        bits.end()
    }
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

const TOO_EARLY: &str = "a piece of its picture is missing";

impl Bits<'_> {
    /// Holds as many bits as it can, up to the next marker.
    fn fill(&mut self) {
        while self.count <= 56 {
            let (byte, taken) = match self.data.get(self.at..) {
                Some([0xFF, 0x00, ..]) => (0xFF, 2),
                Some([byte, ..]) if *byte != 0xFF => (*byte, 1),
                _ => return,
            };
            self.at += taken;
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    fn skip(&mut self, count: u8) -> Result<(), &'static str> {
        if self.count < u32::from(count) {
            self.fill();
        }
        self.count = self.count.checked_sub(u32::from(count)).ok_or(TOO_EARLY)?;
        Ok(())
    }

    fn symbol(&mut self, table: &Table) -> Result<u8, &'static str> {
        if self.count < 16 {
            self.fill();
        }
        let next = if self.count >= 16 { self.held >> (self.count - 16) } else { self.held << (16 - self.count) };
        let (length, symbol) = table.0[(next & 0xFFFF) as usize];
        if length == 0 {
            return Err(if self.count < 16 { TOO_EARLY } else { "its data make no sense" });
        }
        self.skip(length)?;
        Ok(symbol)
    }

    fn block(&mut self, dc: &Table, ac: &Table) -> Result<(), &'static str> {
        let size = self.symbol(dc)?;
        self.skip(size & 15)?;
        let mut number = 1;
        while number < 64 {
            let symbol = self.symbol(ac)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            if size == 0 && run < 15 {
                break;
            }
            self.skip(size)?;
            number += u32::from(run) + 1;
        }
        if number > 64 { Err("its data make no sense") } else { Ok(()) }
    }

    /// Skips what is left before a marker, and returns where the marker is.
    fn end(&mut self) -> Result<usize, &'static str> {
        let mut left = 0;
        // Some devices fill up with zeros, which are no blocks.
        let mut is_zero = true;
        loop {
            let whole = self.count / 8;
            left += whole as usize;
            is_zero &= whole == 0 || self.held << (64 - 8 * whole) == 0;
            self.count = 0;
            self.held = 0;
            self.fill();
            if self.count == 0 {
                break;
            }
        }
        if left > MOST_LEFT_BYTES && !is_zero { Err("it holds more than its picture") } else { Ok(self.at) }
    }

    fn restart(&mut self) -> Result<(), &'static str> {
        self.end()?;
        let mut at = self.at;
        match next_marker(self.data, &mut at) {
            Some(0xD0..=0xD7) => self.at = at,
            _ => return Err(TOO_EARLY),
        }
        Ok(())
    }
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
