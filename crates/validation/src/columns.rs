//! What a table's columns mean, by their heads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::table::{Row, Table};

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// The name of the film's file.
    File,
    /// Normal, osteopenia or osteoporosis.
    Class,
    /// The T-score from which the class follows.
    TScore,
    /// Whose film it is.
    Person,
    /// Age at the film in years.
    Age,
    /// Woman or man.
    Sex,
}

/// Values of a column that parts films into subgroups: none of them is a person.
const MOST_VALUES: usize = 12;

/// What each column of a table means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    of: BTreeMap<Meaning, usize>,
    /// Heads and places of columns whose values part the films into subgroups.
    pub subgroups: Vec<(String, usize)>,
}

/// Why columns cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnFault {
    /// A column that is needed is not there.
    #[error("no column holds {meaning}; the table has: {heads}")]
    Missing {
        /// What it would hold.
        meaning: Meaning,
        /// The table's.
        heads: String,
    },
    /// More than one column could be meant.
    #[error("{meaning} could be {columns}: say which")]
    Ambiguous {
        /// What they could hold.
        meaning: Meaning,
        /// Their heads.
        columns: String,
    },
    /// A column would part the films into too many subgroups, or into people.
    #[error(
        "«{head}» makes no subgroups: it has {values} values, which would stand on the sheet ({MOST_VALUES} at most, and none \
         that name a person or a file)"
    )]
    NoSubgroups {
        /// Its head.
        head: String,
        /// How many values it has.
        values: usize,
    },
    /// A column that was named is not there.
    #[error("no column is called «{named}»; the table has: {heads}")]
    Unknown {
        /// What was named.
        named: String,
        /// The table's.
        heads: String,
    },
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "the file's name",
            Self::Class => "the class",
            Self::TScore => "the T-score",
            Self::Person => "the person",
            Self::Age => "the age",
            Self::Sex => "the sex",
        })
    }
}

impl Meaning {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::File, Self::Class, Self::TScore, Self::Person, Self::Age, Self::Sex];

    /// Heads that mean it, in small letters, without spaces and signs. What could mean two things, such as "group" or "id", is
    /// not among them.
    fn heads(self) -> &'static [&'static str] {
        match self {
            Self::File => &[
                "file",
                "filename",
                "filepath",
                "film",
                "image",
                "imagename",
                "picture",
                "path",
                "datei",
                "dateiname",
                "bild",
                "archivo",
                "imagen",
                "fichier",
            ],
            Self::Class => {
                &["class", "label", "diagnosis", "diagnose", "category", "klasse", "clase", "classe", "groundtruth"]
            }
            Self::TScore => &["tscore", "tscores", "twert", "lowesttscore"],
            Self::Person => &["person", "personid", "patient", "patientid", "subject", "subjectid", "paciente"],
            Self::Age => &["age", "ageyears", "alter", "edad", "patientage"],
            Self::Sex => &["sex", "gender", "geschlecht", "sexo", "sexe", "patientsex"],
        }
    }
}

impl Columns {
    /// By heads that everybody knows, and by those that were named: these come first; what was named with no column has none. All
    /// that is neither is a subgroup only where it is among `subgroups`.
    ///
    /// # Errors
    /// [`ColumnFault`].
    pub fn find(
        heads: &[String],
        named: &[(Meaning, Option<String>)],
        subgroups: &[String],
    ) -> Result<Self, ColumnFault> {
        let place = |name: &str| {
            heads
                .iter()
                .position(|head| head == name)
                .ok_or_else(|| ColumnFault::Unknown { named: name.to_owned(), heads: heads.join(", ") })
        };
        let mut columns = Self::default();
        for (meaning, name) in named {
            if let Some(name) = name {
                columns.of.insert(*meaning, place(name)?);
            }
        }
        for meaning in Meaning::ALL {
            let fits = |at: &usize| meaning.heads().contains(&plain(&heads[*at]).as_str());
            let found: Vec<usize> = (0..heads.len()).filter(fits).collect();
            let is_named = named.iter().any(|(one, _)| *one == meaning);
            match (is_named, &found[..]) {
                (true, _) | (false, []) => {}
                (false, [one]) => {
                    columns.of.insert(meaning, *one);
                }
                (false, many) => {
                    let names: Vec<String> = many.iter().map(|at| format!("«{}»", heads[*at])).collect();
                    return Err(ColumnFault::Ambiguous { meaning, columns: names.join(" or ") });
                }
            }
        }
        for name in subgroups {
            columns.subgroups.push((name.clone(), place(name)?));
        }
        let missing = |meaning| ColumnFault::Missing { meaning, heads: heads.join(", ") };
        if columns.place(Meaning::File).is_none() {
            return Err(missing(Meaning::File));
        }
        if columns.place(Meaning::Class).is_none() && columns.place(Meaning::TScore).is_none() {
            return Err(missing(Meaning::Class));
        }
        Ok(columns)
    }

