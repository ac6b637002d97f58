//! The engines that are compared.

use std::fmt::{self, Display, Formatter};

/// An engine in one of its ways to compute.
pub struct Engine {
    name: &'static str,
    /// What `peers.js` calls it; none is OsteoLens.
    pub peer: Option<&'static str>,
    pub threads: usize,
    pub is_int8: bool,
}

const fn engine(name: &'static str, peer: &'static str) -> Engine {
    Engine { name, peer: Some(peer), threads: 1, is_int8: false }
}

const OURS: Engine = Engine { name: "OsteoLens", peer: None, threads: 1, is_int8: false };
const LITERT: Engine = engine("LiteRT.js", "lite");
const ONNXRUNTIME: Engine = engine("onnxruntime-web", "ort");
const TENSORFLOW: Engine = engine("TensorFlow.js", "tf");
const ON_WEBGPU: [Engine; 4] = [OURS, LITERT, ONNXRUNTIME, TENSORFLOW];
const ON_CPU: [Engine; 11] = [
    OURS,
    LITERT,
    ONNXRUNTIME,
    TENSORFLOW,
    engine("rten", "rten"),
    engine("tract", "tract"),
    LITERT.with_two_threads(),
    ONNXRUNTIME.with_two_threads(),
    TENSORFLOW.with_two_threads(),
    LITERT.with_int8(),
    ONNXRUNTIME.with_int8(),
];

/// Those of a backend, ours first.
pub const fn of(backend: &str) -> &'static [Engine] {
    if matches!(backend.as_bytes(), b"cpu") { &ON_CPU } else { &ON_WEBGPU }
}

impl Engine {
    const fn with_two_threads(self) -> Self {
        Self { threads: 2, ..self }
    }

    const fn with_int8(self) -> Self {
        Self { is_int8: true, ..self }
    }

    /// Of the others: in f32, with one thread.
    pub const fn is_plain(&self) -> bool {
        self.threads == 1 && !self.is_int8
    }

    pub fn is_litert(&self) -> bool {
        self.is_plain() && self.name == LITERT.name
    }
}

impl Display for Engine {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let way = match (self.threads, self.is_int8) {
            (1, false) => "",
            (1, true) => ", int8",
            _ => ", 2 threads",
        };
        write!(to, "{}{way}", self.name)
    }
}
