//! A knee film → findings, on the machine of the person who holds it.
//!
//! In the order in which a film goes through them:
//!
//! 1. [`film`]: the bytes of a file → its picture (by the crate `radiograph`), and the knees on it ([`knees`]); of a
//!    photograph, the film on it ([`outline`])
//! 2. [`gate`]: may this picture be judged, by its pixels? [`quality`]: how good is it?
//! 3. [`input`]: a knee → what a network sees, and the transform from it to the image
//! 4. [`model`]: the crate `networks` and what a model knows of knees ([`known_knees`], [`knee_head`]), of other films
//!    ([`body_part`]) and of left and right ([`side`]); [`manifest`] says what there is, [`own_head`] what a
//!    hospital may put in its place
//! 5. [`prediction`]: scores → calibrated probabilities → verdict; [`promises`]: what it is worth; [`remark`] ([`metal`], sides): what to mind
//! 6. [`grad_cam`], [`heatmap`]: maps → what influenced the models, painted on the film
//!
//! [`analyzer`] wires them into [`findings`]; a [`pass`] of a network may be made by another worker. [`clinical`] tells what age says without a picture, [`referral`] when DXA
//! makes sense whatever either says.

pub mod analyzer;
pub mod body_part;
pub mod clinical;
pub mod error;
pub mod film;
pub mod findings;
pub mod gate;
pub mod grad_cam;
pub mod heatmap;
pub mod input;
pub mod knee_head;
pub mod knees;
pub mod known_knees;
pub mod manifest;
pub mod metal;
pub mod model;
pub mod outline;
pub mod own_head;
pub mod pass;
pub mod prediction;
pub mod promises;
pub mod quality;
pub mod referral;
pub mod remark;
pub mod side;

pub use networks::{Backend, Parameters, Processor};