    /// Whether subgroups are so few that none of them is a person.
    ///
    /// # Errors
    /// [`ColumnFault::NoSubgroups`].
    pub fn check_subgroups(&self, table: &Table) -> Result<(), ColumnFault> {
        for (head, at) in &self.subgroups {
            let names_film = [Meaning::File, Meaning::Person].iter().any(|meaning| self.place(*meaning) == Some(*at));
            let values: BTreeSet<&String> = table.rows.iter().filter_map(|row| row.cells.get(*at)).collect();
            if names_film || values.len() > MOST_VALUES {
                return Err(ColumnFault::NoSubgroups { head: head.clone(), values: values.len() });
            }
        }
        Ok(())
    }

    /// How many rows do not say whose film it is: each counts as a person of its own.
    pub fn without_person(&self, table: &Table) -> usize {
        let place = self.place(Meaning::Person);
        let has_person = |row: &Row| place.and_then(|at| row.cells.get(at)).is_some_and(|person| !person.is_empty());
        table.rows.iter().filter(|row| !has_person(row)).count()
    }

    /// Where a meaning's column is.
    pub fn place(&self, meaning: Meaning) -> Option<usize> {
        self.of.get(&meaning).copied()
    }
}

fn plain(head: &str) -> String {
    head.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_are_found_by_what_people_call_them() {
        let heads = heads(&["File Name", "T-Score", "Patient ID", "AGE_years", "Gender", "ward"]);
        let columns = Columns::find(&heads, &[], &["ward".to_owned()]).expect("whole");
        let places = Meaning::ALL.map(|meaning| columns.place(meaning));
        assert_eq!(places, [Some(0), None, Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(columns.subgroups, [("ward".to_owned(), 5)]);
    }

    #[test]
    fn what_is_named_comes_before_what_is_found() {
        let heads = heads(&["film", "group", "class", "label"]);
        let ambiguous = Columns::find(&heads, &[], &[]).expect_err("two could be the class");
        assert_eq!(ambiguous.to_string(), "the class could be «class» or «label»: say which");
        let named = [(Meaning::Class, Some("label".to_owned())), (Meaning::Person, Some("group".to_owned()))];
        let columns = Columns::find(&heads, &named, &[]).expect("whole");
        assert_eq!((columns.place(Meaning::Class), columns.place(Meaning::Person)), (Some(3), Some(1)));
        let without = [(Meaning::Age, None), (Meaning::Class, Some("label".to_owned()))];
        let heads = [heads, vec!["age".to_owned()]].concat();
        assert_eq!(Columns::find(&heads, &without, &[]).expect("whole").place(Meaning::Age), None);
    }

    #[test]
    fn a_table_needs_files_and_what_is_true_of_them() {
        let of = |names: &[&str], named: &[(Meaning, Option<String>)]| {
            Columns::find(&heads(names), named, &[]).expect_err("something is missing").to_string()
        };
        assert_eq!(of(&["scan", "class"], &[]), "no column holds the file's name; the table has: scan, class");
        assert_eq!(of(&["file", "age"], &[]), "no column holds the class; the table has: file, age");
        let named = [(Meaning::Age, Some("years".to_owned()))];
        assert_eq!(of(&["file", "class"], &named), "no column is called «years»; the table has: file, class");
    }
}
