//! Rows of a lossless JPEG (ITU-T T.81, annex H): differences out of their Huffman codes, samples out of differences.
//!
//! A row is read before its samples are added up, so that no code waits for the sample before it. A code and the bits after
//! it are looked up at once (`docs/decisions/0017-large-films.md`).

use crate::codes::{Bits, NO_SENSE, Table};

/// A code and the bits after it are looked up at once if they are no longer than this. The table takes 16 kB.
const WIDTH: u32 = 12;

/// The codes of a component's differences.
pub struct Differences<'a> {
    table: &'a Table,
    /// For the next 12 bits, as [`Bits::look_up`] takes it: a difference, modulo 2^16.
    short: Vec<u32>,
}

impl<'a> Differences<'a> {
    /// From the codes of their sizes.
    pub fn of(table: &'a Table) -> Self {
        let entry = |next: u32| {
            let (length, size) = table.code((next << (16 - WIDTH)) as u16);
            // The size of 16 has no bits (H.1.2.2).
            let taken = u32::from(length) + u32::from(size & 15);
            if length == 0 || size > 16 || taken > WIDTH {
                return 0;
            }
            let after = next >> (WIDTH - taken) & ((1 << (size & 15)) - 1);
            taken << 16 | u32::from(difference(size, after))
        };
        Self { table, short: (0..1 << WIDTH).map(entry).collect() }
    }

    /// The next one, modulo 2^16.
    #[inline]
    fn next(&self, bits: &mut Bits) -> Result<u16, &'static str> {
        if let Some(found) = bits.look_up(&self.short, WIDTH) {
            return Ok(found);
        }
        // The bits go by value, so that those of the caller stay in registers.
        let (found, rest) = self.long(*bits)?;
        *bits = rest;
        Ok(found)
    }

    /// The next one where the table of 12 bits does not have it, and the bits after it.
    #[cold]
    #[inline(never)]
    fn long<'b>(&self, mut bits: Bits<'b>) -> Result<(u16, Bits<'b>), &'static str> {
        let size = bits.symbol(self.table)?;
        if size > 16 {
            return Err(NO_SENSE);
        }
        Ok((difference(size, bits.take(size & 15)?), bits))
    }
}

/// The difference of this size, modulo 2^16, that the bits after it stand for (H.1.2.2).
fn difference(size: u8, after: u32) -> u16 {
    match size {
        0 => 0,
        16 => 1 << 15,
        // The upper half of the numbers stands for itself, the lower for the negative ones (F.1.2.1).
        _ if after >> (size - 1) == 0 => (after + 1).wrapping_sub(1 << size) as u16,
        _ => after as u16,
    }
}

/// Reads the differences of a row whose pixels have so many samples: those of the components in `parts`, by number.
///
/// # Errors
/// Where there are too few, or they make no sense.
///
/// # Panics
/// When a component's number is that of no sample.
pub fn read(
    row: &mut [u16],
    samples: usize,
    parts: &[(usize, Differences)],
    bits: &mut Bits,
) -> Result<(), &'static str> {
    // What has an address is no register.
    let mut local = *bits;
    for pixel in row.chunks_exact_mut(samples) {
        for (number, differences) in parts {
            pixel[*number] = differences.next(&mut local)?;
        }
    }
    *bits = local;
    Ok(())
}

/// How the samples of a row are predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// The first row of a picture, or after a restart (H.1.2.1): the first sample from this value, the others from the left.
    First(u16),
    /// By a predictor, 1 to 7 (table H.1), from the left and from the row above; the first sample from the one above it.
    Below(u8, &'a [u16]),
}

