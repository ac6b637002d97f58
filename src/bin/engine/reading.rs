//! Files → films. The reference engine reads none: a worker of the fast engine's program hands it films, so that its
//! download holds no decoder.

use analysis::error::Result;
use analysis::film::Film;
use image::GrayImage;
use radiograph::{Edit, Window};

/// See [`Film::open`].
#[cfg(not(feature = "reference"))]
pub fn open(bytes: &[u8], edit: Edit) -> Result<Film> {
    Film::open(bytes, edit)
}

/// See [`Film::look`].
#[cfg(not(feature = "reference"))]
pub fn look(bytes: &[u8], edit: Edit, window: Window) -> Result<GrayImage> {
    Film::look(bytes, edit, window)
}

#[cfg(feature = "reference")]
pub fn open(_: &[u8], _: Edit) -> Result<Film> {
    Err(no_files())
}

#[cfg(feature = "reference")]
pub fn look(_: &[u8], _: Edit, _: Window) -> Result<GrayImage> {
    Err(no_files())
}

#[cfg(feature = "reference")]
fn no_files() -> analysis::error::Error {
    analysis::error::Error::Compute("the reference engine reads no files".into())
}
