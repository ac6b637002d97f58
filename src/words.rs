//! Every word a user reads. English is part of the page; any other language is a file of the site (`public/words`) that
//! is fetched when it is spoken, so that nobody waits for words that they do not read.

mod english;
mod faults;
mod language;
mod notes;
mod vocabulary;

pub use english::ENGLISH;
pub use language::Language;
pub use vocabulary::{Words, fill};

#[cfg(test)]
mod tests {
    use super::vocabulary::names;
    use super::*;

    /// Names and texts of a language.
    fn all(language: Language) -> Vec<(&'static str, &'static str)> {
        names().zip(of(language).all()).collect()
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
        assert_eq!(wrong(&lacking.join("\n")), "lacking, double or unknown: close");
        assert_eq!(wrong(&format!("{spanish}unheard = of\n")), "lacking, double or unknown: unheard");
        assert_eq!(wrong(&format!("{spanish}close = Cierra\n")), "lacking, double or unknown: close");
        assert_eq!(wrong(&spanish.replacen("\nclose = ", "\nshut = ", 1)), "lacking, double or unknown: close, shut");
        let mut turned: Vec<&str> = spanish.lines().collect();
        turned.reverse();
        let whole = Words::read(turned.join("\n").leak()).expect("in any order");
        assert_eq!((whole.close, whole.row("women"), whole.row("unheard")), ("Cerrar", "mujeres", "unheard"));
    }

    fn placeholders(text: &str) -> Vec<usize> {
        assert!(!text.contains("{}"), "a value has no number: «{text}»");
        (0..9).filter(|at| text.contains(&format!("{{{at}}}"))).collect()
    }

    #[test]
    fn no_language_lacks_a_word_or_a_value() {
        let plural = |name: &str| name.starts_with("files_");
        for language in Language::ALL {
            for ((name, text), (_, english)) in all(language).into_iter().zip(all(Language::English)) {
                assert!(!text.trim().is_empty() || english.is_empty(), "{}: {name}", language.name());
                assert!(plural(name) || placeholders(text) == placeholders(english), "{}: {name}", language.name());
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

    /// What the trainer may call a row, the page must be able to say.
    #[test]
    fn every_row_of_the_model_card_is_translated() {
        let card: serde_json::Value =
            serde_json::from_str(include_str!("../weights/model_card.json")).expect("committed and sound");
        let named = |rows: &serde_json::Value, key: &str| -> Vec<String> {
            let rows = rows.as_array().expect("rows");
            rows.iter().filter_map(|row| row[key].as_str()).map(str::to_owned).collect()
        };
        let mut names = named(&card["grouped"]["models"], "name");
        names.extend(named(&card["grouped"]["subgroups"], "name"));
        names.extend(named(&card["clinical"]["models"], "name"));
        names.extend(named(&card["file_level"]["reported"], "name"));
        names.extend(named(&card["gate"], "origin"));
        for name in
            names.iter().filter(|name| !["custom-cnn", "resnet18", "combined", "ResNet18"].contains(&name.as_str()))
        {
            assert_ne!(of(Language::Spanish).row(name), name, "Spanish");
            assert_ne!(of(Language::Arabic).row(name), name, "Arabic");
        }
    }
}
