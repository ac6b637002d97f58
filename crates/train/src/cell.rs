//! Estimates in the cells of tables.

use statistics::bootstrap::Estimate;

/// Two decimals, and the interval.
pub fn figure(one: Estimate) -> String {
    let [value, low, high] = [one.value, one.low, one.high].map(two_decimals);
    format!("{value} ({low}–{high})")
}

/// Rounded as browsers do: half of the last place upwards, of the number as it is written with four decimals. The nearest
/// binary fraction may lie below it.
pub fn two_decimals(value: f64) -> String {
    format!("{:.2}", ((value * 1e4).round() / 1e2).round() / 1e2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_last_place_is_rounded_as_browsers_do() {
        assert_eq!([0.485, 0.4849, 0.005, 1.0, 0.675].map(two_decimals), ["0.49", "0.48", "0.01", "1.00", "0.68"]);
    }
}
