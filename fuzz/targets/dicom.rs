//! A DICOM file, in the window that the models see and in those that a viewer may ask for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use radiograph::Window;

fuzz_target!(|bytes: &[u8]| {
    let Ok(first) = radiograph::decode_frame(bytes, 0, Window::Own) else { return };
    let size = (first.radiograph.width_px(), first.radiograph.height_px());
    for window in [Window::Proposed(0), Window::Proposed(1), Window::Whole, Window::Middle] {
        let other = radiograph::decode_frame(bytes, 0, window).expect("only the grey values differ");
        assert_eq!((other.radiograph.width_px(), other.radiograph.height_px()), size);
    }
    if first.dicom.is_some_and(|facts| facts.frames > 1) {
        let _ = radiograph::decode_frame(bytes, 1, Window::Own);
    }
});
