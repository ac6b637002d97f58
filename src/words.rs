//! Every word a user reads. English is part of the page; any other language is a file of the site (`public/words`) that
//! is fetched when it is spoken, so that nobody waits for words that they do not read.

mod english;
mod faults;
mod language;
mod notes;
mod vocabulary;

pub use english::{ENGLISH, Words};
pub use language::Language;
pub use vocabulary::fill;

#[cfg(test)]
mod tests {
    use statistics::document::{Block, Said};

    use super::english::names;
    use super::*;

    /// Names and texts of a language, those of the model card after the others.
    fn all(language: Language) -> Vec<(String, String)> {
        let words = of(language);
        let page = names().zip(words.texts).map(|(name, text)| (name.to_owned(), text.to_owned()));
        let card = of_card().into_iter().map(|(name, english)| {
            let text = words.card(&name, &english).to_owned();
            (name, text)
        });
        page.chain(card).collect()
    }

    /// Names and English texts that the model card needs.
    fn of_card() -> Vec<(String, String)> {
        fn of(said: &Said, all: &mut Vec<(String, String)>) {
            match said {
                Said::Words { name, english, values } => {
                    all.push((name.clone(), english.clone()));
                    for value in values {
                        of(value, all);
                    }
                }
                Said::Joined { parts, .. } => {
                    for part in parts {
                        of(part, all);
                    }
                }
                _ => {}
            }
        }
        let blocks: Vec<Block> = postcard::from_bytes(include_bytes!("../weights/model_card.bin")).expect("sound");
        let mut all = Vec::new();
        for block in &blocks {
            match block {
                Block::Title(said) | Block::Paragraph(said) | Block::Lead(said) | Block::Remark(said) => {
                    of(said, &mut all);
                }
                Block::Table { heads, rows } => {
                    for said in heads.iter().chain(rows.iter().flatten()) {
                        of(said, &mut all);
                    }
                }
                Block::Charts { .. } => {}
            }
        }
        all.sort();
        all.dedup();
        all
    }

    pub(super) fn of(language: Language) -> Words {
        if language == Language::English { ENGLISH } else { Words::read(file_of(language)).expect("whole") }
    }

