//! Estimates in the cells of tables.

use statistics::bootstrap::Estimate;

/// Two decimals, and the interval.
pub fn figure(one: Estimate) -> String {
    format!("{:.2} ({:.2}–{:.2})", one.value, one.low, one.high)
}
