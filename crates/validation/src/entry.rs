//! A row of a table → what is known of a film. What cannot be used says why; nothing is guessed.

use std::collections::BTreeMap;

use analysis::prediction::Class;
use serde::{Deserialize, Serialize};

use crate::columns::{Columns, Meaning};
use crate::located::NotLocated;
use crate::table::{Row, Table};

/// From which T-scores on, downwards, bone is osteopenic and osteoporotic (World Health Organization, 1994).
const LIMITS: [f64; 2] = [-1.0, -2.5];
/// T-scores that people have.
const T_SCORES: std::ops::RangeInclusive<f64> = -8.0..=6.0;
/// Ages that people have, in years.
const AGES: std::ops::RangeInclusive<f64> = 0.0..=120.0;

/// Woman or man.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// Female.
    Woman,
    /// Male.
    Man,
}

/// What a table says of a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The line of the table.
    pub line: u64,
    /// The file's name, as in the table.
    pub file: String,
    /// The truth.
    pub class: Class,
    /// Whose film it is; the file's name where the table does not say.
    pub person: String,
    /// At the film, in years.
    pub age_years: Option<f32>,
    /// Of the person.
    pub sex: Option<Sex>,
    /// Value of each column that parts the films into subgroups.
    pub subgroups: BTreeMap<String, String>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// It has too many cells, or too few.
    #[error("it has {cells} cells, the table has {heads} heads (a decimal comma outside quotation marks parts a cell)")]
    Cells {
        /// Of the row.
        cells: usize,
        /// Of the table.
        heads: usize,
    },
    /// No file is named.
    #[error("it names no file")]
    NoFile,
    /// Neither class nor T-score.
    #[error("it says neither class nor T-score")]
    NoTruth,
    /// A class that is not known.
    #[error("«{text}» is no class that is known: say what it means by `--class-name NAME=CLASS`")]
    UnknownClass {
        /// As in the table.
        text: String,
    },
    /// What should be a number looks like a date: spreadsheets make dates of numbers.
    #[error("{meaning} «{text}» looks like a date: spreadsheets turn numbers into dates")]
    Date {
        /// What it should be.
        meaning: Meaning,
        /// As in the table.
        text: String,
    },
    /// What should be a number is none.
    #[error("{meaning} «{text}» is no number")]
    NoNumber {
        /// What it should be.
        meaning: Meaning,
        /// As in the table.
        text: String,
    },
    /// A number that cannot be true.
    #[error("{meaning} «{text}» cannot be true ({low} to {high})")]
    OutOfRange {
        /// What it should be.
        meaning: Meaning,
        /// As in the table.
        text: String,
        /// Smallest possible.
        low: f64,
        /// Largest possible.
        high: f64,
    },
    /// Class and T-score contradict each other.
    #[error("its class «{class}» contradicts its T-score «{t_score}»")]
    Contradiction {
        /// As in the table.
        class: String,
        /// As in the table.
        t_score: String,
    },
    /// Its name stands for no file, or for more than one.
    #[error("{0}")]
    NotLocated(NotLocated),
    /// A sex that is not known.
    #[error("«{text}» is neither woman nor man")]
    UnknownSex {
        /// As in the table.
        text: String,
    },
}

impl Trouble {
    /// What kind it is, without what stands in the table.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Cells { .. } => "it has more or fewer cells than heads",
            Self::NoFile => "it names no file",
            Self::NoTruth => "it says neither class nor T-score",
            Self::UnknownClass { .. } => "its class is not known",
            Self::Date { .. } => "a number looks like a date",
            Self::NoNumber { .. } => "what should be a number is none",
            Self::OutOfRange { .. } => "a number cannot be true",
            Self::Contradiction { .. } => "class and T-score contradict each other",
            Self::NotLocated(_) => "its file was not found",
            Self::UnknownSex { .. } => "its sex is not known",
        }
    }
}

/// What is wrong with a row, and whether it is left out for that.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The line of the table.
    pub line: u64,
    /// The file's name, if it has one.
    pub file: String,
    /// What is wrong.
    pub trouble: Trouble,
    /// Or only this value of it.
    pub leaves_out_row: bool,
}

/// What the words of a table mean, beyond those that are known.
pub type ClassNames = BTreeMap<String, Class>;

