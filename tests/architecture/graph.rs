//! The modules of a crate and which of them name which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::source::{self, By, Named};

/// A file of a crate.
pub struct Module {
    /// From the repository's root.
    pub file: String,
    /// `["a", "b"]` for `a/b.rs`; empty for the root.
    path: Vec<String>,
    lines: Vec<String>,
    paths: Vec<Named>,
    definitions: BTreeSet<String>,
    mentions: BTreeSet<String>,
    /// Declared in so many words, not by a macro.
    children: BTreeSet<String>,
}

/// All files of one crate; a library and a program in the same folder are two.
pub struct Crate {
    pub name: String,
    pub modules: Vec<Module>,
}

impl Module {
    fn new(file: &str, path: &[&str], source: &str) -> Self {
        let words = source::words(source);
        let declared = words.windows(3).filter(|three| three[0].text == "mod" && three[2].text == ";");
        Self {
            file: file.to_owned(),
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            lines: source.lines().map(|line| line.trim().to_owned()).collect(),
            paths: source::paths(&words),
            definitions: source::definitions(&words),
            mentions: source::mentions(&words),
            children: declared.map(|three| three[1].text.clone()).collect(),
        }
    }

    /// The line of a path.
    fn shown(&self, named: &Named) -> String {
        format!("{}:{}: {}", self.file, named.line + 1, self.lines[named.line])
    }

    fn read(file: &Path, root: &Path, path: &[&str]) -> Self {
        let source = fs::read_to_string(file).expect("a source is text");
        Self::new(&file.strip_prefix(root).unwrap_or(file).display().to_string(), path, &source)
    }
}

/// The crates whose sources lie in the folder `source` of the repository `root`.
pub fn crates(source: &Path, root: &Path) -> Vec<Crate> {
    let mut library = Vec::new();
    let mut programs: Vec<(PathBuf, Vec<Module>)> = Vec::new();
    for file in crate::rust_files(source) {
        let below = file.strip_prefix(source).expect("it was found there").with_extension("");
        let parts: Vec<&str> = below.iter().map(|part| part.to_str().expect("names are text")).collect();
        match parts[..] {
            ["bin", program] | ["bin", program, "main"] => {
                program_at(&mut programs, source.join("bin").join(program)).push(Module::read(&file, root, &[]));
            }
            ["bin", program, ref path @ ..] => {
                program_at(&mut programs, source.join("bin").join(program)).push(Module::read(&file, root, path));
            }
            ["main"] => program_at(&mut programs, source.join("main")).push(Module::read(&file, root, &[])),
            ["lib"] => library.push(Module::read(&file, root, &[])),
            ref path => library.push(Module::read(&file, root, path)),
        }
    }
    // What the program declares is the program's.
    if let Some((_, program)) = programs.iter_mut().find(|(place, _)| *place == source.join("main")) {
        let declared = program[0].children.clone();
        let (own, others) = library
            .into_iter()
            .partition(|module: &Module| module.path.first().is_some_and(|first| declared.contains(first)));
        program.extend::<Vec<_>>(own);
        library = others;
    }
    let all = programs.into_iter().chain([(source.join("lib"), library)]);
    let name = |place: PathBuf| place.strip_prefix(root).unwrap_or(&place).display().to_string();
    all.filter(|(_, modules)| !modules.is_empty())
        .map(|(place, modules)| Crate { name: name(place), modules })
        .collect()
}

fn program_at(programs: &mut Vec<(PathBuf, Vec<Module>)>, place: PathBuf) -> &mut Vec<Module> {
    let at = programs.iter().position(|(there, _)| *there == place).unwrap_or_else(|| {
        programs.push((place, Vec::new()));
        programs.len() - 1
    });
    &mut programs[at].1
}

/// Which module names which, by their places in the crate, with a line that shows it.
pub type Arrows = BTreeMap<(usize, usize), String>;

