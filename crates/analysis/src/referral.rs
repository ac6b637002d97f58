//! Reasons to ask for DXA that hold whatever a picture says.
//!
//! After the indications for bone density testing in the 2019 Official Positions of the International
//! Society for Clinical Densitometry (adult positions), with a parent's hip fracture from the risk
//! factors of FRAX (Kanis et al., Osteoporos Int 2008). They are told, not counted: no risk is computed.

/// What a person says of themselves; what is not said is not held against them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Answers {
    /// In years.
    pub age_years: Option<f32>,
    /// Woman or man, where it was said.
    pub sex: Option<Sex>,
    /// Whether the periods have stopped.
    pub is_after_menopause: bool,
    /// In kilograms.
    pub weight_kg: Option<f32>,
    /// In centimetres.
    pub height_cm: Option<f32>,
    /// A bone broken in a fall from standing height or less, as an adult.
    pub had_fracture: bool,
    /// Mother or father broke a hip.
    pub parent_broke_hip: bool,
    /// Cortisone tablets for three months or more.
    pub takes_cortisone: bool,
}

/// As the indications tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Sex {
    Woman,
    Man,
}

/// Why DXA makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A woman from 65, or anybody from 70.
    Age,
    /// A bone broken in a small fall.
    Fracture,
    /// Medicine that costs bone.
    Cortisone,
    /// A body-mass index under [`LOW_BMI`], after menopause or from 50.
    LowWeight,
    /// A parent's hip fracture, after menopause or from 50.
    ParentsHip,
    /// Menopause before [`EARLY_YEARS`]: FRAX counts it among the causes of secondary osteoporosis.
    EarlyMenopause,
}

/// Menopause is early below this age, after FRAX.
pub const EARLY_YEARS: f32 = 45.0;

/// Kilograms by square metre; the positions say “low body weight”, FRAX counts from here.
pub const LOW_BMI: f32 = 20.0;

impl Answers {
    /// Weight over the square of the height, in kg/m².
    pub fn body_mass_index(&self) -> Option<f32> {
        let (weight_kg, height_m) = (self.weight_kg?, self.height_cm? / 100.0);
        Some(weight_kg / (height_m * height_m))
    }

    /// All reasons that hold.
    pub fn reasons(&self) -> Vec<Reason> {
        let is_from = |age: f32| self.age_years.is_some_and(|years| years >= age);
        let is_woman = self.sex == Some(Sex::Woman);
        // The positions speak of women after or in the change and of men; 50 is this page's reading of both.
        let counts = (is_woman && self.is_after_menopause) || is_from(50.0);
        [
            (Reason::Age, (is_woman && is_from(65.0)) || is_from(70.0)),
            (Reason::Fracture, self.had_fracture),
            (Reason::Cortisone, self.takes_cortisone),
            (Reason::LowWeight, counts && self.body_mass_index().is_some_and(|index| index < LOW_BMI)),
            (Reason::ParentsHip, counts && self.parent_broke_hip),
            (
                Reason::EarlyMenopause,
                is_woman && self.is_after_menopause && self.age_years.is_some_and(|years| years < EARLY_YEARS),
            ),
        ]
        .into_iter()
        .filter_map(|(reason, holds)| holds.then_some(reason))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_no_reason() {
        assert_eq!(Answers::default().reasons(), []);
    }

    #[test]
    fn women_from_65_and_men_from_70_have_a_reason() {
        for (sex, from) in [(Sex::Woman, 65.0), (Sex::Man, 70.0)] {
            let of_age = |age_years| Answers { age_years: Some(age_years), sex: Some(sex), ..Answers::default() };
            assert_eq!(of_age(from).reasons(), [Reason::Age]);
            assert_eq!(of_age(from - 1.0).reasons(), []);
            assert_eq!(Answers { sex: None, ..of_age(70.0) }.reasons(), [Reason::Age], "holds for both");
        }
    }

    #[test]
    fn menopause_before_45_is_a_reason_of_its_own() {
        let of_age = |age_years, sex| Answers {
            age_years: Some(age_years),
            sex: Some(sex),
            is_after_menopause: true,
            ..Answers::default()
        };
        assert_eq!(of_age(35.0, Sex::Woman).reasons(), [Reason::EarlyMenopause]);
        assert_eq!(of_age(45.0, Sex::Woman).reasons(), []);
        assert_eq!(of_age(35.0, Sex::Man).reasons(), []);
    }

    #[test]
    fn a_fracture_or_cortisone_counts_at_any_age() {
        let young = Answers { age_years: Some(30.0), had_fracture: true, takes_cortisone: true, ..Answers::default() };
        assert_eq!(young.reasons(), [Reason::Fracture, Reason::Cortisone]);
    }

    #[test]
    fn low_weight_and_a_parents_hip_count_after_menopause_and_from_50() {
        let light = Answers {
            sex: Some(Sex::Woman),
            weight_kg: Some(50.0),
            height_cm: Some(165.0),
            parent_broke_hip: true,
            ..Answers::default()
        };
        assert!((light.body_mass_index().expect("both are known") - 18.365).abs() < 1e-2);
        assert_eq!(light.reasons(), []);
        let both = [Reason::LowWeight, Reason::ParentsHip];
        assert_eq!(Answers { is_after_menopause: true, ..light }.reasons(), both);
        assert_eq!(Answers { sex: Some(Sex::Man), age_years: Some(50.0), ..light }.reasons(), both);
        assert_eq!(Answers { sex: Some(Sex::Man), age_years: Some(49.0), ..light }.reasons(), []);
    }
}
