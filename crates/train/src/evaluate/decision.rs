//! What the verdicts are worth.

use analysis::prediction::{Class, OperatingPoint};
use statistics::bootstrap::over;
use statistics::kept::{self, Called};
use statistics::record::{Decision, PromisesRecord};

/// What the page's verdicts are worth.
pub fn of(films: &[Called], operating_point: OperatingPoint, by_age: PromisesRecord) -> Decision {
    // In every repeat the films are the same.
    let once: Vec<Class> = films.iter().filter(|film| film.repeat == 0).map(|film| film.class).collect();
    let [majority] = over(&once, |some| {
        let most = Class::ALL.map(|class| some.iter().filter(|of| ***of == class).count()).into_iter().max();
        [most.unwrap_or(0) as f64 / some.len() as f64]
    });
    Decision { operating_point, majority, by_picture: kept::of(films, false), by_age }
}
