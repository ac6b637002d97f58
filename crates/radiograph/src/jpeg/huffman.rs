//! The Huffman tables of a JPEG (ITU-T T.81, annex C), and where the bits of its scans end.

use pixels::codes::{Bits, TOO_EARLY, Table};

use super::segments::next_marker;

/// The most bytes, other than zeros, that an encoder may leave before the next marker; of 1,936 films none leaves any.
const MOST_LEFT_BYTES: usize = 1;

/// The most Huffman tables in a file.
const MOST_TABLES: usize = 64;

/// The tables of DC, or of differences, and of AC, by number.
#[derive(Default)]
pub struct Tables {
    tables: [[Option<Table>; 4]; 2],
    read: usize,
}

impl Tables {
    /// The table of this kind, 0 or 1, with this number.
    pub fn get(&self, kind: usize, number: u8) -> Option<&Table> {
        self.tables[kind].get(usize::from(number))?.as_ref()
    }

    /// Reads those of a segment (B.2.4.2).
    pub fn read(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [kind, rest @ ..] = segment {
            // Each takes time to spread; an encoder needs four.
            self.read += 1;
            if self.read > MOST_TABLES {
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
            *self.tables.get_mut(usize::from(kind >> 4))?.get_mut(usize::from(kind & 15))? = Some(Table::of(lookup));
            segment = rest;
        }
        Some(())
    }
}

/// Skips what is left before a marker, and returns where the marker is.
///
/// # Errors
/// Where more is left than an encoder leaves.
pub fn end(bits: &mut Bits) -> Result<usize, &'static str> {
    bits.skip(bits.left_of_byte())?;
    let mut left = 0;
    // Some devices fill up with zeros, which are no blocks.
    let mut is_zero = true;
    while let Ok(byte) = bits.take(8) {
        left += 1;
        is_zero &= byte == 0;
    }
    if left > MOST_LEFT_BYTES && !is_zero { Err("it holds more than its picture") } else { Ok(bits.place()) }
}

/// Goes on behind a restart marker.
///
/// # Errors
/// Where there is none, or too much before it.
pub fn restart(bits: &mut Bits) -> Result<(), &'static str> {
    let mut at = end(bits)?;
    match next_marker(bits.data(), &mut at) {
        Some(0xD0..=0xD7) => *bits = Bits::from(bits.data(), at),
        _ => return Err(TOO_EARLY),
    }
    Ok(())
}
