//! The languages of the page, and the files of the site that hold the words of all but English.

use serde::{Deserialize, Serialize};

use super::english::{ENGLISH, Words, names};

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
    /// A text of the model card; English where it is not translated.
    pub fn card<'a>(&self, name: &str, english: &'a str) -> &'a str {
        self.card.iter().find(|(known, _)| *known == name).map_or(english, |(_, text)| text)
    }

    /// Words as a file of the site holds them: lines `name = text` in any order, and `card: name = text` for a text of the
    /// model card; lines that begin with `#` are remarks.
    ///
    /// # Errors
    /// The names (keys) that are missing in the file, stand in it twice, or are unknown to [`Words`].
    pub fn read(file: &'static str) -> Result<Self, String> {
        // In a list, since a map is four kilobytes of the page.
        let (mut texts, mut card, mut wrong) = (Vec::<(&str, &str)>::new(), Vec::new(), Vec::new());
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        for (name, text) in lines.filter_map(|line| line.split_once('=')) {
            let (name, text) = (name.trim_end(), text.trim_start());
            if let Some(name) = name.strip_prefix("card: ") {
                card.push((name, text));
            } else if texts.iter().any(|(other, _)| *other == name) {
                wrong.push(name);
            } else {
                texts.push((name, text));
            }
        }
        let mut words = ENGLISH;
        for (word, name) in words.texts.iter_mut().zip(names()) {
            match texts.iter().position(|(other, _)| *other == name) {
                Some(place) => *word = texts.swap_remove(place).1,
                None => wrong.push(name),
            }
        }
        words.card = card.leak();
        wrong.extend(texts.into_iter().map(|(name, _)| name));
        if wrong.is_empty() {
            Ok(words)
        } else {
            Err(format!("missing, duplicate or unknown keys: {}", wrong.join(", ")))
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
