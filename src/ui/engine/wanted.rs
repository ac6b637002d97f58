//! What the page's address asks of the engine.

use analysis::Backend;
use analysis::error::Error;

use crate::ui::browser::{self, Program};

/// `?engine=`, `?backend=` and `?model=`.
#[derive(Clone)]
pub struct Wanted {
    /// The only program that may give verdicts.
    pub program: Program,
    /// A backend that must be used: there is no fallback then.
    pub backend: Option<Backend>,
    /// The only model to load.
    pub model: Option<String>,
}

impl Wanted {
    /// As the address says.
    ///
    /// # Errors
    /// [`Error::Compute`] for a value that is not known.
    pub fn of_address() -> Result<Self, Error> {
        let unknown = |what: &str, value: &str, known: &str| {
            Err(Error::Compute(format!("the address asks for the {what} «{value}»; known are {known}")))
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
        Ok(Self { program, backend, model: browser::query_parameter("model") })
    }
}
