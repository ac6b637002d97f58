//! A grey picture for serde (`#[serde(with = "grey_pixels")]`): width, height and its bytes in one piece.

use image::GrayImage;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::{ByteBuf, Bytes};

/// Writes a picture.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(picture: &GrayImage, serializer: S) -> Result<S::Ok, S::Error> {
    (picture.width(), picture.height(), Bytes::new(picture.as_raw())).serialize(serializer)
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Those of the deserializer, and one when there are fewer bytes than pixels.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GrayImage, D::Error> {
    let (width, height, bytes) = <(u32, u32, ByteBuf)>::deserialize(deserializer)?;
    let picture = GrayImage::from_raw(width, height, bytes.into_vec());
    picture.ok_or_else(|| D::Error::custom("a picture has fewer bytes than pixels"))
}
