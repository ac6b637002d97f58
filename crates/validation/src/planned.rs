//! A table and a list of files → the films to judge, and what of the table is not used.

use std::path::PathBuf;

use crate::columns::{ColumnFault, Columns, Meaning};
use crate::entry::{ClassNames, Entry, Told, Trouble, entries};
use crate::located::Files;
use crate::table::Table;

/// What a reader says of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Columns that mean something, or that nothing has.
    pub named: Vec<(Meaning, Option<String>)>,
    /// Columns that part the films into subgroups.
    pub subgroups: Vec<String>,
    /// What its words for classes mean.
    pub class_names: ClassNames,
}

/// What comes of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What each column means.
    pub columns: Columns,
    /// Rows below the heads.
    pub rows: usize,
    /// Rows that do not say whose film it is.
    pub without_person: usize,
    /// Films that can be judged.
    pub films: Vec<(PathBuf, Entry)>,
    /// What is wrong with rows, in their order.
    pub told: Vec<Told>,
}

impl Plan {
    /// Reads every row and looks for its file.
    ///
    /// # Errors
    /// [`ColumnFault`].
    pub fn of(table: &Table, files: &Files, reading: &Reading) -> Result<Self, ColumnFault> {
        let columns = Columns::find(&table.heads, &reading.named, &reading.subgroups)?;
        columns.check_subgroups(table)?;
        let (entries, mut told) = entries(table, &columns, &reading.class_names);
        let mut films = Vec::with_capacity(entries.len());
        for entry in entries {
            match files.find(&entry.file) {
                Ok(path) => films.push((path.to_owned(), entry)),
                Err(reason) => told.push(Told {
                    line: entry.line,
                    file: entry.file,
                    trouble: Trouble::NotLocated(reason),
                    leaves_out_row: true,
                }),
            }
        }
        told.sort_by_key(|one| one.line);
        Ok(Self { rows: table.rows.len(), without_person: columns.without_person(table), columns, films, told })
    }

    /// Why rows are left out, one reason a row.
    pub fn left_out(&self) -> Vec<String> {
        self.told.iter().filter(|one| one.leaves_out_row).map(|one| one.trouble.kind().to_owned()).collect()
    }

    /// Words for classes whose meaning must be said.
    pub fn unknown_classes(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for one in &self.told {
            if let Trouble::UnknownClass { text } = &one.trouble
                && !words.contains(text)
            {
                words.push(text.clone());
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::prediction::Class;

    #[test]
    fn every_row_is_a_film_or_says_why_not() {
        let table = Table::read(b"file,label\na.png,normal\nb.png,1\nc.png,normal\n").expect("a table");
        let files = Files::of(["d/a.png", "d/b.png"].map(PathBuf::from));
        let plan = Plan::of(&table, &files, &Reading::default()).expect("whole");
        assert_eq!((plan.rows, plan.films.len(), plan.without_person), (3, 1, 3));
        assert_eq!(plan.left_out(), ["its class is not known", "its file was not found"]);
        assert_eq!(plan.unknown_classes(), ["1"]);
        let named = Reading { class_names: [("1".to_owned(), Class::Osteopenia)].into(), ..Reading::default() };
        assert_eq!(Plan::of(&table, &files, &named).expect("whole").films[1].1.class, Class::Osteopenia);
    }
}
