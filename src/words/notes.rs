//! How a file was read, where it can be read in more than one way, in words.

use analysis::body_part::BodyPart;
use analysis::remark::Remark;
use radiograph::Note;

use super::english::Words;
use super::vocabulary::fill;

impl Words {
    /// What was chosen, and what the person should check.
    pub fn note(&self, note: Note) -> String {
        match note {
            Note::TableUnusable => self.note_table_unusable().to_owned(),
            Note::TableDepth => self.note_table_depth().to_owned(),
            Note::WindowUnusable => self.note_window_unusable().to_owned(),
            Note::RescaleUnusable => self.note_rescale_unusable().to_owned(),
            Note::PolarityContradiction => self.note_polarity_contradiction().to_owned(),
            Note::PolarityUnknown => self.note_polarity_unknown().to_owned(),
            Note::Shutter => self.note_shutter().to_owned(),
            Note::ShutterUnusable => self.note_shutter_unusable().to_owned(),
            Note::Stretched { percent } => fill(self.note_stretched(), [percent.to_string()]),
            Note::AspectUnusable => self.note_aspect_unusable().to_owned(),
            Note::SignContradiction => self.note_sign_contradiction().to_owned(),
            Note::PackingContradiction => self.note_packing_contradiction().to_owned(),
            Note::Page { number, of } => fill(self.note_page(), [number.to_string(), of.to_string()]),
            Note::Transparent => self.note_transparent().to_owned(),
        }
    }

    /// What a refused film shows.
    pub fn body_part(&self, part: BodyPart) -> &'static str {
        match part {
            BodyPart::Hand => self.part_hand(),
            BodyPart::Arm => self.part_arm(),
            BodyPart::Shoulder => self.part_shoulder(),
            BodyPart::Chest => self.part_chest(),
            BodyPart::Spine => self.part_spine(),
            BodyPart::Hip => self.part_hip(),
            BodyPart::Foot => self.part_foot(),
            BodyPart::Head => self.part_head(),
        }
    }

    /// What to mind beside a result.
    pub fn remark(&self, remark: Remark) -> &'static str {
        match remark {
            Remark::Metal => self.remark_metal(),
            Remark::Swapped | Remark::OtherSide => self.remark_side(),
            Remark::OwnHead => self.remark_own_head(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use crate::words::tests::of;

    #[test]
    fn every_note_is_told_in_every_language_with_its_values() {
        let notes = [
            Note::TableUnusable,
            Note::TableDepth,
            Note::WindowUnusable,
            Note::RescaleUnusable,
            Note::PolarityContradiction,
            Note::PolarityUnknown,
            Note::Shutter,
            Note::ShutterUnusable,
            Note::Stretched { percent: 200 },
            Note::AspectUnusable,
            Note::SignContradiction,
            Note::PackingContradiction,
            Note::Page { number: 2, of: 3 },
            Note::Transparent,
        ];
        for language in Language::ALL {
            let told = notes.map(|note| of(language).note(note));
            for (at, words) in told.iter().enumerate() {
                assert!(words.chars().count() > 20 && !words.contains('{'), "{}: «{words}»", language.name());
                assert!(!told[..at].contains(words), "{}: «{words}» twice", language.name());
            }
        }
    }
}
