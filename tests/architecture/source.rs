//! Rust as text: the words of a source, without comments, strings and tests, and the paths that they name.

use std::collections::BTreeSet;

/// An identifier, `::` or a sign.
#[derive(Clone, Debug)]
pub struct Word {
    pub text: String,
    /// From 0.
    pub line: usize,
}

/// A path that a source names.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its parts; a glob's are those before the star.
    pub path: Vec<String>,
    pub line: usize,
    pub by: By,
}

#[derive(Clone, Debug, PartialEq)]
pub enum By {
    /// `use …`: the name that it has from then on.
    Use { name: String, is_public: bool },
    /// `use …::*`
    Glob { is_public: bool },
    /// In the code itself.
    Code,
}

/// The words of a source.
pub fn words(source: &str) -> Vec<Word> {
    without_tests(&all_words(source))
}

fn all_words(source: &str) -> Vec<Word> {
    let text: Vec<char> = source.chars().collect();
    let begins = |at: usize, with: &str| with.chars().enumerate().all(|(by, one)| text.get(at + by) == Some(&one));
    let (mut words, mut at, mut line) = (Vec::new(), 0, 0);
    while at < text.len() {
        let from = at;
        let mut word = None;
        if begins(at, "//") {
            at += text[at..].iter().take_while(|one| **one != '\n').count();
        } else if begins(at, "/*") {
            at += 2;
            while at < text.len() && !begins(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if text[at] == '"' {
            at = after_string(&text, at);
        } else if text[at] == '\'' {
            at = after_quote(&text, at);
        } else if text[at].is_alphanumeric() || text[at] == '_' {
            at += text[at..].iter().take_while(|one| one.is_alphanumeric() || **one == '_').count();
            let found: String = text[from..at].iter().collect();
            let fences = text[at..].iter().take_while(|one| **one == '#').count();
            if ["r", "br", "cr"].contains(&found.as_str()) && text.get(at + fences) == Some(&'"') {
                let end = format!("\"{}", "#".repeat(fences));
                at += fences + 1;
                while at < text.len() && !begins(at, &end) {
                    at += 1;
                }
                at += end.len();
            } else {
                word = Some(found);
            }
        } else if begins(at, "::") {
            at += 2;
            word = Some("::".to_owned());
        } else {
            at += 1;
            word = (!text[from].is_whitespace()).then(|| text[from].to_string());
        }
        words.extend(word.map(|text| Word { text, line }));
        line += text[from..at.min(text.len())].iter().filter(|one| **one == '\n').count();
    }
    words
}

fn after_string(text: &[char], mut at: usize) -> usize {
    at += 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Behind a character, or behind the mark of a lifetime.
fn after_quote(text: &[char], at: usize) -> usize {
    match text.get(at + 1..) {
        Some(['\\', _, rest @ ..]) => at + 4 + rest.iter().take_while(|one| **one != '\'').count(),
        Some([_, '\'', ..]) => at + 3,
        _ => at + 1,
    }
}

/// Behind the bracket that closes the one at `at`.
fn after_bracket(words: &[Word], at: usize) -> usize {
    let mut depth = 0;
    for (by, word) in words[at..].iter().enumerate() {
        match word.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + by + 1;
        }
    }
    words.len()
}

/// Leaves out `#[cfg(test)] mod … { … }`.
fn without_tests(words: &[Word]) -> Vec<Word> {
    let is = |at: usize, text: &str| words.get(at).is_some_and(|word| word.text == text);
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let is_test = ["#", "[", "cfg", "(", "test", ")", "]"].iter().enumerate().all(|(by, text)| is(at + by, text));
        let mut module = at;
        while is(module, "#") {
            module = after_bracket(words, module + 1);
        }
        if is_test && is(module, "mod") && is(module + 2, "{") {
            at = after_bracket(words, module + 2);
        } else {
            kept.push(words[at].clone());
            at += 1;
        }
    }
    kept
}

/// The paths of more than one part, and all imports.
pub fn paths(words: &[Word]) -> Vec<Named> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < words.len() {
        if is_import(words, at) {
            let is_public = at > 0 && ["pub", ")"].contains(&words[at - 1].text.as_str());
            at = tree(words, at + 1, &[], is_public, &mut found);
        } else if is_name(words, at) {
            let line = words[at].line;
            let mut path = vec![words[at].text.clone()];
            at += 1;
            while text(words, at) == "::" && is_name(words, at + 1) {
                path.push(words[at + 1].text.clone());
                at += 2;
            }
            if path.len() > 1 {
                found.push(Named { path, line, by: By::Code });
            }
        } else {
            at += 1;
        }
    }
    found
}

/// `use`, but not that of `impl Trait + use<'a>`.
fn is_import(words: &[Word], at: usize) -> bool {
    text(words, at) == "use" && text(words, at + 1) != "<"
}

fn text(words: &[Word], at: usize) -> &str {
    words.get(at).map_or("", |word| &word.text)
}

fn is_name(words: &[Word], at: usize) -> bool {
    text(words, at).starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Reads one tree of an import from `at` and returns where it ends.
fn tree(words: &[Word], mut at: usize, before: &[String], is_public: bool, found: &mut Vec<Named>) -> usize {
    let mut path = before.to_vec();
    loop {
        let line = words.get(at).map_or(0, |word| word.line);
        match text(words, at) {
            "{" => {
                at += 1;
                while !["}", ""].contains(&text(words, at)) {
                    at = tree(words, at, &path, is_public, found);
                    at += usize::from(text(words, at) == ",");
                }
                return at + 1;
            }
            "*" => {
                found.push(Named { path, line, by: By::Glob { is_public } });
                return at + 1;
            }
            "::" => at += 1,
            _ if is_name(words, at) => {
                // `self` at the end of a tree is the module itself.
                if text(words, at) != "self" || path.is_empty() {
                    path.push(words[at].text.clone());
                }
                at += 1;
                if text(words, at) == "::" {
                    continue;
                }
                let mut name = path.last().cloned().unwrap_or_default();
                if text(words, at) == "as" {
                    text(words, at + 1).clone_into(&mut name);
                    at += 2;
                }
                found.push(Named { path, line, by: By::Use { name, is_public } });
                return at;
            }
            // Not an import: a macro's pattern.
            _ => return at + 1,
        }
    }
}

/// The names of the items that a source defines.
pub fn definitions(words: &[Word]) -> BTreeSet<String> {
    const KINDS: [&str; 10] =
        ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "mod", "macro_rules"];
    let items = words.iter().enumerate().filter(|(_, word)| KINDS.contains(&word.text.as_str()));
    items.map(|(at, word)| text(words, at + 1 + usize::from(word.text == "macro_rules")).to_owned()).collect()
}

/// The names that stand in the code itself: not in an import, not where they are defined, not as methods, fields or
/// ends of a path.
pub fn mentions(words: &[Word]) -> BTreeSet<String> {
    let (mut found, mut at) = (BTreeSet::new(), 0);
    while at < words.len() {
        if is_import(words, at) {
            at = tree(words, at + 1, &[], false, &mut Vec::new());
            continue;
        }
        let is_behind = at > 0 && [".", "::", "fn", "mod"].contains(&words[at - 1].text.as_str());
        if is_name(words, at) && !is_behind {
            found.insert(words[at].text.clone());
        }
        at += 1;
    }
    found
}
