//! One sort for whatever is ordered.

use std::cmp::Ordering;

/// The numbers from 0, in an order; equals stay as they are. Of some hundred rows each is put where it belongs: the sort of
/// the standard library is 2 kB of the page.
pub fn in_order(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut numbers = Vec::new();
    for number in 0..count {
        let place = numbers.partition_point(|other| order(*other, number).is_le());
        numbers.insert(place, number);
    }
    numbers
}
