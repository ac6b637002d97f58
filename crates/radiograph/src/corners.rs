//! A film within a picture, by its four corners, and the transform that straightens it: of a photograph taken at an
//! angle, a screenshot, a film that lies askew.

use image::{GrayImage, Luma};
use serde::{Deserialize, Serialize};

/// Where the corners of a film lie on a picture, in its pixels: upper left, upper right, lower right, lower left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Corners(pub [[u32; 2]; 4]);

impl Corners {
    /// Those of a rectangle `share` (0..0.5) of the sides within a picture.
    pub fn within(width_px: u32, height_px: u32, share: f64) -> Self {
        let at = |length: u32, share: f64| (f64::from(length) * share).round() as u32;
        let (left, top) = (at(width_px, share), at(height_px, share));
        let (right, bottom) = (width_px - left, height_px - top);
        Self([[left, top], [right, top], [right, bottom], [left, bottom]])
    }

    /// With one of them, by its number, elsewhere; none where that is no film seen from its front: each corner must turn the same way.
    pub fn moved(self, corner: usize, to: [u32; 2]) -> Option<Self> {
        let mut moved = self;
        moved.0[corner] = to;
        moved.are_sound().then_some(moved)
    }

    /// On a picture of which this one is the part that begins there.
    #[must_use]
    pub fn shifted(self, [x, y]: [u32; 2]) -> Self {
        Self(self.0.map(|corner| [corner[0].saturating_add(x), corner[1].saturating_add(y)]))
    }

    /// Whether they go around clockwise, without a dent.
    pub(crate) fn are_sound(self) -> bool {
        let [a, b, c, d] = self.places();
        [[a, b, c], [b, c, d], [c, d, a], [d, a, b]]
            .into_iter()
            .all(|[a, b, c]| (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) > 0.0)
    }

    /// Width and height of the film: the means of its opposite sides. Seen at an angle of 30° that is off by some tenth.
    pub fn size(self) -> (u32, u32) {
        let [a, b, c, d] = self.places();
        let side = |from: [f64; 2], to: [f64; 2]| (to[0] - from[0]).hypot(to[1] - from[1]);
        let mean = |one: f64, other: f64| (f64::midpoint(one, other).round() as u32).max(1);
        (mean(side(a, b), side(d, c)), mean(side(a, d), side(b, c)))
    }

    fn places(self) -> [[f64; 2]; 4] {
        self.0.map(|corner| corner.map(f64::from))
    }

    /// The film as if seen from its front, of [`Self::size`]; between pixels it is interpolated.
    ///
    /// The transform is the projective one from the unit square to the corners (Heckbert, "Fundamentals of Texture
    /// Mapping and Image Warping", 1989, section 2.2.3).
    pub(crate) fn straightened(self, picture: &GrayImage) -> GrayImage {
        let [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = self.places();
        let (sum_x, sum_y) = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3);
        let (right, below) = ([x1 - x2, y1 - y2], [x3 - x2, y3 - y2]);
        // Above 0 for corners that are sound.
        let determinant = right[0] * below[1] - right[1] * below[0];
        let g = (sum_x * below[1] - below[0] * sum_y) / determinant;
        let h = (right[0] * sum_y - sum_x * right[1]) / determinant;
        let across = [x1 - x0 + g * x1, y1 - y0 + g * y1];
        let down = [x3 - x0 + h * x3, y3 - y0 + h * y3];
        let (width, height) = self.size();
        GrayImage::from_fn(width, height, |x, y| {
            let (u, v) = ((f64::from(x) + 0.5) / f64::from(width), (f64::from(y) + 0.5) / f64::from(height));
            let far = g * u + h * v + 1.0;
            let place = |axis: usize, from: f64| (across[axis] * u + down[axis] * v + from) / far - 0.5;
            Luma([at(picture, place(0, x0), place(1, y0))])
        })
    }
}

