//! Numbers with so many digits after the point, for styles and files.
//!
//! What `core` prints floats with knows each to its last digit, by code and tables that were a twentieth of the page.

/// A number with `decimals` digits (at most 9) after the point; half a digit is rounded away from 0. What is no
/// number is 0; what is more than `u64` holds, once multiplied by ten for each decimal, is the most that it holds.
pub fn fixed(value: impl Into<f64>, decimals: u32) -> String {
    let (value, scale) = (value.into(), 10u64.pow(decimals));
    let digits = (value.abs() * scale as f64).round() as u64;
    let sign = if value < 0.0 && digits > 0 { "-" } else { "" };
    let (whole, part) = (digits / scale, digits % scale);
    if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part:0width$}", width = decimals as usize)
    }
}

/// A share as CSS takes it: of 1, in per cent.
pub fn percent(share: impl Into<f64>) -> String {
    fixed(share.into() * 100.0, 2) + "%"
}

/// As [`f64::clamp`], whose panic would print floats and so bring along what [`fixed`] leaves out; `least` if the
/// bounds contradict each other, `most` for what is no number.
pub fn between(value: f64, least: f64, most: f64) -> f64 {
    value.min(most).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_numbers_are_written_as_one_would() {
        let written =
            [(0.0, 2), (0.5, 2), (-0.04, 1), (1.0 / 3.0, 4), (12.0, 0), (f64::NAN, 1)].map(|(v, d)| fixed(v, d));
        assert_eq!(written, ["0.00", "0.50", "0.0", "0.3333", "12", "0.0"]);
        assert_eq!(percent(0.125f32), "12.50%");
    }

    /// Tolerance in units of the last digit: the rounding error of an f64 near 10¹², a million with six decimals.
    const SLACK: f64 = 1e-3;

    proptest! {
        #[test]
        fn what_is_written_is_the_nearest(value in -1e6f64..1e6, decimals in 0u32..7) {
            let written = fixed(value, decimals);
            prop_assert_eq!(written.split('.').nth(1).map_or(0, str::len), decimals as usize);
            let error = (written.parse::<f64>().expect("a number") - value).abs() * 10f64.powi(decimals as i32);
            prop_assert!(error <= 0.5 + SLACK, "{} for {}", written, value);
        }
    }
}
