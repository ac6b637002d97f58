//! The architectures, each in a file of its own: a function that draws it with a [`Builder`].
//!
//! To add one: write `architectures/NAME.rs` with `pub fn draw`, and a line in the list below.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::builder::Builder;
use crate::failure::Result;
use crate::plan::Plan;

/// A kind of network, by the name under which a manifest knows it.
#[derive(Clone, Copy)]
pub struct Architecture {
    name: &'static str,
    draw: fn(&Builder, usize),
}

macro_rules! architectures {
    ($($file:ident: $name:literal,)+) => {
        $(mod $file;)+

        /// Every architecture.
        pub const ARCHITECTURES: &[Architecture] = &[$(Architecture { name: $name, draw: $file::draw }),+];
    };
}

architectures! {
    custom_cnn: "custom-cnn",
    resnet18: "resnet18",
    resnet34: "resnet34",
}

impl Architecture {
    /// The one of this name; none when there is none.
    pub fn named(name: &str) -> Option<Self> {
        ARCHITECTURES.iter().find(|architecture| architecture.name == name).copied()
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Its plan for inputs of `side` pixels a side and so many classes.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::failure::Error::Weights) when such an input is too small for it.
    pub fn plan(self, side: usize, classes: usize) -> Result<Plan> {
        Builder::plan(|builder| (self.draw)(builder, classes), side)
    }
}

impl PartialEq for Architecture {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Serialize for Architecture {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for Architecture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let known: Vec<&str> = ARCHITECTURES.iter().map(|architecture| architecture.name).collect();
            D::Error::custom(format!("there is no architecture «{name}»; known are {}", known.join(", ")))
        })
    }
}
