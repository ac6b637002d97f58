//! Samples of a file, which are whole numbers of up to 16 bits with or without a sign, one after the other.

/// The nearest whole numbers, each as far as [`nearest`] goes, less `shift`.
pub fn rounded(samples: &[f32], highest: i32, shift: i32) -> Vec<i32> {
    samples.iter().map(|sample| nearest(*sample, highest) - shift).collect()
}

/// The nearest whole number from 0 to the highest, which is less than 2^20. What lies in the middle goes away from 0, as
/// with `f32::round`, which is a call of a library where a processor has no instruction for it.
#[inline]
pub fn nearest(sample: f32, highest: i32) -> i32 {
    let within = sample.clamp(0.0, highest as f32);
    let whole = within as i32;
    whole + i32::from(within - whole as f32 >= 0.5)
}

/// The same numbers in more bits.
pub fn widened(samples: &[u16]) -> Vec<i32> {
    samples.iter().map(|sample| i32::from(*sample)).collect()
}

/// The bits that any of them has.
pub fn used(samples: &[i32]) -> u32 {
    samples.iter().fold(0, |used, sample| used | *sample as u32)
}

/// The least and the greatest; of none, the other way round.
pub fn range(samples: &[i32]) -> (i32, i32) {
    let grown = |(low, high): (i32, i32), sample: &i32| (low.min(*sample), high.max(*sample));
    samples.iter().fold((i32::MAX, i32::MIN), grown)
}

/// How many there are of each value from the lowest on.
///
/// # Panics
/// When one is lower, or so high that it has no count.
pub fn count(samples: &[i32], lowest: i32, counts: &mut [usize]) {
    // Neighbours are often alike: one of two does not wait for the other's count to be stored.
    let mut others = vec![0usize; counts.len()];
    let (pairs, last) = samples.as_chunks::<2>();
    for [one, other] in pairs {
        counts[(one - lowest) as usize] += 1;
        others[(other - lowest) as usize] += 1;
    }
    for sample in last {
        counts[(sample - lowest) as usize] += 1;
    }
    for (count, other) in counts.iter_mut().zip(others) {
        *count += other;
    }
}

/// The level of each, of those of all values from the lowest on.
///
/// # Panics
/// When one is lower, or so high that it has no level.
pub fn mapped(samples: &[i32], lowest: i32, levels: &[u8]) -> Vec<u8> {
    samples.iter().map(|sample| levels[(sample - lowest) as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_nearest_whole_number_is_that_of_the_standard_library(
            samples in prop::collection::vec(prop_oneof![any::<f32>(), -3.0f32..3.0, 0.0f32..70_000.0], 0..200),
            bits in 1u32..=16, is_signed: bool,
        ) {
            let (highest, shift) = ((1 << bits) - 1, if is_signed { 1 << (bits - 1) } else { 0 });
            let plain = |sample: &f32| (sample.round() as i32).clamp(0, highest) - shift;
            let expected: Vec<i32> = samples.iter().map(plain).collect();
            prop_assert_eq!(rounded(&samples, highest, shift), expected);
        }

        #[test]
        fn samples_are_counted_and_get_the_level_of_their_value(
            samples in prop::collection::vec(-40i32..40, 1..300),
        ) {
            let (lowest, highest) = range(&samples);
            prop_assert_eq!((Some(&lowest), Some(&highest)), (samples.iter().min(), samples.iter().max()));
            let mut counts = vec![0; (highest - lowest) as usize + 1];
            count(&samples, lowest, &mut counts);
            for (value, count) in (lowest..).zip(&counts) {
                prop_assert_eq!(samples.iter().filter(|sample| **sample == value).count(), *count);
            }
            let levels: Vec<u8> = (0..counts.len()).map(|at| (at * 3) as u8).collect();
            let expected: Vec<u8> = samples.iter().map(|sample| levels[(sample - lowest) as usize]).collect();
            prop_assert_eq!(mapped(&samples, lowest, &levels), expected);
        }
    }

    #[test]
    fn what_lies_in_the_middle_goes_up_and_what_is_just_below_does_not() {
        let below = |value: f32| f32::from_bits(value.to_bits() - 1);
        let samples = [0.5, below(0.5), 1.5, 2.5, below(2.5), 7.5, -0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        assert_eq!(rounded(&samples, 7, 0), [1, 0, 2, 3, 2, 7, 0, 0, 7, 0]);
    }
}