/// Every row that can be used, and what is wrong with the others. `names` has further names of classes, such as "0".
pub fn entries(table: &Table, columns: &Columns, names: &ClassNames) -> (Vec<Entry>, Vec<Told>) {
    let (mut entries, mut told) = (Vec::new(), Vec::new());
    let written = |row: &'_ Row, meaning| columns.place(meaning).and_then(|at| row.cells.get(at).cloned());
    // Where H is a man (hombre, homme), M is a woman (mujer) or nobody knows.
    let has_h =
        table.rows.iter().any(|row| written(row, Meaning::Sex).is_some_and(|sex| sex.eq_ignore_ascii_case("h")));
    for row in &table.rows {
        let cell = |meaning| match columns.place(meaning).and_then(|at| row.cells.get(at)) {
            Some(cell) if !is_missing(cell) => cell.as_str(),
            _ => "",
        };
        let file = cell(Meaning::File).to_owned();
        let mut tell = |trouble, leaves_out_row| {
            told.push(Told { line: row.line, file: file.clone(), trouble, leaves_out_row });
        };
        let class = match truth(table, row, cell, names) {
            Ok(class) => class,
            Err(trouble) => {
                tell(trouble, true);
                continue;
            }
        };
        let age_years = match number(Meaning::Age, cell(Meaning::Age), AGES) {
            Ok(age) => age.map(|age| age as f32),
            Err(trouble) => {
                tell(trouble, false);
                None
            }
        };
        let sex = match sex(cell(Meaning::Sex), has_h) {
            Ok(sex) => sex,
            Err(trouble) => {
                tell(trouble, false);
                None
            }
        };
        let person = match cell(Meaning::Person) {
            "" => file.clone(),
            person => person.to_owned(),
        };
        let subgroups = columns.subgroups.iter().filter_map(|(head, at)| {
            let value = row.cells.get(*at).filter(|value| !value.is_empty())?;
            Some((head.clone(), value.clone()))
        });
        entries.push(Entry {
            line: row.line,
            person,
            class,
            age_years,
            sex,
            subgroups: subgroups.collect(),
            file: file.clone(),
        });
    }
    (entries, told)
}

fn truth<'a>(
    table: &Table,
    row: &Row,
    cell: impl Fn(Meaning) -> &'a str,
    names: &ClassNames,
) -> Result<Class, Trouble> {
    if row.cells.len() != table.heads.len() {
        return Err(Trouble::Cells { cells: row.cells.len(), heads: table.heads.len() });
    }
    if cell(Meaning::File).is_empty() {
        return Err(Trouble::NoFile);
    }
    let (called, measured) = (cell(Meaning::Class), cell(Meaning::TScore));
    let by_name = match called {
        "" => None,
        text => Some(class(text, names).ok_or_else(|| Trouble::UnknownClass { text: text.to_owned() })?),
    };
    let by_score = number(Meaning::TScore, measured, T_SCORES)?.map(class_of_t_score);
    match (by_name, by_score) {
        (None, None) => Err(Trouble::NoTruth),
        (Some(a), Some(b)) if a != b => {
            Err(Trouble::Contradiction { class: called.to_owned(), t_score: measured.to_owned() })
        }
        (Some(class), _) | (None, Some(class)) => Ok(class),
    }
}

/// The class of a T-score: osteopenia below -1, osteoporosis from -2.5 on.
pub fn class_of_t_score(t_score: f64) -> Class {
    if t_score <= LIMITS[1] {
        Class::Osteoporosis
    } else if t_score < LIMITS[0] {
        Class::Osteopenia
    } else {
        Class::Normal
    }
}

fn class(text: &str, names: &ClassNames) -> Option<Class> {
    if let Some(class) = names.get(text) {
        return Some(*class);
    }
    match text.to_lowercase().as_str() {
        "normal" | "healthy" | "sano" => Some(Class::Normal),
        "osteopenia" | "osteopenic" | "osteopenie" => Some(Class::Osteopenia),
        "osteoporosis" | "osteoporotic" | "osteoporose" => Some(Class::Osteoporosis),
        _ => None,
    }
}

/// As spreadsheets and statistics programs write that nothing is known.
fn is_missing(cell: &str) -> bool {
    matches!(cell.to_lowercase().as_str(), "" | "na" | "n/a" | "nan" | "-" | "–" | "none" | "null" | "unknown")
}

fn sex(text: &str, has_h: bool) -> Result<Option<Sex>, Trouble> {
    match text.to_lowercase().as_str() {
        "" => Ok(None),
        "m" if has_h => Err(Trouble::UnknownSex { text: text.to_owned() }),
        "f" | "w" | "female" | "woman" | "weiblich" | "mujer" | "femenino" | "femme" => Ok(Some(Sex::Woman)),
        "m" | "male" | "man" | "männlich" | "hombre" | "masculino" | "homme" => Ok(Some(Sex::Man)),
        // Numbers mean this or that, by the one who wrote them.
        _ => Err(Trouble::UnknownSex { text: text.to_owned() }),
    }
}

