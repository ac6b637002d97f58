//! Raw class maps → colour → overlay on the radiograph.
//!
//! The three classes are normalised together: a map that is weak beside another class's stays
//! pale, and one below a floor is called empty instead of being stretched into vivid noise.

use image::{Rgba, RgbaImage};
use serde::{Deserialize, Serialize};

use radiograph::Placement;

/// A peak below this, in units of the class score, is no evidence: spread over a 7×7 map it moves
/// the score by 0.005.
const EMPTY_PEAK: f32 = 1e-4;
/// A peak below this share of the strongest class's peak is shown as empty.
const EMPTY_SHARE: f32 = 0.05;
/// The ring of the map that counts as border, as a share of its side. It is half the area.
const BORDER: f32 = 0.15;
/// From this share of the heat on the border the reader is warned.
const MOST_ON_BORDER: f32 = 0.6;

/// How values become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourMap {
    /// Perceptually ordered: brighter is more, also in greyscale print and for the colour-blind.
    #[default]
    Inferno,
    /// Rainbow of the older literature, for comparison.
    Jet,
}

/// One class's map, scaled so that 1 is the strongest place of all classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Heatmap {
    /// Normalises the class maps together; [`None`] stands for an empty map.
    ///
    /// # Panics
    /// When a map has not `width · height` values.
    pub fn from_class_maps<const N: usize>(width: usize, height: usize, maps: &[Vec<f32>; N]) -> [Option<Self>; N] {
        let peak_of = |map: &Vec<f32>| map.iter().copied().fold(0.0, f32::max);
        let strongest = maps.iter().map(peak_of).fold(0.0, f32::max);
        std::array::from_fn(|class| {
            let map = &maps[class];
            assert_eq!(map.len(), width * height, "one value per cell");
            let peak = peak_of(map);
            (peak > EMPTY_PEAK && peak > EMPTY_SHARE * strongest).then(|| Self {
                width,
                height,
                values: map.iter().map(|value| value / strongest).collect(),
            })
        })
    }

    /// Whether most of the heat, or its strongest place, lies where collimators and letters are: in the outer ring, or in a
    /// corner of it.
    pub fn is_on_border(&self) -> bool {
        let [x, y] = self.peak().0;
        self.border_share() > MOST_ON_BORDER || (is_outer(x) && is_outer(y))
    }

    /// Where it is strongest, from the left and from the top of the network's input in shares (0..=1) of its sides; and
    /// how strong it is there.
    pub fn peak(&self) -> ([f32; 2], f32) {
        let strongest = self.values.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let (at, value) = strongest.unwrap_or_default();
        (self.place(at), value)
    }

    /// Share (0..=1) of the heat in the outer ring.
    fn border_share(&self) -> f32 {
        let total: f32 = self.values.iter().sum();
        let on_border = |at: &usize| self.place(*at).into_iter().any(is_outer);
        let border: f32 = (0..self.values.len()).filter(on_border).map(|at| self.values[at]).sum();
        if total > 0.0 { border / total } else { 0.0 }
    }

    /// The middle of a cell, as in [`Heatmap::peak`].
    fn place(&self, at: usize) -> [f32; 2] {
        let middle = |at: usize, side: usize| (at as f32 + 0.5) / side as f32;
        [middle(at % self.width, self.width), middle(at / self.width, self.height)]
    }

    /// The value at a place, bilinear.
    fn between(&self, column: &Between, row: &Between) -> f32 {
        let value = |row: usize, column: usize| self.values[row * self.width + column];
        let upper = column.mix(value(row.first, column.first), value(row.first, column.second));
        let lower = column.mix(value(row.second, column.first), value(row.second, column.second));
        row.mix(upper, lower)
    }
}

/// Whether a share of a side lies in the outer ring.
fn is_outer(share: f32) -> bool {
    !(BORDER..=1.0 - BORDER).contains(&share)
}

/// Two neighbouring cells and how far the place lies towards the second.
struct Between {
    first: usize,
    second: usize,
    towards_second: f32,
}

impl Between {
    fn new(share: f32, cells: usize) -> Self {
        let place = (share * cells as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
        let first = place as usize;
        Self { first, second: (first + 1).min(cells - 1), towards_second: place - first as f32 }
    }

    fn mix(&self, first: f32, second: f32) -> f32 {
        first + (second - first) * self.towards_second
    }
}

/// A knee's map and where the network's input (of `input_side_px`) lies on the picture.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The map.
    pub heatmap: &'a Heatmap,
    /// From input pixels to pixels of the picture painted on.
    pub image_from_input: Placement,
    /// Side of the network's input.
    pub input_side_px: u32,
}

