//! A film, what is true of it, and what the models say.

use analysis::clinical::ClinicalModel;
use analysis::findings::Descriptor;
use analysis::prediction::{self, Class, Probabilities, Verdict};
use analysis::promises::Conformal;
use serde::{Deserialize, Serialize};
use statistics::judgement::Judgement;
use statistics::kept::Called;

use crate::entry::Entry;

/// A film of the table and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnFilm {
    /// What is known of it.
    pub entry: Entry,
    /// What the models say.
    pub answer: Answer,
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// It was judged.
    Judged {
        /// By the picture alone.
        verdict: Verdict,
        /// Every knee on it.
        knees: Vec<KneeAnswer>,
    },
    /// It is no picture of a knee.
    Refused,
    /// It could not be read.
    Failed,
}

/// What is said of a knee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KneeAnswer {
    /// Whether the models take it for a knee.
    pub is_known: bool,
    /// Each model's id and calibrated probabilities.
    pub models: Vec<(String, Probabilities)>,
    /// What the last layer of each model sees, by the model's id; empty where it was not kept.
    pub descriptors: Vec<(String, Vec<f32>)>,
}

impl Answer {
    /// Keeps what the last layers saw; knees in the order in which they were judged.
    pub fn describe(&mut self, descriptors: &[Descriptor]) {
        let Self::Judged { knees, .. } = self else { return };
        for (at, knee) in knees.iter_mut().enumerate() {
            let of_knee = descriptors.iter().filter(|one| one.knee == at);
            knee.descriptors = of_knee.map(|one| (one.model.clone(), one.means.clone())).collect();
        }
    }
}

impl OwnFilm {
    /// The knees that the models take for some.
    pub fn known_knees(&self) -> impl Iterator<Item = &KneeAnswer> {
        let knees: &[KneeAnswer] = if let Answer::Judged { knees, .. } = &self.answer { knees } else { &[] };
        knees.iter().filter(|knee| knee.is_known)
    }

    /// Of each known knee what is true and what is said by these models: a picture each, as the trainer scores them.
    pub fn judgements(&self, models: &[&str]) -> Vec<Judgement> {
        let said = |knee: &KneeAnswer| -> Vec<Probabilities> {
            knee.models.iter().filter(|(id, _)| models.contains(&id.as_str())).map(|(_, said)| *said).collect()
        };
        let judged = self.known_knees().map(said).filter(|said| said.len() == models.len());
        judged.map(|said| Judgement::new(&self.entry.person, self.entry.class, 0, said)).collect()
    }

    /// What the picture says of the film: the mean of its knees; none where one of them is not known.
    pub fn picture(&self) -> Option<Probabilities> {
        let Answer::Judged { knees, .. } = &self.answer else { return None };
        let combined = |knee: &KneeAnswer| -> Option<Probabilities> {
            let models: Vec<Probabilities> = knee.models.iter().map(|(_, said)| *said).collect();
            (knee.is_known && !models.is_empty()).then(|| prediction::combined(&models))
        };
        let knees: Vec<Probabilities> = knees.iter().map(combined).collect::<Option<_>>()?;
        (!knees.is_empty()).then(|| prediction::combined(&knees))
    }

    /// What the age says; none where it is not known, or outside what the model knows.
    pub fn by_age(&self, model: &ClinicalModel) -> Option<Probabilities> {
        model.probabilities(&[self.entry.age_years?])
    }

    /// The verdict by the picture alone, where there is one.
    pub fn called(&self) -> Option<Called> {
        let Answer::Judged { verdict, .. } = self.answer else { return None };
        Some(self.called_so(verdict, [true; 2]))
    }

    /// The verdict by age and picture, as the page gives it.
    pub fn called_with_age(&self, model: &ClinicalModel) -> Option<Called> {
        let joined = model.with_picture(&self.by_age(model)?, &self.picture()?);
        let is_possible = |least: &Probabilities| Conformal::possible(least, &joined).contains(&self.entry.class);
        let possible = [is_possible(&model.sets.least_80), is_possible(&model.sets.least_90)];
        Some(self.called_so(model.promises.verdict(model.sets.only(&joined)), possible))
    }

    fn called_so(&self, verdict: Verdict, possible: [bool; 2]) -> Called {
        Called { group: self.entry.person.clone(), class: self.entry.class, repeat: 0, verdict, possible }
    }

    /// What is true of the film, and what is said of it.
    pub fn judgement(&self, said: Probabilities) -> Judgement {
        Judgement::new(&self.entry.person, self.entry.class, 0, vec![said])
    }

    /// Whether it has bone loss: osteopenia or osteoporosis.
    pub fn has_bone_loss(&self) -> bool {
        self.entry.class != Class::Normal
    }
}
