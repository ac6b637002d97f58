//! Reads bone density classes off knee radiographs, on the machine of the person who holds them.
//!
//! The pipeline, in reading order:
//!
//! 1. [`radiograph`]: bytes of a file → upright greyscale within limits
//! 2. [`gate`]: may this picture be judged?
//! 3. [`knees`]: the one or two knees on it; [`quality`]: how good the picture is
//! 4. [`input`]: a knee → the tensor a network wants, and the way back
//! 5. [`network`]: tensor → maps and logits; [`weights`] loads and checks it
//! 6. [`prediction`]: logits → calibrated probabilities → verdict
//! 7. [`grad_cam`], [`heatmap`]: maps → what influenced the models, painted on the radiograph
//!
//! [`clinical`] tells what age says without a picture, [`referral`] when DXA makes sense whatever either says. [`analyzer`] wires the stages; [`protocol`] is what page and engine say to each other, [`words`] what the page says to people, [`decimal`] how it writes numbers for machines.

#[cfg(feature = "inference")]
pub mod analyzer;
pub mod clinical;
pub mod decimal;
pub mod error;
pub mod gate;
pub mod geometry;
#[cfg(feature = "inference")]
pub mod grad_cam;
pub mod heatmap;
#[cfg(feature = "inference")]
pub mod input;
pub mod knees;
#[cfg(feature = "inference")]
pub mod network;
pub mod prediction;
pub mod protocol;
pub mod quality;
pub mod radiograph;
pub mod record;
pub mod referral;
#[cfg(any(feature = "inference", feature = "web"))]
pub mod report;
#[cfg(feature = "inference")]
pub mod weights;
#[cfg(feature = "web")]
pub mod wire;
pub mod words;