/// The maps as a transparent picture of `width_px` × `height_px` to lay over the radiograph.
///
/// Heat sets the opacity too, so that bone without influence stays visible. Where inputs of two
/// knees meet, the stronger heat shows.
pub fn overlay(width_px: u32, height_px: u32, placed: &[Placed<'_>], colours: ColourMap) -> RgbaImage {
    // As many colours as there are opacities.
    let painted: [Rgba<u8>; 256] = std::array::from_fn(|opacity| colour(opacity as f32 / 255.0, colours));
    let mut picture = RgbaImage::new(width_px, height_px);
    for Placed { heatmap, image_from_input, input_side_px } in placed {
        let side = *input_side_px as f32;
        // Of the pixels whose middle lies on the input: where in the map it lies.
        let columns: Vec<(u32, Between)> = (0..width_px)
            .map(|x| (x, image_from_input.invert(x as f32 + 0.5, 0.0).0))
            .filter(|(_, x)| (0.0..=side).contains(x))
            .map(|(x_px, x)| (x_px, Between::new(x / side, heatmap.width)))
            .collect();
        for y_px in 0..height_px {
            let (_, y) = image_from_input.invert(0.0, y_px as f32 + 0.5);
            if !(0.0..=side).contains(&y) {
                continue;
            }
            let row = Between::new(y / side, heatmap.height);
            for (x_px, column) in &columns {
                let heat = heatmap.between(column, &row).clamp(0.0, 1.0);
                let painted = painted[(heat * 255.0).round() as usize];
                let pixel = picture.get_pixel_mut(*x_px, y_px);
                if painted[3] > pixel[3] {
                    *pixel = painted;
                }
            }
        }
    }
    picture
}

/// The colour of a heat (0..=1); its opacity is the heat.
pub fn colour(heat: f32, colours: ColourMap) -> Rgba<u8> {
    let heat = heat.clamp(0.0, 1.0);
    let opacity = (heat * 255.0).round() as u8;
    match colours {
        ColourMap::Inferno => {
            let colorous::Color { r, g, b } = colorous::INFERNO.eval_continuous(f64::from(heat));
            Rgba([r, g, b, opacity])
        }
        ColourMap::Jet => {
            let channel = |centre: f32| ((1.5 - (4.0 * heat - centre).abs()).clamp(0.0, 1.0) * 255.0) as u8;
            Rgba([channel(3.0), channel(2.0), channel(1.0), opacity])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bump(at: usize) -> Vec<f32> {
        let mut map = vec![0.0; 49];
        map[at] = 2.0;
        map
    }

    #[test]
    fn constant_zero_maps_give_an_empty_heatmap() {
        let maps = [vec![0.0; 49], vec![1e-6; 49], vec![0.0; 49]];
        assert!(Heatmap::from_class_maps(7, 7, &maps).iter().all(Option::is_none));
    }

    #[test]
    fn a_weak_class_is_empty_beside_a_strong_one() {
        let maps = [bump(24), bump(24).iter().map(|value| value * 0.01).collect(), bump(3)];
        let [first, second, third] = Heatmap::from_class_maps(7, 7, &maps);
        assert!(first.is_some() && second.is_none() && third.is_some());
    }

    #[test]
    fn the_overlay_peaks_where_the_map_does() {
        let maps = [bump(7 * 2 + 5), bump(0), bump(0)];
        let [Some(heatmap), ..] = Heatmap::from_class_maps(7, 7, &maps) else { panic!("a bump is not empty") };
        let image_from_input = Placement { origin_x: 10.0, origin_y: 20.0, step_x: 0.5, step_y: 0.5 };
        let placed = Placed { heatmap: &heatmap, image_from_input, input_side_px: 224 };
        let picture = overlay(140, 150, &[placed], ColourMap::Inferno);
        // The centre of cell (5, 2) of a 7×7 map over 224 px is at the edge (176, 80), halved and
        // moved (98, 60): the four pixels around it are equal and the brightest.
        let peak = picture.get_pixel(98, 60)[3];
        assert!(peak > 235 && picture.pixels().all(|pixel| pixel[3] <= peak));
        assert_eq!(picture.get_pixel(97, 59)[3], peak);
        assert_eq!(picture.get_pixel(5, 60)[3], 0, "left of the input");
        assert_eq!(picture.get_pixel(130, 145)[3], 0, "below the input");
    }

    #[test]
    fn heat_on_the_rim_counts_as_border() {
        let maps = [bump(0), bump(24), bump(24)];
        let [Some(rim), Some(centre), _] = Heatmap::from_class_maps(7, 7, &maps) else { panic!("not empty") };
        assert!(rim.border_share() > 0.99 && centre.border_share() < 0.01);
        assert!(rim.is_on_border() && !centre.is_on_border());
        assert_eq!((rim.peak(), centre.peak()), (([0.5 / 7.0; 2], 1.0), ([0.5; 2], 1.0)));
    }

    #[test]
    fn the_strongest_place_in_a_corner_counts_as_border_however_much_lies_elsewhere() {
        let mut map = bump(24);
        map[6] = 2.0 * map[24];
        let [Some(corner), ..] = Heatmap::from_class_maps(7, 7, &[map.clone(), map.clone(), map]) else {
            panic!("heat")
        };
        assert!(corner.is_on_border());
    }

    #[test]
    fn opacity_grows_with_heat_in_both_colour_maps() {
        for colours in [ColourMap::Inferno, ColourMap::Jet] {
            let opacities: Vec<u8> = (0..=10).map(|step| colour(step as f32 / 10.0, colours)[3]).collect();
            assert!(opacities.is_sorted() && opacities[0] == 0 && opacities[10] == 255);
        }
    }
}