    fn file_of(language: Language) -> &'static str {
        let file = language.file().map(|file| std::fs::read_to_string(format!("public/{file}")).expect("committed"));
        file.unwrap_or_default().leak()
    }

    #[test]
    fn a_word_too_few_too_many_or_of_another_name_names_itself() {
        let wrong = |file: &str| Words::read(file.to_owned().leak()).err().unwrap_or_default();
        let spanish = file_of(Language::Spanish);
        assert!(wrong("<!doctype html>\n<title>404 = not found</title>").contains("tagline"));
        let lacking: Vec<&str> = spanish.lines().filter(|line| !line.starts_with("close = ")).collect();
        assert_eq!(wrong(&lacking.join("\n")), "missing, duplicate or unknown keys: close");
        assert_eq!(wrong(&format!("{spanish}unheard = of\n")), "missing, duplicate or unknown keys: unheard");
        assert_eq!(wrong(&format!("{spanish}close = Cierra\n")), "missing, duplicate or unknown keys: close");
        assert_eq!(
            wrong(&spanish.replacen("\nclose = ", "\nshut = ", 1)),
            "missing, duplicate or unknown keys: close, shut"
        );
        let mut turned: Vec<&str> = spanish.lines().collect();
        turned.reverse();
        let whole = Words::read(turned.join("\n").leak()).expect("in any order");
        let of_card = [whole.card("women", "women"), whole.card("unheard", "as it is")];
        assert_eq!((whole.close(), of_card), ("Cerrar", ["mujeres", "as it is"]));
    }

    fn placeholders(text: &str) -> Vec<usize> {
        assert!(!text.contains("{}"), "a value has no number: «{text}»");
        (0..9).filter(|at| text.contains(&format!("{{{at}}}"))).collect()
    }

    #[test]
    fn no_language_lacks_a_word_or_a_value() {
        let plural = |name: &str| name.starts_with("files_");
        for language in Language::ALL {
            for ((name, text), (_, english)) in all(language).iter().zip(all(Language::English)) {
                assert!(!text.trim().is_empty() || english.is_empty(), "{}: {name}", language.name());
                assert!(plural(name) || placeholders(text) == placeholders(&english), "{}: {name}", language.name());
            }
        }
    }

    #[test]
    fn no_language_claims_more_than_the_models_can() {
        const CLAIMS: [&str; 14] = [
            "proves",
            "diagnoses",
            "t-score of",
            "detects osteoporosis",
            "you have osteoporosis",
            "guarantee",
            "demuestra",
            "diagnostica",
            "puntuación t de",
            "usted tiene osteoporosis",
            "garantiza",
            "يثبت",
            "يشخّص",
            "أنت مصاب",
        ];
        for language in Language::ALL {
            for (name, text) in all(language) {
                for claim in CLAIMS {
                    assert!(!text.to_lowercase().contains(claim), "{}: {name} says «{claim}»", language.name());
                }
            }
        }
    }

    /// Whether the text of this name is one that patients read.
    fn is_for_patients(name: &str) -> bool {
        const NAMES: [&str; 6] =
            ["tagline", "limits", "first_questions_note", "clinical_form_note", "straighten_hint", "crop_hint"];
        const BEGINNINGS: [&str; 12] = [
            "privacy", "drop_", "notice_", "refusal_", "fault_", "foreign_", "age_", "reasons_", "reason_", "quality_",
            "offline_", "remark_",
        ];
        const VERDICTS: [&str; 6] = ["normal", "osteopenia", "osteoporosis", "uncertain", "refused", "error"];
        let is_of_verdict = name
            .rsplit_once('_')
            .is_some_and(|(verdict, part)| VERDICTS.contains(&verdict) && ["title", "meaning", "next"].contains(&part));
        is_of_verdict || NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
    }

    /// As many as there are groups of vowels; an e at the end is silent after a consonant.
    fn syllables(word: &str) -> usize {
        let is_vowel = |letter: char| "aeiouy".contains(letter.to_ascii_lowercase());
        let groups = word.split(|letter: char| !is_vowel(letter)).filter(|group| !group.is_empty()).count();
        let is_silent = word.strip_suffix('e').is_some_and(|before| !before.ends_with(is_vowel));
        groups.saturating_sub(usize::from(is_silent)).max(1)
    }

    /// How many words, sentences and syllables a text has. Placeholders have no letters and do not count.
    fn counted(text: &str) -> [usize; 3] {
        let has_letter = |part: &&str| part.contains(char::is_alphabetic);
        let sentences = text.split(['.', '!', '?']).filter(has_letter).count();
        let text = text.replace(['\'', '’'], "");
        let words: Vec<&str> = text.split(|letter: char| !letter.is_alphabetic()).filter(has_letter).collect();
        [words.len(), sentences, words.iter().map(|word| syllables(word)).sum()]
    }

    /// The school year in which a text is understood (Kincaid et al., "Derivation of new readability formulas", 1975).
    fn grade([words, sentences, syllables]: [usize; 3]) -> f64 {
        0.39 * words as f64 / sentences as f64 + 11.8 * syllables as f64 / words as f64 - 15.59
    }

    #[test]
    fn what_patients_read_can_be_understood_at_the_age_of_twelve() {
        /// The school year in which children turn twelve or thirteen.
        const AT_TWELVE: f64 = 7.0;
        assert_eq!(["the", "bone", "knee", "doctor", "emergency"].map(syllables), [1, 1, 1, 2, 4]);
        assert_eq!(counted("It’s {0} of 100 people. Ask a doctor!"), [6, 2, 7]);
        let mut texts: Vec<(&str, [usize; 3])> = names()
            .zip(ENGLISH.texts)
            .filter(|(name, _)| is_for_patients(name))
            .map(|(name, text)| (name, counted(text)))
            .filter(|(_, [words, ..])| *words >= 3)
            .collect();
        texts.sort_by(|a, b| grade(b.1).total_cmp(&grade(a.1)));
        for (name, of) in &texts[..5] {
            println!("{name}: grade {:.1}", grade(*of));
        }
        let sum = |at: usize| texts.iter().map(|(_, of)| of[at]).sum::<usize>();
        let all = grade([sum(0), sum(1), sum(2)]);
        println!("{} texts together: grade {all:.1}", texts.len());
        assert!(texts.len() > 80 && all <= AT_TWELVE, "{} texts of grade {all:.1}", texts.len());
    }

    /// What evaluation writes, the page must be able to say.
    #[test]
    fn every_text_of_the_model_card_is_translated() {
        let needed = of_card();
        assert!(needed.len() > 80);
        for language in [Language::Spanish, Language::Arabic] {
            let words = of(language);
            for (name, _) in &needed {
                assert_ne!(words.card(name, ""), "", "{}: {name}", language.name());
            }
        }
    }
}
