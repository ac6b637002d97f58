//! Rectangles on an image and the way from one pixel grid to another.

use serde::{Deserialize, Serialize};

/// A rectangle of whole pixels on an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Left edge.
    pub x_px: u32,
    /// Upper edge.
    pub y_px: u32,
    /// Width, at least 1.
    pub width_px: u32,
    /// Height, at least 1.
    pub height_px: u32,
}

impl Region {
    /// The whole of an image.
    pub fn whole(width_px: u32, height_px: u32) -> Self {
        Self { x_px: 0, y_px: 0, width_px, height_px }
    }

    /// The part of the rectangle that lies on an image of this size.
    #[must_use]
    pub fn within(self, width_px: u32, height_px: u32) -> Self {
        let x_px = self.x_px.min(width_px.saturating_sub(1));
        let y_px = self.y_px.min(height_px.saturating_sub(1));
        Self {
            x_px,
            y_px,
            width_px: self.width_px.min(width_px - x_px).max(1),
            height_px: self.height_px.min(height_px - y_px).max(1),
        }
    }

    /// The same rectangle on a picture that is `factor` times as large.
    #[must_use]
    pub fn scaled(self, factor: f32) -> Self {
        let scale = |value: u32| (value as f32 * factor).round() as u32;
        Self {
            x_px: scale(self.x_px),
            y_px: scale(self.y_px),
            width_px: scale(self.width_px).max(1),
            height_px: scale(self.height_px).max(1),
        }
    }
}

/// An axis-aligned transform from one pixel grid to another: `origin + step · coordinate`.
///
/// Coordinates are of pixel edges, so that the centre of pixel 0 is at 0.5.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// Where the source's left edge lies.
    pub origin_x: f32,
    /// Where the source's upper edge lies.
    pub origin_y: f32,
    /// Width of a source pixel, above 0.
    pub step_x: f32,
    /// Height of a source pixel, above 0.
    pub step_y: f32,
}

impl Placement {
    /// The target coordinates of a source coordinate.
    pub fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        (self.origin_x + self.step_x * x, self.origin_y + self.step_y * y)
    }

    /// The source coordinates of a target coordinate.
    pub fn invert(&self, x: f32, y: f32) -> (f32, f32) {
        ((x - self.origin_x) / self.step_x, (y - self.origin_y) / self.step_y)
    }

    /// The same transform when the target is a picture `factor` times as large.
    #[must_use]
    pub fn scaled(self, factor: f32) -> Self {
        Self {
            origin_x: self.origin_x * factor,
            origin_y: self.origin_y * factor,
            step_x: self.step_x * factor,
            step_y: self.step_y * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(
            origin_x in -500.0f32..500.0, step_x in 0.05f32..20.0, x in 0.0f32..224.0, y in 0.0f32..224.0,
        ) {
            /// Relative to coordinates of a few thousand pixels in f32.
            const TOLERANCE_PX: f32 = 0.02;
            let placement = Placement { origin_x, origin_y: -origin_x, step_x, step_y: step_x * 0.5 };
            let (there_x, there_y) = placement.apply(x, y);
            let (back_x, back_y) = placement.invert(there_x, there_y);
            prop_assert!((back_x - x).abs() < TOLERANCE_PX && (back_y - y).abs() < TOLERANCE_PX);
        }

        #[test]
        fn a_region_within_an_image_lies_on_it(
            x_px in 0u32..5000, y_px in 0u32..5000, width_px in 0u32..5000, height_px in 0u32..5000,
            image_width in 1u32..3000, image_height in 1u32..3000,
        ) {
            let region = Region { x_px, y_px, width_px, height_px }.within(image_width, image_height);
            prop_assert!(region.x_px + region.width_px <= image_width);
            prop_assert!(region.y_px + region.height_px <= image_height);
            prop_assert!(region.width_px > 0 && region.height_px > 0);
        }
    }
}
