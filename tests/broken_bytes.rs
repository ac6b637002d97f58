//! Whatever bytes come, the library answers with a value or an error, never with a panic.

use std::io::Cursor;

use analysis::knees;
use analysis::manifest::Manifest;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use proptest::prelude::*;

const FORMATS: [ImageFormat; 5] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP];

fn encoded(format: ImageFormat) -> Vec<u8> {
    let picture = GrayImage::from_fn(48, 36, |x, y| Luma([((x * 5) ^ (y * 3)) as u8]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(DynamicImage::from(picture).to_rgb8())
        .write_to(&mut bytes, format)
        .expect("a picture in memory can be encoded");
    bytes.into_inner()
}

proptest! {
    #[test]
    fn random_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(radiograph::decode(&bytes).is_err());
        prop_assert!(Manifest::parse(&bytes).is_err());
    }

    #[test]
    fn cut_off_files_never_panic(format in 0..FORMATS.len(), share in 0.0f64..1.0) {
        let bytes = encoded(FORMATS[format]);
        let end = (bytes.len() as f64 * share) as usize;
        let _ = radiograph::decode(&bytes[..end]);
    }

    #[test]
    fn changed_files_never_panic_and_stay_within_limits(
        format in 0..FORMATS.len(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = encoded(FORMATS[format]);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(radiograph) = radiograph::decode(&bytes) {
            let pixels = u64::from(radiograph.width_px()) * u64::from(radiograph.height_px());
            prop_assert!(pixels <= radiograph::MAX_PIXELS);
        }
    }

    #[test]
    fn knees_lie_on_any_picture(width in 1u32..120, height in 1u32..120, seed in any::<u32>()) {
        let noise = GrayImage::from_fn(width, height, |x, y| Luma([(x.wrapping_mul(seed) ^ y.wrapping_mul(31)) as u8]));
        let found = knees::find(&noise);
        prop_assert!((1..=2).contains(&found.len()));
        for knee in found {
            prop_assert!(knee.region.x_px + knee.region.width_px <= width);
            prop_assert!(knee.region.y_px + knee.region.height_px <= height);
        }
    }
}