impl Crate {
    /// Every arrow between two files.
    pub fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (from, module) in self.modules.iter().enumerate() {
            for named in &module.paths {
                let Some(to) = self.absolute(from, &named.path).map(|path| self.resolve(&path, 0)) else { continue };
                if to != from && !self.is_facade(from, to, named) {
                    arrows.entry((from, to)).or_insert_with(|| module.shown(named));
                }
            }
            // Who lets a macro declare modules lets it use them too.
            for (to, child) in self.modules.iter().enumerate() {
                let name = child.path.split_last().filter(|(_, parent)| **parent == module.path);
                if name.is_some_and(|(name, _)| !module.children.contains(name)) {
                    arrows.entry((from, to)).or_insert(format!("{}: declares {} by a macro", module.file, child.file));
                }
            }
        }
        arrows
    }

    /// Whether a module only hands on what a module below it defines.
    fn is_facade(&self, from: usize, to: usize, named: &Named) -> bool {
        let (module, below) = (&self.modules[from], &self.modules[to]);
        let is_public = match &named.by {
            By::Use { name, is_public } => *is_public && !module.mentions.contains(name),
            By::Glob { is_public } => *is_public && below.definitions.is_disjoint(&module.mentions),
            By::Code => false,
        };
        is_public && below.path.starts_with(&module.path)
    }

    /// A path from the crate's root; none when it leads out of the crate.
    fn absolute(&self, from: usize, path: &[String]) -> Option<Vec<String>> {
        self.rooted(from, path).or_else(|| {
            // It may begin with a module that an import has brought into sight.
            let (first, rest) = path.split_first()?;
            let is_of_first = |named: &&Named| matches!(&named.by, By::Use { name, .. } if name == first);
            let import = self.modules[from].paths.iter().find(is_of_first)?;
            let target = self.rooted(from, &import.path)?;
            self.at(&target)?;
            Some([&target, rest].concat())
        })
    }

    /// The same of a path that begins with `crate`, `self`, `super` or a module below its own.
    fn rooted(&self, from: usize, path: &[String]) -> Option<Vec<String>> {
        let mut base = self.modules[from].path.clone();
        match path.first()?.as_str() {
            "crate" => base.clear(),
            "self" | "super" => {}
            first => _ = self.at(&[&base[..], &[first.to_owned()]].concat())?,
        }
        let is_step = |part: &&String| ["crate", "self", "super"].contains(&part.as_str());
        let steps = path.iter().take_while(is_step).count();
        let up = path[..steps].iter().filter(|part| *part == "super").count();
        base.truncate(base.len().saturating_sub(up));
        base.extend_from_slice(&path[steps..]);
        Some(base)
    }

    /// What a module names outside of its crate, each with a line that shows it.
    pub fn foreign(&self, module: usize) -> impl Iterator<Item = (&str, String)> {
        let named = self.modules[module].paths.iter();
        let foreign = named.filter(move |named| self.absolute(module, &named.path).is_none());
        foreign.filter_map(move |named| Some((named.path.first()?.as_str(), self.modules[module].shown(named))))
    }

    fn at(&self, path: &[String]) -> Option<usize> {
        self.modules.iter().position(|module| module.path == path)
    }

    /// The file that defines what an absolute path names, as far as files tell.
    fn resolve(&self, path: &[String], depth: usize) -> usize {
        /// Imports of imports; more are a circle of imports.
        const DEEPEST: usize = 8;
        let length = (0..=path.len()).rev().find(|length| self.at(&path[..*length]).is_some());
        let length = length.expect("a crate has a root");
        let at = self.at(&path[..length]).expect("just found");
        let (module, Some(wanted)) = (&self.modules[at], path.get(length)) else { return at };
        if module.definitions.contains(wanted) || depth > DEEPEST {
            return at;
        }
        for named in &module.paths {
            let target = match &named.by {
                By::Use { name, .. } if name == wanted => self.absolute(at, &named.path),
                By::Glob { .. } => self.absolute(at, &named.path).filter(|target| self.defines(target, wanted)),
                _ => None,
            };
            if let Some(mut target) = target {
                target.extend_from_slice(&path[length + usize::from(matches!(named.by, By::Use { .. }))..]);
                return self.resolve(&target, depth + 1);
            }
        }
        at
    }

    fn defines(&self, path: &[String], name: &str) -> bool {
        self.at(path).is_some_and(|at| self.modules[at].definitions.contains(name))
    }

    /// A text for each circle: its files, and a line for each arrow between them.
    pub fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let reached: Vec<BTreeSet<usize>> = (0..self.modules.len()).map(|from| reached(from, &arrows)).collect();
        let mut found = Vec::new();
        for first in 0..self.modules.len() {
            let circle: Vec<usize> =
                reached[first].iter().copied().filter(|other| reached[*other].contains(&first)).collect();
            if circle.first() != Some(&first) {
                continue;
            }
            let mut text = format!("{}: a circle of {} files", self.name, circle.len());
            for ((from, to), line) in &arrows {
                if circle.contains(from) && circle.contains(to) {
                    write!(text, "\n  {line}  → {}", self.modules[*to].file).expect("a string takes everything");
                }
            }
            found.push(text);
        }
        found
    }
}

