//! What age, sex and the like tell without a picture: a logistic regression whose coefficients
//! can be read in the manifest, and its joining with what the picture says.

use serde::{Deserialize, Serialize};

use crate::prediction::{Class, Probabilities, probabilities};
use crate::promises::{Conformal, Promises};

/// One answer that the model asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicalInput {
    /// `age_years`, `weight_kg`, …; `female` is 1 for women and 0 for men.
    pub id: String,
    /// Smallest value among the people it was fitted to.
    pub low: f32,
    /// Largest value among them.
    pub high: f32,
    /// Change of each class's score per unit, in the order of [`Class::ALL`].
    pub coefficients: [f32; 3],
}

/// Multinomial logistic regression on a few answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicalModel {
    /// What is asked for.
    pub inputs: Vec<ClinicalInput>,
    /// Score of each class where all inputs are 0.
    pub offsets: [f32; 3],
    /// How much the picture counts beside the answers, 0 (not at all), 1 (as much) or more.
    pub picture_weight: f32,
    /// Which classes stay possible, by answers and picture.
    pub sets: Conformal,
    /// What verdicts from the answers are worth.
    pub promises: Promises,
}

impl ClinicalModel {
    /// Probability of each class from the answers, in the order of [`Self::inputs`].
    ///
    /// None when an answer lies outside what the model knows.
    pub fn probabilities(&self, answers: &[f32]) -> Option<Probabilities> {
        let mut scores = self.offsets;
        for (at, input) in self.inputs.iter().enumerate() {
            let answer = answers.get(at).copied().unwrap_or(f32::NAN);
            if !(input.low..=input.high).contains(&answer) {
                return None;
            }
            for (score, coefficient) in scores.iter_mut().zip(input.coefficients) {
                *score += coefficient * answer;
            }
        }
        Some(probabilities(&scores, &Class::ALL, 1.0))
    }

    /// Answers and picture together: independent evidence multiplies, the picture's the less the
    /// weaker it is.
    pub fn with_picture(&self, clinical: &Probabilities, picture: &Probabilities) -> Probabilities {
        joined(clinical, picture, self.picture_weight)
    }
}

/// `clinical · picture^weight`, so that it sums to 1.
pub fn joined(clinical: &Probabilities, picture: &Probabilities, weight: f32) -> Probabilities {
    let scores: [f32; 3] =
        std::array::from_fn(|class| clinical[class].max(1e-6).ln() + weight * picture[class].max(1e-6).ln());
    probabilities(&scores, &Class::ALL, 1.0)
}

/// The number typed into a field, in Latin, Arabic or Persian digits, with point or comma, if it lies between
/// these two.
pub fn typed(text: &str, (low, high): (f32, f32)) -> Option<f32> {
    let latin = |letter: char| match letter {
        '٠'..='٩' => char::from_digit(letter as u32 - '٠' as u32, 10).unwrap_or(letter),
        '۰'..='۹' => char::from_digit(letter as u32 - '۰' as u32, 10).unwrap_or(letter),
        ',' | '٫' => '.',
        other => other,
    };
    let text: String = text.trim().chars().map(latin).collect();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = [whole, part].concat();
    // No sign, no exponent. The tables by which f32 reads any number would be a thirtieth of the page.
    let number: u32 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let value = (f64::from(number) / 10f64.powi(part.len() as i32)) as f32;
    (low..=high).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> ClinicalModel {
        ClinicalModel {
            inputs: vec![ClinicalInput {
                id: "age_years".into(),
                low: 20.0,
                high: 90.0,
                coefficients: [-0.1, 0.0, 0.1],
            }],
            offsets: [5.0, 0.0, -6.0],
            picture_weight: 0.5,
            sets: Conformal { least_80: [0.4; 3], least_90: [0.2; 3] },
            promises: Promises { of: [None; 3], coverage: 0.0 },
        }
    }

    #[test]
    fn the_old_are_at_more_risk_than_the_young() {
        let (young, old) =
            (model().probabilities(&[30.0]).expect("known"), model().probabilities(&[80.0]).expect("known"));
        assert!(young[0] > old[0] && young[2] < old[2]);
    }

    #[test]
    fn an_answer_out_of_range_has_no_probabilities() {
        for answers in [&[12.0][..], &[120.0], &[f32::NAN], &[]] {
            assert_eq!(model().probabilities(answers), None);
        }
    }

    #[test]
    fn numbers_are_read_in_the_digits_of_every_language_and_within_their_range() {
        for (text, value) in [
            ("63", Some(63.0)),
            (" 63,5 ", Some(63.5)),
            ("٦٣٫٥", Some(63.5)),
            ("۶۳", Some(63.0)),
            ("", None),
            ("NaN", None),
            ("inf", None),
            ("1e9", None),
            ("-1", None),
            ("6 3", None),
            ("63.", Some(63.0)),
            ("63.25", Some(63.25)),
            ("+63", None),
            ("63.2.5", None),
            (".", None),
            ("99999999999", None),
        ] {
            assert_eq!(typed(text, (18.0, 110.0)), value, "{text}");
        }
    }

    #[test]
    fn a_picture_that_knows_nothing_changes_nothing() {
        let clinical = [0.2, 0.5, 0.3];
        let together = model().with_picture(&clinical, &[1.0 / 3.0; 3]);
        assert!(clinical.iter().zip(together).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
