//! A pass of a network over a knee, apart from its film: another worker may make it, and is handed nothing but numbers.

use networks::Activations;
use networks::kernels::cpu::Image;
use serde::{Deserialize, Serialize};

/// A pass that a film waits for.
pub struct Pass {
    /// The model's id.
    pub model: String,
    /// Which knee, from the left.
    pub knee: usize,
    /// What the network sees: `[side, side]`, normalised as the first channel is.
    pub picture: Vec<f32>,
}

/// How the numbers that a pass has given are to be parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Height, width and channels of the last feature maps.
    maps: [usize; 3],
    /// How many features the gate looks at.
    features: usize,
    /// How many classes are scored.
    scores: usize,
}

impl Parts {
    /// What a pass has given as numbers one after the other: maps, features, scores.
    pub fn of(given: Activations) -> (Self, Vec<f32>) {
        let Activations { maps, features, scores } = given;
        let parts =
            Self { maps: [maps.height, maps.width, maps.channels], features: features.len(), scores: scores.len() };
        let mut numbers = maps.values;
        numbers.extend(features);
        numbers.extend(scores);
        (parts, numbers)
    }

    /// The other way round; none when there are too few numbers, or too many.
    pub(crate) fn join(self, mut numbers: Vec<f32>) -> Option<Activations> {
        let [height, width, channels] = self.maps;
        let at = height * width * channels;
        let (features, scores) = numbers.get(at..)?.split_at_checked(self.features)?;
        if scores.len() != self.scores {
            return None;
        }
        let (features, scores) = (features.to_vec(), scores.to_vec());
        numbers.truncate(at);
        Some(Activations { maps: Image { height, width, channels, values: numbers }, features, scores })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pass_has_given_is_the_same_once_it_was_handed_over() {
        let maps = Image { height: 1, width: 2, channels: 2, values: vec![0.5, -1.0, 2.0, 3.0] };
        let given = Activations { maps, features: vec![4.0, 5.0], scores: vec![6.0, 7.0, 8.0] };
        let (parts, numbers) = Parts::of(given.clone());
        assert_eq!(numbers.len(), 9);
        assert_eq!(parts.join(numbers.clone()), Some(given));
        for cut in [0, 5, 7, 8] {
            assert_eq!(parts.join(numbers[..cut].to_vec()), None);
        }
    }
}
