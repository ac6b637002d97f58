//! The languages of the page, and the files of the site that hold the words of all but English.

use std::str::Lines;

use serde::{Deserialize, Serialize};

use super::english::ENGLISH;
use super::vocabulary::{FNV_START, NAMES_HASH, Words, hashed};

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// The language that is always there.
    #[default]
    English,
    /// Neutral international Spanish.
    Spanish,
    /// Modern Standard Arabic, from right to left.
    Arabic,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::Spanish, Self::Arabic];

    /// As in `html[lang]` (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::Arabic => "ar",
        }
    }

    /// Its own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
            Self::Arabic => "العربية",
        }
    }

    /// `ltr` or `rtl`, as in `html[dir]`.
    pub fn direction(self) -> &'static str {
        if self == Self::Arabic { "rtl" } else { "ltr" }
    }

    /// The language of a tag such as `es-MX`, if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.tag() == primary)
    }

    /// Where its words are on the site, as [`Words::read`] takes them; none for English.
    pub fn file(self) -> Option<&'static str> {
        match self {
            Self::English => None,
            Self::Spanish => Some("words/es.txt"),
            Self::Arabic => Some("words/ar.txt"),
        }
    }
}

impl Words {
    /// Words as a file of the site holds them: a line for each in the order of [`Words`], `name = text`, and
    /// `row: name = text` for a row of the model card; lines that begin with `#` are remarks. None where the names
    /// are not those of [`Words`]: the program knows them by their hash alone, which is smaller.
    pub fn read(file: &'static str) -> Option<Self> {
        let mut words = ENGLISH;
        let mut file = File { lines: file.lines(), rows: Vec::new(), hash: FNV_START };
        words.each(&mut |word| file.next(word));
        // A word too many would be one more name.
        file.next(&mut "");
        words.rows = file.rows.leak();
        (file.hash == NAMES_HASH).then_some(words)
    }
}

/// A file of words, as far as it is not read.
struct File {
    lines: Lines<'static>,
    /// So far.
    rows: Vec<(&'static str, &'static str)>,
    /// Of the names so far.
    hash: u32,
}

impl File {
    /// Puts the next word into its place, if there is another.
    // It is called once for each word.
    #[inline(never)]
    fn next(&mut self, word: &mut &'static str) {
        let lines = self.lines.by_ref().filter(|line| !line.starts_with('#'));
        for (name, text) in lines.filter_map(|line| line.split_once('=')) {
            let (name, text) = (name.trim_end(), text.trim_start());
            if let Some(row) = name.strip_prefix("row: ") {
                self.rows.push((row, text));
            } else {
                self.hash = hashed(self.hash, name);
                *word = text;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_finds_its_language() {
        assert_eq!(Language::from_tag("en-GB"), Some(Language::English));
        assert_eq!(Language::from_tag("xx"), None);
    }
}