/// The differences of a row become samples: those of the component with this number, of pixels with so many samples.
///
/// # Panics
/// When the row, or the one above, is too short.
pub fn add_up(row: &mut [u16], samples: usize, number: usize, rule: Rule) {
    let (first, predictor, above) = match rule {
        Rule::First(middle) => (middle, 1, &[][..]),
        Rule::Below(predictor, above) => (above[number], predictor, &above[..row.len()]),
    };
    let mut left = row[number].wrapping_add(first);
    row[number] = left;
    if predictor == 1 {
        // All films in DICOM's usual transfer syntax.
        let mut at = number + samples;
        while let Some(sample) = row.get_mut(at) {
            left = left.wrapping_add(*sample);
            *sample = left;
            at += samples;
        }
        return;
    }
    let mut at = number + samples;
    while at < row.len() {
        let [left, above, corner] = [row[at - samples], above[at], above[at - samples]].map(i32::from);
        let predicted = match predictor {
            2 => above,
            3 => corner,
            4 => left + above - corner,
            5 => left + ((above - corner) >> 1),
            6 => above + ((left - corner) >> 1),
            _ => (left + above) >> 1,
        };
        row[at] = row[at].wrapping_add(predicted as u16);
        at += samples;
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::codes::TOO_EARLY;
    use proptest::prelude::*;

    /// Codes of 2 to 16 bits for the sizes 0 to 16: short ones for the first, all of 16 bits for the last three.
    const LENGTHS: [u8; 17] = [2, 3, 3, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 16, 16];

    /// The codes (annex C), and a table of them.
    fn codes() -> (Vec<u32>, Table) {
        let (mut code, mut before, mut lookup) = (0u32, LENGTHS[0], vec![(0, 0); 1 << 16]);
        let mut codes = Vec::new();
        for (size, length) in (0u8..).zip(LENGTHS) {
            code <<= length - before;
            let first = (code as usize) << (16 - length);
            lookup[first..first + (1 << (16 - length))].fill((length, size));
            codes.push(code);
            (code, before) = (code + 1, length);
        }
        (codes, Table::of(lookup))
    }

    /// As an encoder writes them (H.1.2.2), with a zero after each byte of ones.
    fn encoded(differences: &[u16]) -> Vec<u8> {
        let (codes, _) = codes();
        let mut bits = String::new();
        for difference in differences {
            let value = i32::from(*difference as i16);
            let size = if value == -32768 { 16 } else { 32 - value.unsigned_abs().leading_zeros() };
            write!(bits, "{:0width$b}", codes[size as usize], width = usize::from(LENGTHS[size as usize]))
                .expect("it is memory");
            if (1..16).contains(&size) {
                let after = if value < 0 { value - 1 } else { value } & ((1 << size) - 1);
                write!(bits, "{after:0width$b}", width = size as usize).expect("it is memory");
            }
        }
        bits += &"1".repeat(bits.len().next_multiple_of(8) - bits.len());
        let bytes = bits.as_bytes().chunks(8).map(|eight| eight.iter().fold(0u8, |byte, bit| byte << 1 | (bit - b'0')));
        bytes.flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }).collect()
    }

    /// One sample after the other (table H.1), as the standard puts it.
    fn plain(differences: &[u16], width: usize, predictor: u8, middle: u16) -> Vec<u16> {
        let mut samples: Vec<u16> = Vec::new();
        for (at, difference) in differences.iter().enumerate() {
            let sample = |at: usize| i32::from(samples[at]);
            let predicted = match (at % width, at / width) {
                (0, 0) => i32::from(middle),
                (0, _) => sample(at - width),
                (_, 0) => sample(at - 1),
                _ => {
                    let (left, above, corner) = (sample(at - 1), sample(at - width), sample(at - width - 1));
                    match predictor {
                        1 => left,
                        2 => above,
                        3 => corner,
                        4 => left + above - corner,
                        5 => left + ((above - corner) >> 1),
                        6 => above + ((left - corner) >> 1),
                        _ => (left + above) >> 1,
                    }
                }
            };
            samples.push((predicted as u16).wrapping_add(*difference));
        }
        samples
    }

    proptest! {
        #[test]
        fn the_samples_of_every_predictor_are_those_of_the_standard(
            differences in prop::collection::vec(prop_oneof![-9i16..9, any::<i16>()].prop_map(|one| one as u16), 1..400),
            width in 1usize..20, predictor in 1u8..=7, middle: u16,
        ) {
            let (_, table) = codes();
            let differences = &differences[..differences.len() / width * width];
            let data = encoded(differences);
            let (mut bits, parts) = (Bits::from(&data, 0), [(0, Differences::of(&table))]);
            let mut samples = vec![0; differences.len()];
            for y in 0..differences.len() / width {
                let (before, row) = samples.split_at_mut(y * width);
                read(&mut row[..width], 1, &parts, &mut bits).expect("it is sound");
                let rule = match y {
                    0 => Rule::First(middle),
                    _ => Rule::Below(predictor, &before[(y - 1) * width..]),
                };
                add_up(&mut row[..width], 1, 0, rule);
            }
            prop_assert_eq!(samples, plain(differences, width, predictor, middle));
        }

        #[test]
        fn the_samples_of_a_colour_are_those_that_it_has_alone(
            differences in prop::collection::vec(any::<u16>(), 3..300), predictor in 1u8..=7,
        ) {
            let (_, table) = codes();
            let width = differences.len() / 6;
            prop_assume!(width > 0);
            let differences = &differences[..6 * width];
            let data = encoded(differences);
            let (mut bits, parts) = (Bits::from(&data, 0), [0, 1, 2].map(|number| (number, Differences::of(&table))));
            let mut samples = vec![0; 6 * width];
            let (first, second) = samples.split_at_mut(3 * width);
            for row in [&mut *first, &mut *second] {
                read(row, 3, &parts, &mut bits).expect("it is sound");
            }
            (0..3).for_each(|number| add_up(first, 3, number, Rule::First(7)));
            (0..3).for_each(|number| add_up(second, 3, number, Rule::Below(predictor, first)));
            for number in 0..3 {
                let alone = |all: &[u16]| -> Vec<u16> { all.iter().skip(number).step_by(3).copied().collect() };
                prop_assert_eq!(alone(&samples), plain(&alone(differences), width, predictor, 7));
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_missed() {
        let (_, table) = codes();
        let parts = [(0, Differences::of(&table))];
        let data = encoded(&[3, 700, 0xFFFF, 20_000]);
        for length in 0..data.len() {
            let mut row = [0; 4];
            assert_eq!(read(&mut row, 1, &parts, &mut Bits::from(&data[..length], 0)), Err(TOO_EARLY), "{length}");
        }
    }
}
