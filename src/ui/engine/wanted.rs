//! What the page's address asks of the engine.

use analysis::Backend;
use analysis::error::Error;
use osteolens::link::{PATIENCE_S, Program, Wanted};

use crate::ui::browser;

/// `?engine=`, `?backend=`, `?model=` and `?patience=`.
///
/// # Errors
/// [`Error::Compute`] for a value that is not known.
pub fn of_address() -> Result<Wanted, Error> {
    let unknown = |what: &str, value: &str, known: &str| {
        Err(Error::Compute(format!("the page's address sets {what} to «{value}», which is unknown; possible: {known}")))
    };
    let program = match browser::query_parameter("engine").as_deref() {
        None | Some("fast") => Program::Fast,
        Some("burn") => Program::Reference,
        Some(other) => return unknown("engine", other, "fast and burn"),
    };
    let backend = match browser::query_parameter("backend").as_deref() {
        None => None,
        Some("cpu") => Some(Backend::Cpu),
        Some("webgpu") => Some(Backend::WebGpu),
        Some(other) => return unknown("backend", other, "webgpu and cpu"),
    };
    // Tests do not wait for a minute.
    let patience_s = match browser::query_parameter("patience") {
        None => PATIENCE_S,
        Some(asked) => match asked.parse() {
            Ok(seconds) if (1..=PATIENCE_S).contains(&seconds) => seconds,
            _ => return unknown("patience", &asked, "1 to 60 seconds"),
        },
    };
    Ok(Wanted { program, backend, model: browser::query_parameter("model"), patience_s })
}
