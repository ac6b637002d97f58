//! Lengths and angles that a person measures on a film.

use radiograph::{PixelSpacing, Region};
use serde::{Deserialize, Serialize};

/// Points that are nearer to each other than this are one, in pixels of the file's picture.
const SAME_POINT_PX: f64 = 0.5;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Between two points.
    Length,
    /// Between two arms, at the second of three points.
    Angle,
}

impl Kind {
    /// How many points it takes.
    pub fn point_count(self) -> usize {
        match self {
            Self::Length => 2,
            Self::Angle => 3,
        }
    }
}

/// What a value is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Millimetres on the plane that [`PixelSpacing`] names.
    #[serde(rename = "mm")]
    Millimetre,
    /// Pixels of the file's picture.
    #[serde(rename = "px")]
    Pixel,
    /// Degrees, 0 to 180.
    #[serde(rename = "deg")]
    Degree,
}

/// A place on the file's picture in its pixels, after the picture was turned and before a part was cut out.
pub type Point = [f64; 2];

/// Points that a person has set.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// What they measure.
    pub kind: Kind,
    /// Fewer than [`Kind::point_count`] while it is begun.
    pub points_px: Vec<Point>,
}

/// A measurement as it stands in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What was measured.
    pub kind: Kind,
    /// Where.
    pub points_px: Vec<Point>,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: Unit,
}

impl Measurement {
    /// No point yet.
    pub fn begun(kind: Kind) -> Self {
        Self { kind, points_px: Vec::new() }
    }

    /// With one more point, unless it is the last one again.
    pub fn add(&mut self, point: Point) {
        if self.points_px.last().is_none_or(|last| distance(*last, point) >= SAME_POINT_PX) {
            self.points_px.push(point);
        }
    }

    /// Moves a point, unless it would come upon a neighbour: an arm of an angle has a length.
    pub fn move_point(&mut self, number: usize, to: Point) {
        let neighbours = self.points_px.iter().enumerate().filter(|(other, _)| other.abs_diff(number) == 1);
        if neighbours.into_iter().all(|(_, other)| distance(*other, to) >= SAME_POINT_PX) {
            self.put_back(number, to);
        }
    }

    /// Puts a point where it was.
    pub fn put_back(&mut self, number: usize, place: Point) {
        if let Some(point) = self.points_px.get_mut(number) {
            *point = place;
        }
    }

    /// Whether all points are set.
    pub fn is_whole(&self) -> bool {
        self.points_px.len() == self.kind.point_count()
    }

    /// What it comes to; none before all points are set, and of an angle with an arm of no length.
    pub fn measured(&self, spacing: Option<PixelSpacing>) -> Option<Measured> {
        let (value, unit) = match (self.kind, &self.points_px[..]) {
            (Kind::Length, [from, to]) => match spacing {
                Some(spacing) => (distance(*from, *to) * spacing.mm, Unit::Millimetre),
                None => (distance(*from, *to), Unit::Pixel),
            },
            (Kind::Angle, [from, vertex, to]) => (angle(*from, *vertex, *to)?, Unit::Degree),
            _ => return None,
        };
        Some(Measured { kind: self.kind, points_px: self.points_px.clone(), value, unit })
    }
}

/// The place of a point of the part of the film that is shown; in shares (0..=1) of it, across and down.
pub fn place((x, y): (f64, f64), shown: Region) -> Point {
    [f64::from(shown.x_px) + x * f64::from(shown.width_px), f64::from(shown.y_px) + y * f64::from(shown.height_px)]
}

/// The inverse of [`place`].
pub fn share([x, y]: Point, shown: Region) -> (f64, f64) {
    (
        (x - f64::from(shown.x_px)) / f64::from(shown.width_px.max(1)),
        (y - f64::from(shown.y_px)) / f64::from(shown.height_px.max(1)),
    )
}

fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// In degrees, 0 to 180.
fn angle(from: Point, vertex: Point, to: Point) -> Option<f64> {
    let [a, b] = [from, to].map(|end| [end[0] - vertex[0], end[1] - vertex[1]]);
    let (across, along) = (a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]);
    let has_arms = [from, to].iter().all(|end| distance(*end, vertex) >= SAME_POINT_PX);
    has_arms.then(|| across.abs().atan2(along).to_degrees())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use radiograph::SpacingPlane;

    use super::*;

    /// Tolerance in degrees or millimetres: the rounding error of f64 with coordinates of thousands of pixels.
    const SLACK: f64 = 1e-6;

    fn whole(kind: Kind, points: &[Point]) -> Measurement {
        Measurement { kind, points_px: points.to_vec() }
    }

    #[test]
    fn a_length_is_in_millimetres_where_the_file_tells_the_spacing() {
        let line = whole(Kind::Length, &[[10.0, 20.0], [310.0, 420.0]]);
        let spacing = PixelSpacing { mm: 0.14, plane: SpacingPlane::Detector };
        let told = |spacing| line.measured(spacing).map(|measured| (measured.value, measured.unit));
        assert_eq!(told(None), Some((500.0, Unit::Pixel)));
        let (mm, unit) = told(Some(spacing)).expect("whole");
        assert!((mm - 70.0).abs() < SLACK && unit == Unit::Millimetre, "{mm}");
    }

    #[test]
    fn what_lacks_a_point_or_an_arm_is_nothing() {
        assert_eq!(whole(Kind::Length, &[[1.0, 1.0]]).measured(None), None);
        assert_eq!(whole(Kind::Angle, &[[1.0, 1.0], [1.0, 1.0], [5.0, 5.0]]).measured(None), None);
        let mut begun = Measurement::begun(Kind::Angle);
        for point in [[1.0, 1.0], [1.2, 1.0], [9.0, 1.0], [9.0, 9.0]] {
            begun.add(point);
        }
        assert!(begun.is_whole(), "{begun:?}");
        begun.move_point(0, [9.0, 1.2]);
        assert_eq!(begun.points_px[0].map(f64::to_bits), [1.0f64, 1.0].map(f64::to_bits), "upon its neighbour");
        assert!((begun.measured(None).expect("whole").value - 90.0).abs() < SLACK);
    }

    #[test]
    fn a_place_is_found_again_on_another_part_of_the_film() {
        let part = Region { x_px: 100, y_px: 50, width_px: 400, height_px: 200 };
        let there = place((0.25, 0.5), part);
        assert!(distance(there, [200.0, 150.0]) < SLACK, "{there:?}");
        assert_eq!(share(there, part), (0.25, 0.5));
        assert_eq!(share(there, Region::whole(1000, 1000)), (0.2, 0.15));
    }

    proptest! {
        #[test]
        fn an_angle_is_the_difference_of_the_directions_of_its_arms(
            first in 0.0f64..360.0, between in 0.0f64..180.0, arms in (20.0f64..3000.0, 20.0f64..3000.0),
        ) {
            let end = |degrees: f64, length: f64| {
                let (sin, cos) = degrees.to_radians().sin_cos();
                [2000.0 + length * cos, 1500.0 + length * sin]
            };
            let points = [end(first, arms.0), [2000.0, 1500.0], end(first + between, arms.1)];
            let value = whole(Kind::Angle, &points).measured(None).expect("whole").value;
            prop_assert!((value - between).abs() < SLACK, "{} for {}", value, between);
            let other_way: Vec<Point> = points.into_iter().rev().collect();
            let same = whole(Kind::Angle, &other_way).measured(None).expect("whole").value;
            prop_assert!((same - value).abs() < SLACK);
        }
    }
}
