//! What must be answered before there are figures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use analysis::prediction::Class;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::copies::{ALIKE, Fingerprint};
use crate::entry::Entry;

/// A class of fewer people gives figures whose intervals say nothing.
const FEWEST_PEOPLE: usize = 10;
/// A class whose films come from one machine to more than this share, while others do not, may be told by the machine.
const MOST_OF_ONE_MACHINE: f64 = 0.9;

/// A film, as far as the checks need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What is known of it.
    pub entry: Entry,
    /// SHA-256 of the file.
    pub sha256: Option<String>,
    /// Of each knee.
    pub fingerprints: Vec<Fingerprint>,
    /// Whether the models said anything of it.
    pub is_judged: bool,
    /// What tells its machine: width and height of the picture, whichever way it lies.
    pub machine: Option<String>,
}

/// A kind of trouble between films.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The same file more than once.
    SameFile,
    /// Knees that are alike, of different people.
    NearCopy,
    /// One person with two classes.
    TwoClasses,
    /// A class of few people.
    SmallClass,
    /// A class that comes from one machine.
    OneMachine,
}

/// Something to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concern {
    /// What.
    pub kind: Kind,
    /// The films that it is of, by their place; the first of copies is the one to keep.
    pub films: Vec<usize>,
    /// Their lines of the table.
    pub lines: Vec<u64>,
    /// In words.
    pub told: String,
}

impl Concern {
    fn new(kind: Kind, films: Vec<usize>, told: String, all: &[Checked]) -> Self {
        let lines = films.iter().map(|at| all[*at].entry.line).collect();
        Self { kind, films, lines, told }
    }
}

/// What is done about a kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Copies but the first, and people of two classes, are left out.
    Drop,
    /// People who share a film are one person.
    Merge,
    /// Nothing: it is so, and stands in the result.
    Keep,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::SameFile, Self::NearCopy, Self::TwoClasses, Self::SmallClass, Self::OneMachine];

    /// How it is called in an answer.
    pub fn id(self) -> &'static str {
        match self {
            Self::SameFile => "same-file",
            Self::NearCopy => "near-copy",
            Self::TwoClasses => "two-classes",
            Self::SmallClass => "small-class",
            Self::OneMachine => "one-machine",
        }
    }

    /// What can be done.
    pub fn replies(self) -> &'static [Reply] {
        match self {
            Self::SameFile | Self::NearCopy => &[Reply::Drop, Reply::Merge, Reply::Keep],
            Self::TwoClasses => &[Reply::Drop, Reply::Keep],
            Self::SmallClass | Self::OneMachine => &[Reply::Keep],
        }
    }
}

impl Reply {
    /// As it is written.
    pub fn id(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Merge => "merge",
            Self::Keep => "keep",
        }
    }
}