/// What can be reached over one arrow or more.
fn reached(from: usize, arrows: &Arrows) -> BTreeSet<usize> {
    let (mut found, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(at) = left.pop() {
        for (_, to) in arrows.keys().filter(|(begin, _)| *begin == at) {
            if found.insert(*to) {
                left.push(*to);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library of made-up files.
    fn library(files: &[(&str, &str)]) -> Crate {
        let module = |(file, source): &(&str, &str)| {
            let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').filter(|part| *part != "lib").collect();
            Module::new(file, &parts, source)
        };
        Crate { name: "made-up".into(), modules: files.iter().map(module).collect() }
    }

    fn arrows(files: &[(&str, &str)]) -> Vec<String> {
        let made = library(files);
        let file = |at: usize| &made.modules[at].file;
        made.arrows().keys().map(|(from, to)| format!("{} → {}", file(*from), file(*to))).collect()
    }

    #[test]
    fn a_circle_of_two_files_is_found() {
        let circles = library(&[
            ("lib.rs", "mod a;\nmod b;\npub use a::One;"),
            ("a.rs", "use crate::b::Two;\npub struct One(Two);"),
            ("b.rs", "pub struct Two;\nfn two() { super::a::one(); }"),
        ])
        .circles();
        let text = "made-up: a circle of 2 files\n  a.rs:1: use crate::b::Two;  → b.rs\n  \
                    b.rs:2: fn two() { super::a::one(); }  → a.rs";
        assert_eq!(circles, [text]);
    }

    #[test]
    fn a_circle_of_three_files_is_found() {
        let circles = library(&[
            ("lib.rs", "mod a;\nmod b;"),
            ("a.rs", "mod c;\nuse super::{\n    b::{self, Two},\n};"),
            ("b.rs", "use crate::a::c as other;"),
            ("a/c.rs", "use super::super::a::One;"),
        ])
        .circles();
        assert_eq!(circles.len(), 1);
        assert!(
            circles[0].starts_with("made-up: a circle of 3 files\n  a.rs:3: b::{self, Two},  → b.rs"),
            "{circles:?}"
        );
    }

    #[test]
    fn a_parent_and_a_child_that_name_each_other_are_a_circle() {
        let child = ("a.rs", "use super::Limits;\npub struct A(Limits);");
        let plain = "mod a;\nuse a::A;\npub struct Limits;\nfn a() -> A { A(Limits) }";
        let public = "mod a;\npub use a::A;\npub struct Limits;\nfn a() -> A { A(Limits) }";
        let by_path = "mod a;\npub struct Limits;\nfn a() { a::make() }";
        let by_macro = "macro_rules! all { ($($file:ident)+) => { $(mod $file;)+ } }\nall!(a);\npub struct Limits;";
        for parent in [plain, public, by_path, by_macro] {
            assert_eq!(library(&[("lib.rs", parent), child]).circles().len(), 1, "{parent}");
        }
        let facade = "mod a;\npub use a::A;\npub struct Limits;";
        assert_eq!(arrows(&[("lib.rs", facade), child]), ["a.rs → lib.rs"]);
    }

    #[test]
    fn a_tree_has_no_circle() {
        let made = library(&[
            ("lib.rs", "pub mod a;\npub mod b;\npub use b::B;\npub fn run() { a::run(B) }"),
            ("a.rs", "mod c;\nuse crate::b::*;\npub fn run(b: B) { c::run(b) }"),
            ("a/c.rs", "use crate::b::B;\npub fn run(_: B) {}"),
            ("b.rs", "pub struct B;"),
        ]);
        assert_eq!(made.arrows().len(), 5);
        assert!(made.circles().is_empty());
    }

    #[test]
    fn comments_strings_and_tests_name_nothing() {
        let a = "//! [`crate::b`]\n/* crate::b */\nconst T: &str = \"crate::b\";\nconst R: &str = r#\"\"crate::b\"#;\n\
                 const Q: char = '\"';\n#[cfg(test)]\nmod tests {\n    use crate::b;\n    fn f<'a>() { '}'; }\n}\nuse crate::c;";
        let files = [("lib.rs", "mod a;\nmod b;\nmod c;"), ("a.rs", a), ("b.rs", ""), ("c.rs", "")];
        assert_eq!(arrows(&files), ["a.rs → c.rs"]);
    }

    #[test]
    fn a_name_is_looked_for_where_it_is_defined() {
        let files = [
            (
                "lib.rs",
                "mod a;\nmod b;\nmod c;\nmod d;\npub(crate) use b::{B, C as Other};\npub use c::*;\npub fn own() {}",
            ),
            ("a.rs", "use crate::B;\nuse super::own;"),
            ("b.rs", "pub struct B;\npub use super::c::C;"),
            ("c.rs", "pub struct C;\npub enum Kind { One }"),
            ("d.rs", "use crate::{Kind::One, b};\nfn d() -> crate::Other { b::B }"),
        ];
        let found = ["a.rs → lib.rs", "a.rs → b.rs", "b.rs → c.rs", "d.rs → b.rs", "d.rs → c.rs"];
        assert_eq!(arrows(&files), found);
    }

    #[test]
    fn foreign_names_are_told_from_modules() {
        let a = "mod image;\nuse image::Image;\nuse burn::{nn, tensor};\nfn f() { ::wgpu::new(); image::g() }";
        let made = library(&[("lib.rs", "mod a;"), ("a.rs", a), ("a/image.rs", "pub struct Image;")]);
        let names: Vec<&str> = made.foreign(1).map(|(name, _)| name).collect();
        assert_eq!(names, ["burn", "burn", "wgpu"]);
    }
}
