//! What the page's state holds of a browser.

use js_sys::Uint8Array;
use osteolens::state::Platform;
use web_sys::File;

/// The key under which the speed of graphics processor and CPU is kept.
pub const RACE: &str = "osteolens-race";

/// The browser's handles: the bytes themselves stay out of the page's memory.
#[derive(Clone)]
pub enum Handles {}

impl Platform for Handles {
    type File = File;
    type Bytes = Uint8Array;

    fn smaller(square: &Uint8Array, side_px: u32, to_px: u32) -> Uint8Array {
        super::smaller(square, side_px, to_px)
    }

    fn may_keep() -> bool {
        super::may_keep()
    }

    fn remembered_race() -> Option<String> {
        super::remembered(RACE)
    }

    fn processors() -> u32 {
        super::window().navigator().hardware_concurrency() as u32
    }
}
