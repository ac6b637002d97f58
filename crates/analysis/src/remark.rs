//! What a reader should mind beside a result. The verdict stays.

use serde::{Deserialize, Serialize};

use crate::knees::Position;
use crate::side::Side;

/// Something on a film that the models did not learn from, or that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remark {
    /// A knee holds a patch as bright and hard-edged as metal.
    Metal,
    /// Of two knees each lies where the other should, by its fibula, as where two films were joined in the wrong order. A film
    /// of two knees that is mirrored as a whole contradicts nothing.
    Swapped,
    /// By its fibula it is the other knee than the file says, or the film is mirrored.
    OtherSide,
    /// A last layer that was fitted to other films than those of the shipped models has judged it.
    OwnHead,
}

impl Remark {
    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Metal => "metal",
            Self::Swapped => "swapped",
            Self::OtherSide => "other-side",
            Self::OwnHead => "own-head",
        }
    }
}

/// What the sides of the knees on a film, from left to right, contradict: each other, or the file. A film is looked at as
/// if the person faced the reader (PS3.3, C.7.6.1.1.1): the right knee lies at the left.
pub fn of_sides(knees: &[(Position, Option<Side>)], said: Option<Side>) -> Option<Remark> {
    match knees {
        [(Position::Left, Some(Side::Left)), (Position::Right, Some(Side::Right))] => Some(Remark::Swapped),
        [(Position::Only, Some(side))] if said.is_some_and(|said| said != *side) => Some(Remark::OtherSide),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_contradiction_is_told() {
        let (left, right) = (Some(Side::Left), Some(Side::Right));
        let two = |at_left, at_right| of_sides(&[(Position::Left, at_left), (Position::Right, at_right)], None);
        assert_eq!([two(right, left), two(left, left), two(None, right)], [None; 3]);
        assert_eq!(two(left, right), Some(Remark::Swapped));
        let one = |side, said| of_sides(&[(Position::Only, side)], said);
        assert_eq!([one(left, left), one(left, None), one(None, right)], [None; 3]);
        assert_eq!(one(left, right), Some(Remark::OtherSide));
        assert_eq!(of_sides(&[], right), None);
    }
}
