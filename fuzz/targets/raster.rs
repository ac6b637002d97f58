//! A PNG, JPEG, BMP, TIFF or WebP file, and everything that looks at its pixels before a model does.

#![no_main]

use analysis::{gate, knees};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(radiograph) = radiograph::decode(bytes) else { return };
    let pixels = u64::from(radiograph.width_px()) * u64::from(radiograph.height_px());
    assert!(pixels <= radiograph::MAX_PIXELS);
    let _ = gate::refusals(&radiograph);
    for knee in knees::find(radiograph.pixels()) {
        assert!(knee.region.x_px + knee.region.width_px <= radiograph.width_px());
        assert!(knee.region.y_px + knee.region.height_px <= radiograph.height_px());
    }
});
