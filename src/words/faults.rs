//! Why there is no result, in words.

use analysis::error::Error;
use analysis::gate::Refusal;
use radiograph::{Adjustment, Fault, Foreign};

use super::english::Words;
use super::vocabulary::fill;

impl Words {
    /// Why there is no result, and what can be done.
    pub fn error(&self, error: &Error) -> String {
        match error {
            Error::File(fault) => self.fault(fault),
            Error::Weights(reason) => fill(self.error_weights(), [reason]),
            Error::Stopped => self.loading_stopped().to_owned(),
            Error::Compute(reason) => fill(self.error_compute(), [reason]),
        }
    }

    /// What is wrong with a file, and what its owner can do.
    pub fn fault(&self, fault: &Fault) -> String {
        let number = |number: &dyn std::fmt::Display| number.to_string();
        match fault {
            Fault::Empty => self.fault_empty().to_owned(),
            Fault::NotRead { reason } => fill(self.not_read(), [reason]),
            Fault::CutOff { kind } => fill(self.fault_cut_off(), [kind]),
            Fault::Damaged { kind, reason } => fill(self.fault_damaged(), [kind, reason]),
            Fault::TooManyBytes { megabytes, most } => fill(self.fault_bytes(), [number(megabytes), number(most)]),
            Fault::TooManyPixels { width, height, most_megapixels } => {
                fill(self.fault_pixels(), [number(width), number(height), number(most_megapixels)])
            }
            Fault::PartTooSmall { width, height, least } => {
                fill(self.fault_part(), [number(least), number(width), number(height)])
            }
            Fault::Foreign(what) => format!("{} {}", self.foreign(what), self.fault_foreign()),
            Fault::OtherModality(modality) => fill(self.fault_modality(), [self.modality(modality), modality]),
            Fault::NoPicture => self.fault_no_picture().to_owned(),
            Fault::Directory => self.fault_directory().to_owned(),
            Fault::OtherPacking(packing) => fill(self.fault_packing(), [packing]),
            Fault::OtherDepth { bits } => fill(self.fault_depth(), [number(bits)]),
        }
    }

    /// Why a picture is not judged, and what can be done.
    pub fn refusal(&self, reason: Refusal) -> String {
        let words = match reason {
            Refusal::Askew(_) => self.refusal_askew(),
            Refusal::Metal => self.remark_metal(),
            Refusal::LooksLike(part) => return fill(self.refusal_looks_like(), [self.body_part(part)]),
            Refusal::TooSmall => self.refusal_too_small(),
            Refusal::Colour => self.refusal_colour(),
            Refusal::Blank => self.refusal_blank(),
            Refusal::NotAKnee => self.refusal_not_a_knee(),
            Refusal::Drawing => self.refusal_drawing(),
            Refusal::Needs(Adjustment::Invert) => self.refusal_inverted(),
            Refusal::Needs(Adjustment::TurnLeft | Adjustment::TurnRight) => self.refusal_sideways(),
            Refusal::Needs(Adjustment::TurnOver) => self.refusal_upside_down(),
        };
        words.to_owned()
    }

    fn foreign(&self, what: &Foreign) -> String {
        let words = match what {
            Foreign::Picture(format) => return fill(self.foreign_picture(), [format]),
            Foreign::Pdf => self.foreign_pdf(),
            Foreign::Heic => self.foreign_heic(),
            Foreign::Video => self.foreign_video(),
            Foreign::Gif => self.foreign_gif(),
            Foreign::Svg => self.foreign_svg(),
            Foreign::Zip => self.foreign_zip(),
            Foreign::Text => self.foreign_text(),
            Foreign::Unknown => self.foreign_unknown(),
        };
        words.to_owned()
    }

    /// What a DICOM modality that is no radiograph is (PS3.3 C.7.3.1.1.1).
    fn modality(&self, modality: &str) -> &'static str {
        match modality {
            "CT" => self.modality_ct(),
            "MR" => self.modality_mr(),
            "US" => self.modality_us(),
            "NM" | "PT" => self.modality_nm(),
            "MG" => self.modality_mg(),
            "SR" => self.modality_sr(),
            "DOC" => self.modality_doc(),
            "PR" | "KO" => self.modality_pr(),
            _ => self.modality_other(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use crate::words::tests::of;

    /// Everything that can be wrong, once.
    fn faults() -> Vec<Fault> {
        let text = || "X".to_owned();
        let foreign = [
            Foreign::Pdf,
            Foreign::Heic,
            Foreign::Video,
            Foreign::Gif,
            Foreign::Svg,
            Foreign::Zip,
            Foreign::Text,
            Foreign::Unknown,
            Foreign::Picture(text()),
        ];
        let modalities = ["CT", "MR", "US", "NM", "MG", "SR", "DOC", "PR", "RTDOSE"];
        let mut all = vec![
            Fault::Empty,
            Fault::NotRead { reason: text() },
            Fault::CutOff { kind: text() },
            Fault::Damaged { kind: text(), reason: text() },
            Fault::TooManyBytes { megabytes: 65, most: 64 },
            Fault::TooManyPixels { width: 3, height: 4, most_megapixels: 64 },
            Fault::PartTooSmall { width: 3, height: 4, least: 128 },
            Fault::NoPicture,
            Fault::Directory,
            Fault::OtherPacking(text()),
            Fault::OtherDepth { bits: 32 },
        ];
        all.extend(foreign.map(Fault::Foreign));
        all.extend(modalities.map(|modality| Fault::OtherModality(modality.to_owned())));
        all
    }

    #[test]
    fn every_fault_is_told_in_every_language_with_its_values() {
        for language in Language::ALL {
            let mut told = Vec::new();
            for fault in faults() {
                let words = of(language).fault(&fault);
                assert!(words.chars().count() > 20 && !words.contains('{'), "{}: «{words}»", language.name());
                told.push(words);
            }
            told.sort();
            told.dedup();
            assert_eq!(told.len(), faults().len(), "{} tells two faults alike", language.name());
        }
    }
}