/// With a decimal point or comma; none where nothing is written.
fn number(meaning: Meaning, text: &str, range: std::ops::RangeInclusive<f64>) -> Result<Option<f64>, Trouble> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let written = text.replace(['\u{2212}', '\u{2013}'], "-").replace(',', ".");
    let groups = written.split(['.', '/', '-', ' ', ':']).filter(|part| !part.is_empty()).count();
    let has_letter = written.chars().any(char::is_alphabetic);
    match written.parse::<f64>() {
        Ok(value) if range.contains(&value) && !has_letter => Ok(Some(value)),
        Ok(_) if !has_letter => {
            Err(Trouble::OutOfRange { meaning, text: text.to_owned(), low: *range.start(), high: *range.end() })
        }
        _ => {
            let has_both = text.contains('.') && text.contains(',');
            let has_digit = written.chars().any(|letter| letter.is_ascii_digit());
            let is_date = has_digit && !has_both && (groups > 2 || (has_letter && groups > 1));
            let text = text.to_owned();
            Err(if is_date { Trouble::Date { meaning, text } } else { Trouble::NoNumber { meaning, text } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Entry>, Vec<Told>) {
        let table = Table::read(text.as_bytes()).expect("a table");
        let columns = Columns::find(&table.heads, &[], &[]).expect("whole");
        entries(&table, &columns, &ClassNames::new())
    }

    #[test]
    fn classes_follow_the_limits_of_the_world_health_organization() {
        for (t_score, class) in [
            (0.3, Class::Normal),
            (-1.0, Class::Normal),
            (-1.01, Class::Osteopenia),
            (-2.49, Class::Osteopenia),
            (-2.5, Class::Osteoporosis),
            (-4.0, Class::Osteoporosis),
        ] {
            assert_eq!(class_of_t_score(t_score), class, "{t_score}");
        }
    }

    #[test]
    fn numbers_have_points_or_commas_and_every_minus() {
        let (entries, told) =
            read("file;t-score;age;sex\na;-2,6;71;F\nb;-2.6;70,5;m\nc;\u{2212}1,2;;weiblich\nd;+0.4;66;\n");
        assert!(told.is_empty(), "{told:?}");
        let classes: Vec<Class> = entries.iter().map(|entry| entry.class).collect();
        assert_eq!(classes, [Class::Osteoporosis, Class::Osteoporosis, Class::Osteopenia, Class::Normal]);
        assert_eq!(entries[1].age_years, Some(70.5));
        assert_eq!(
            entries.iter().map(|entry| entry.sex).collect::<Vec<_>>(),
            [Some(Sex::Woman), Some(Sex::Man), Some(Sex::Woman), None]
        );
        assert_eq!(entries[0].person, "a", "a film without a person is one of its own");
    }

    #[test]
    fn each_trouble_of_a_row_says_what_is_wrong() {
        for (row, words, leaves_out) in [
            ("a;02.05.2026;;", "the T-score «02.05.2026» looks like a date", true),
            ("a;2. Mai;;", "the T-score «2. Mai» looks like a date", true),
            ("a;2026-05-02;;", "looks like a date", true),
            ("a;45780;;", "cannot be true (-8 to 6)", true),
            ("a;low;;", "«low» is no number", true),
            ("a;1.234,5;;", "«1.234,5» is no number", true),
            ("a;inf;;", "is no number", true),
            ("a;;;", "neither class nor T-score", true),
            (";-1,5;;", "names no file", true),
            ("a;-1,5;x", "it has 3 cells, the table has 4 heads", true),
            ("a;-1,5;200;", "the age «200» cannot be true", false),
            ("a;-1,5;;1", "«1» is neither woman nor man", false),
            ("a;-1,5;;H", "«H» is neither woman nor man", false),
            ("a;NA;;", "neither class nor T-score", true),
        ] {
            let (entries, told) = read(&format!("file;t-score;age;sex\n{row}\nz;0;50;f\n"));
            assert_eq!(told.len(), 1, "{row}: {told:?}");
            assert!(told[0].trouble.to_string().contains(words), "{row}: {}", told[0].trouble);
            assert_eq!((told[0].leaves_out_row, told[0].line), (leaves_out, 2), "{row}");
            assert_eq!(entries.len(), if leaves_out { 1 } else { 2 }, "{row}");
        }
    }

    #[test]
    fn names_of_classes_are_known_or_told() {
        let table = Table::read(b"file,label\na,Osteopenic\nb,NORMAL\nc,2\n").expect("a table");
        let columns = Columns::find(&table.heads, &[], &[]).expect("whole");
        let (known, told) = entries(&table, &columns, &ClassNames::new());
        assert_eq!(known.iter().map(|entry| entry.class).collect::<Vec<_>>(), [Class::Osteopenia, Class::Normal]);
        assert_eq!(told[0].trouble, Trouble::UnknownClass { text: "2".into() });
        let names = ClassNames::from([("2".to_owned(), Class::Osteoporosis)]);
        assert_eq!(entries(&table, &columns, &names).0[2].class, Class::Osteoporosis);
    }

    #[test]
    fn a_class_that_contradicts_its_t_score_is_no_truth() {
        let (entries, told) = read("file,class,t_score\na,normal,-3\nb,osteoporosis,-3\nc,normal,\n");
        assert_eq!(entries.len(), 2);
        assert!(matches!(told[0].trouble, Trouble::Contradiction { .. }));
    }
}