fn named(films: &[Checked], some: &[usize]) -> String {
    const MOST: usize = 6;
    let names: Vec<&str> = some.iter().take(MOST).map(|at| films[*at].entry.file.as_str()).collect();
    let more = some.len().saturating_sub(MOST);
    names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

/// Films that are in it more than once: files and, of different people, knees. Copies whose classes differ are of the kind of
/// people with two classes. `done` hears how many of how many films were compared with the others.
pub fn copies(films: &[Checked], done: &(dyn Fn(usize, usize) + Sync)) -> Vec<Concern> {
    let mut all = same_files(films);
    all.extend(near_copies(films, done));
    for one in &mut all {
        let classes: BTreeSet<Class> = one.films.iter().map(|at| films[*at].entry.class).collect();
        if classes.len() > 1 {
            one.kind = Kind::TwoClasses;
            one.told += ", with different classes";
        }
    }
    all
}

/// Classes of few people, and classes that come from one machine.
pub fn of_classes(films: &[Checked]) -> Vec<Concern> {
    let mut all = small_classes(films);
    all.extend(one_machine(films));
    all
}

fn same_files(films: &[Checked]) -> Vec<Concern> {
    let mut of = BTreeMap::<&str, Vec<usize>>::new();
    for (at, film) in films.iter().enumerate() {
        if let Some(hash) = &film.sha256 {
            of.entry(hash).or_default().push(at);
        }
    }
    let doubles = of.into_values().filter(|some| some.len() > 1);
    doubles
        .map(|some| {
            let told = format!("the same file {} times: {}", some.len(), named(films, &some));
            Concern::new(Kind::SameFile, some, told, films)
        })
        .collect()
}

fn near_copies(films: &[Checked], done: &(dyn Fn(usize, usize) + Sync)) -> Vec<Concern> {
    let compared = AtomicUsize::new(0);
    let of_film = |at: usize| {
        let one = &films[at];
        let others = films.iter().enumerate().skip(at + 1).filter(|(_, other)| {
            let is_same_file = one.sha256.is_some() && one.sha256 == other.sha256;
            one.entry.person != other.entry.person && !is_same_file
        });
        let alike = others.filter_map(|(other_at, other)| {
            let pairs = one.fingerprints.iter().flat_map(|a| other.fingerprints.iter().map(move |b| a.likeness(b)));
            let likeness = pairs.fold(f32::NEG_INFINITY, f32::max);
            (likeness >= ALIKE).then(|| {
                let told = format!(
                    "the same knee, it seems, of two people: {} (alike by {likeness:.2}, {ALIKE} is the limit)",
                    named(films, &[at, other_at])
                );
                Concern::new(Kind::NearCopy, vec![at, other_at], told, films)
            })
        });
        let alike = alike.collect::<Vec<_>>();
        done(compared.fetch_add(1, Ordering::Relaxed) + 1, films.len());
        alike
    };
    (0..films.len()).into_par_iter().flat_map_iter(of_film).collect()
}

/// People of whom two films have different classes.
pub fn two_classes(films: &[Checked]) -> Vec<Concern> {
    let mut people = BTreeMap::<&str, Vec<usize>>::new();
    for (at, film) in films.iter().enumerate() {
        people.entry(&film.entry.person).or_default().push(at);
    }
    let classes = |some: &[usize]| some.iter().map(|at| films[*at].entry.class).collect::<BTreeSet<Class>>();
    let mixed = people.into_iter().filter(|(_, some)| classes(some).len() > 1);
    mixed
        .map(|(person, some)| {
            let told = format!("one person, {person}, with two classes: {}", named(films, &some));
            Concern::new(Kind::TwoClasses, some, told, films)
        })
        .collect()
}

fn small_classes(films: &[Checked]) -> Vec<Concern> {
    let of = |class: Class| -> BTreeSet<&str> {
        let judged = films.iter().filter(|film| film.is_judged && film.entry.class == class);
        judged.map(|film| film.entry.person.as_str()).collect()
    };
    let small =
        Class::ALL.into_iter().map(|class| (class, of(class).len())).filter(|(_, people)| *people < FEWEST_PEOPLE);
    small
        .map(|(class, people)| {
            let told = format!(
                "{people} people of the class {} were judged: fewer than {FEWEST_PEOPLE} tell next to nothing",
                class.id()
            );
            Concern::new(Kind::SmallClass, Vec::new(), told, films)
        })
        .collect()
}

fn one_machine(films: &[Checked]) -> Vec<Concern> {
    let share = |some: &dyn Fn(&Checked) -> bool, machine: &str| {
        let of: Vec<&Checked> = films.iter().filter(|film| film.machine.is_some() && some(film)).collect();
        let from = of.iter().filter(|film| film.machine.as_deref() == Some(machine)).count();
        (of.len(), from as f64 / of.len().max(1) as f64)
    };
    let machines: BTreeSet<&str> = films.iter().filter_map(|film| film.machine.as_deref()).collect();
    let mut found = Vec::new();
    for class in Class::ALL {
        for machine in &machines {
            let (count, own) = share(&|film| film.entry.class == class, machine);
            let (_, others) = share(&|film| film.entry.class != class, machine);
            if count >= FEWEST_PEOPLE && own > MOST_OF_ONE_MACHINE && others < MOST_OF_ONE_MACHINE / 2.0 {
                let told = format!(
                    "{:.0} % of the films of the class {} have a picture of {machine} pixels, and {:.0} % of the \
                     others: the machine may tell the class",
                    own * 100.0,
                    class.id(),
                    others * 100.0
                );
                found.push(Concern::new(Kind::OneMachine, Vec::new(), told, films));
            }
        }
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::copies::Thumbnail;
    use image::{GrayImage, Luma};
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    /// A picture with structure of its own.
    pub(crate) fn texture(seed: u64) -> GrayImage {
        let mut random = StdRng::seed_from_u64(seed);
        let coarse = GrayImage::from_fn(40, 40, |_, _| Luma([random.random_range(40..200)]));
        pixels::resized(&coarse, 224, 224)
    }

    pub(crate) fn film(file: &str, person: &str, class: Class, picture: &GrayImage) -> Checked {
        let entry = Entry {
            line: 2,
            file: file.into(),
            class,
            person: person.into(),
            age_years: None,
            sex: None,
            subgroups: BTreeMap::new(),
        };
        Checked {
            entry,
            sha256: Some(file.to_owned()),
            fingerprints: vec![Fingerprint::of(&Thumbnail::of(picture))],
            is_judged: true,
            machine: Some("1000 × 800".into()),
        }
    }

    pub(crate) fn crowd() -> Vec<Checked> {
        (0..36)
            .map(|at| film(&format!("{at}.png"), &format!("P{at}"), Class::ALL[at % 3], &texture(at as u64)))
            .collect()
    }

    fn kinds(films: &[Checked]) -> Vec<Kind> {
        let all = [copies(films, &|_, _| ()), two_classes(films), of_classes(films)].concat();
        all.into_iter().map(|one| one.kind).collect()
    }

    #[test]
    fn people_whose_films_differ_are_no_concern() {
        assert_eq!(kinds(&crowd()), []);
    }

    #[test]
    fn copies_are_found_as_files_and_as_knees() {
        let mut films = crowd();
        films.push(Checked { sha256: Some("0.png".into()), ..film("copy.png", "P50", Class::Normal, &texture(0)) });
        let mirrored = changed(&texture(1));
        films.push(film("mirrored.png", "P51", Class::Osteopenia, &mirrored));
        assert_eq!(kinds(&films), [Kind::SameFile, Kind::NearCopy]);
        films.last_mut().expect("pushed").entry.person = "P1".into();
        assert_eq!(kinds(&films), [Kind::SameFile], "one person may have two alike films");
    }

    fn changed(picture: &GrayImage) -> GrayImage {
        let mut picture = image::imageops::flip_horizontal(picture);
        image::imageops::colorops::brighten_in_place(&mut picture, 20);
        let cut = image::imageops::crop_imm(&picture, 3, 1, 220, 221).to_image();
        pixels::resized(&cut, 224, 224)
    }

    #[test]
    fn a_person_of_two_classes_a_small_class_and_a_machine_are_told() {
        let mut films = crowd();
        films.push(film("again.png", "P0", Class::Osteoporosis, &texture(90)));
        assert_eq!(kinds(&films), [Kind::TwoClasses]);
        let few: Vec<Checked> = crowd().into_iter().filter(|film| film.entry.class != Class::Normal).collect();
        assert_eq!(kinds(&few), [Kind::SmallClass]);
        let mut films = crowd();
        for film in films.iter_mut().filter(|film| film.entry.class == Class::Normal) {
            film.machine = Some("2000 × 1600".into());
        }
        assert_eq!(kinds(&films), [Kind::OneMachine]);
    }
}