/// The value between four pixels; beyond the edge that of the edge.
fn at(picture: &GrayImage, x: f64, y: f64) -> u8 {
    let inside = |place: f64, length: u32| {
        let place = if place > 0.0 { place.min(f64::from(length - 1)) } else { 0.0 };
        (place as u32, (place as u32 + 1).min(length - 1), place.fract())
    };
    let ((left, right, across), (top, bottom, down)) = (inside(x, picture.width()), inside(y, picture.height()));
    let value = |x: u32, y: u32| f64::from(picture.get_pixel(x, y)[0]);
    let row = |y: u32| value(left, y) * (1.0 - across) + value(right, y) * across;
    (row(top) * (1.0 - down) + row(bottom) * down).round() as u8
}

#[cfg(test)]
mod tests {
    use image::imageops;
    use proptest::prelude::*;

    use super::*;

    fn ramp(width: u32, height: u32) -> GrayImage {
        GrayImage::from_fn(width, height, |x, y| Luma([(x * 3 + y * 7) as u8]))
    }

    #[test]
    fn an_upright_rectangle_is_cut_out_pixel_by_pixel() {
        let picture = ramp(60, 50);
        let corners = Corners([[10, 5], [40, 5], [40, 25], [10, 25]]);
        assert_eq!(corners.size(), (30, 20));
        assert_eq!(corners.straightened(&picture), imageops::crop_imm(&picture, 10, 5, 30, 20).to_image());
    }

    #[test]
    fn a_film_that_lies_on_its_side_is_turned_upright() {
        let picture = ramp(60, 60);
        // Its upper left corner lies at the lower left: turned by a quarter anticlockwise.
        let corners = Corners([[0, 60], [0, 0], [60, 0], [60, 60]]);
        assert_eq!(corners.straightened(&picture), imageops::rotate90(&picture));
    }

    #[test]
    fn what_is_seen_at_an_angle_becomes_a_rectangle_again() {
        // A film of 4 × 4 fields, seen so that its right side is half as long.
        let corners = Corners([[20, 20], [180, 60], [180, 140], [20, 180]]);
        let [[x0, y0], _, [x2, _], _] = corners.places();
        let picture = GrayImage::from_fn(200, 200, |x, y| {
            // The film's plane: at the right edge twice as far away as at the left.
            let across = (f64::from(x) + 0.5 - x0) / (x2 - x0);
            let u = across / (2.0 - across);
            let half = 80.0 - 40.0 * across;
            let v = (f64::from(y) + 0.5 - (y0 + 80.0)) / (2.0 * half) + 0.5;
            let is_bright = ((u * 4.0).floor() + (v * 4.0).floor()) as i64 % 2 == 0;
            Luma([if is_bright { 200 } else { 50 }])
        });
        let film = corners.straightened(&picture);
        for (column, row) in (0..4).flat_map(|column| (0..4).map(move |row| (column, row))) {
            let middle = |number: u32, length: u32| (2 * number + 1) * length / 8;
            let value = film.get_pixel(middle(column, film.width()), middle(row, film.height()))[0];
            assert_eq!(value, if (column + row) % 2 == 0 { 200 } else { 50 }, "field {column}, {row}");
        }
    }

    #[test]
    fn corners_with_a_dent_or_crossed_are_not_sound() {
        let square = Corners([[10, 10], [90, 10], [90, 90], [10, 90]]);
        assert_eq!(square.moved(2, [80, 95]), Some(Corners([[10, 10], [90, 10], [80, 95], [10, 90]])));
        assert_eq!(square.moved(2, [40, 40]), None, "a dent");
        assert_eq!(square.moved(0, [95, 10]), None, "crossed");
        assert!(!Corners([[5, 5]; 4]).are_sound());
    }

    proptest! {
        #[test]
        fn any_sound_corners_give_values_of_the_picture(near in prop::array::uniform8(0u32..=38)) {
            let [a, b, c, d, e, f, g, h] = near;
            let corners = Corners([[a, b], [80 - c, d], [80 - e, 80 - f], [g, 80 - h]]);
            prop_assume!(corners.are_sound());
            let picture = GrayImage::from_fn(80, 80, |x, _| Luma([100 + (x % 2) as u8]));
            let film = corners.straightened(&picture);
            prop_assert_eq!(film.dimensions(), corners.size());
            prop_assert!(film.pixels().all(|pixel| [100, 101].contains(&pixel[0])));
        }
    }
}
