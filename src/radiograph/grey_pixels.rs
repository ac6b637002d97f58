//! A grey picture for serde: width, height and its bytes in one piece.

use image::GrayImage;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::{ByteBuf, Bytes};

pub fn serialize<S: Serializer>(picture: &GrayImage, serializer: S) -> Result<S::Ok, S::Error> {
    (picture.width(), picture.height(), Bytes::new(picture.as_raw())).serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GrayImage, D::Error> {
    let (width, height, bytes) = <(u32, u32, ByteBuf)>::deserialize(deserializer)?;
    let picture = GrayImage::from_raw(width, height, bytes.into_vec());
    picture.ok_or_else(|| D::Error::custom("a picture has fewer bytes than pixels"))
}
