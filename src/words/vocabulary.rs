//! What holds the words of a language, each under its name, and how values are put into them.

/// The text with `{0}`, `{1}` and so on replaced by the values.
pub fn fill<Value: Into<String>>(template: &str, values: impl IntoIterator<Item = Value>) -> String {
    filled(template, &values.into_iter().map(Into::into).collect::<Vec<String>>())
}

/// The same for all kinds of values, which is in the program once.
fn filled(template: &str, values: &[String]) -> String {
    let mut parts = template.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let place = part.split_once('}').and_then(|(at, rest)| Some((values.get(at.parse::<usize>().ok()?)?, rest)));
        match place {
            Some((value, rest)) => filled.extend([value.as_str(), rest]),
            None => filled.extend(["{", part]),
        }
    }
    filled
}

/// Makes [`Words`] and its English from a list of names and texts.
// One array and not a field for each text: code that goes through 400 fields one by one is 1 kB of the page.
macro_rules! words {
    ($($name:ident: $english:literal,)*) => {
        /// The words of one language.
        #[derive(Clone, Copy)]
        pub struct Words {
            /// In the order of the list.
            pub(super) texts: [&'static str; [$(stringify!($name)),*].len()],
            /// The texts of the model card, which it holds in English: their names, and what they are in this language.
            pub(super) card: &'static [(&'static str, &'static str)],
        }

        /// Places of the texts.
        #[allow(non_camel_case_types, reason = "the names are those of the texts")]
        enum Place {
            $($name,)*
        }

        /// The words that are always there.
        pub static ENGLISH: Words = Words { texts: [$($english),*], card: &[] };

        /// The names, with a blank after each.
        // One text: as a list of texts they are 2 kB more of the page.
        const NAMES: &str = concat!($(stringify!($name), " "),*);

        #[allow(missing_docs, reason = "the English text says what each is")]
        impl Words {
            $(pub fn $name(&self) -> &'static str {
                self.texts[Place::$name as usize]
            })*
        }
    };
}
pub(super) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_the_text_says() {
        assert_eq!(fill("{1} of {0}, {1}", ["a", "b"]), "b of a, b");
    }
}
