//! Concerns and their replies → the films that the figures are of.

use std::collections::{BTreeMap, BTreeSet};

use crate::concerns::{Checked, Concern, Kind, Reply, copies, of_classes, two_classes};

/// The films that stay, and what was found on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// With the people that they are of.
    pub films: Vec<Checked>,
    /// How often each kind was found.
    pub times: BTreeMap<Kind, usize>,
}

/// Films whose copies were looked for, which takes long: replies can then be tried.
pub struct Settling {
    films: Vec<Checked>,
    copies: Vec<Concern>,
}

impl Settling {
    /// Looks for copies; `done` hears how many of how many films were compared with the others.
    pub fn new(mut films: Vec<Checked>, done: &(dyn Fn(usize, usize) + Sync)) -> Self {
        let copies = copies(&films, done);
        // Nobody looks at them again, and they take more room than all the rest.
        for film in &mut films {
            film.fingerprints = Vec::new();
        }
        Self { films, copies }
    }

    /// Settles one kind after the other: what a reply brings about, such as a person with two classes, is a concern of its
    /// own.
    ///
    /// # Errors
    /// The concerns that have no reply.
    pub fn settled(&self, replies: &BTreeMap<Kind, Reply>) -> Result<Settled, Vec<Concern>> {
        let steps = [two_classes, of_classes];
        let mut settled = Settled { films: self.films.clone(), times: BTreeMap::new() };
        let mut found = self.copies.clone();
        for at in 0..=steps.len() {
            // Everything that can be asked now is asked at once.
            let later = steps[at..].iter().flat_map(|step| step(&settled.films));
            let is_open = |one: &Concern| !replies.contains_key(&one.kind);
            if found.iter().any(is_open) {
                return Err(found.iter().cloned().chain(later).filter(is_open).collect());
            }
            for one in &found {
                *settled.times.entry(one.kind).or_default() += 1;
            }
            settled.films = applied(settled.films, &found, replies);
            found = steps.get(at).map_or_else(Vec::new, |step| step(&settled.films));
        }
        Ok(settled)
    }
}

fn applied(films: Vec<Checked>, concerns: &[Concern], replies: &BTreeMap<Kind, Reply>) -> Vec<Checked> {
    let mut dropped = BTreeSet::new();
    let mut same = BTreeMap::<String, String>::new();
    let replied = |reply: Reply, is_of: fn(Kind) -> bool| {
        concerns.iter().filter(move |one| is_of(one.kind) && replies.get(&one.kind) == Some(&reply))
    };
    for one in replied(Reply::Drop, |kind| kind == Kind::TwoClasses) {
        dropped.extend(one.films.iter().copied());
    }
    for one in replied(Reply::Drop, |kind| kind != Kind::TwoClasses) {
        // Of a chain of copies one stays.
        let kept = one.films.iter().find(|at| !dropped.contains(*at)).copied();
        dropped.extend(one.films.iter().copied().filter(|at| Some(*at) != kept));
    }
    for one in replied(Reply::Merge, |_| true) {
        let people: BTreeSet<String> = one.films.iter().map(|at| one_of(&same, &films[*at].entry.person)).collect();
        let mut people = people.into_iter();
        if let Some(first) = people.next() {
            same.extend(people.map(|person| (person, first.clone())));
        }
    }
    let stay = films.into_iter().enumerate().filter(|(at, _)| !dropped.contains(at));
    stay.map(|(_, mut film)| {
        film.entry.person = one_of(&same, &film.entry.person);
        film
    })
    .collect()
}

/// The person that another was found to be.
fn one_of(same: &BTreeMap<String, String>, person: &str) -> String {
    std::iter::successors(Some(person), |one| same.get(*one).map(String::as_str)).last().unwrap_or(person).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::concerns::tests::{crowd, film, texture};
    use analysis::prediction::Class;

    fn copy_of_the_first(class: Class) -> Vec<Checked> {
        let mut films = crowd();
        films.push(Checked { sha256: Some("0.png".into()), ..film("copy.png", "P50", class, &texture(0)) });
        films
    }

    fn with(films: Vec<Checked>, replies: &[(Kind, Reply)]) -> Result<Settled, Vec<Concern>> {
        Settling::new(films, &|_, _| ()).settled(&replies.iter().copied().collect())
    }

    #[test]
    fn what_has_no_reply_is_given_back() {
        let films = copy_of_the_first(Class::Normal);
        assert_eq!(with(films.clone(), &[]).expect_err("one is open").len(), 1);
        let people = |reply| with(films.clone(), &[(Kind::SameFile, reply)]).expect("answered").films;
        assert_eq!((people(Reply::Drop).len(), people(Reply::Keep).len()), (36, 37));
        let merged = people(Reply::Merge);
        assert_eq!((merged.len(), merged[36].entry.person.as_str(), merged[0].entry.person.as_str()), (37, "P0", "P0"));
    }

    #[test]
    fn a_copy_with_another_class_is_never_dropped_by_chance() {
        let films = copy_of_the_first(Class::Osteoporosis);
        let open = with(films.clone(), &[(Kind::SameFile, Reply::Drop)]).expect_err("which class is true?");
        assert_eq!(open.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::TwoClasses]);
        let settled = with(films, &[(Kind::TwoClasses, Reply::Drop)]).expect("answered");
        assert_eq!((settled.films.len(), settled.times[&Kind::TwoClasses]), (35, 1), "neither stays");
    }

    #[test]
    fn what_a_reply_brings_about_is_asked_too() {
        let mut films = crowd();
        // One film of P1 (osteopenia) is that of P50, of whom there is one with another class.
        films.push(Checked { sha256: Some("1.png".into()), ..film("copy.png", "P50", Class::Osteopenia, &texture(1)) });
        films.push(film("other.png", "P50", Class::Osteopenia, &texture(70)));
        films.push(film("third.png", "P1", Class::Osteopenia, &texture(71)));
        films[1].entry.person = "P60".into();
        films.push(film("fourth.png", "P60", Class::Osteopenia, &texture(72)));
        films.push(film("fifth.png", "P50", Class::Osteopenia, &texture(73)));
        assert!(with(films.clone(), &[(Kind::SameFile, Reply::Merge)]).is_ok());
        films.last_mut().expect("pushed").entry.class = Class::Normal;
        films.last_mut().expect("pushed").entry.person = "P60".into();
        films[1].entry.class = Class::Osteopenia;
        let open = with(films, &[(Kind::SameFile, Reply::Merge)]).expect_err("one person has two classes");
        assert_eq!(open[0].kind, Kind::TwoClasses);
    }

    #[test]
    fn dropped_people_can_make_a_class_too_small() {
        let mut films: Vec<Checked> = crowd().into_iter().take(30).collect();
        films.push(Checked {
            sha256: Some("0.png".into()),
            ..film("copy.png", "P50", Class::Osteoporosis, &texture(0))
        });
        let open = with(films, &[(Kind::TwoClasses, Reply::Drop)]).expect_err("nine are left");
        assert_eq!(open[0].kind, Kind::SmallClass);
    }

    #[test]
    fn chains_of_copies_are_merged_into_one_person_or_one_stays() {
        let films: Vec<Checked> =
            ["a", "b", "c"].iter().map(|name| film(name, name, Class::Normal, &texture(3))).collect();
        let chain = |films: [usize; 2]| Concern {
            kind: Kind::NearCopy,
            films: films.into(),
            lines: Vec::new(),
            told: String::new(),
        };
        let by = |reply| {
            let replies = BTreeMap::from([(Kind::NearCopy, reply)]);
            applied(films.clone(), &[chain([1, 2]), chain([0, 1]), chain([0, 2])], &replies)
        };
        assert!(by(Reply::Merge).iter().all(|film| film.entry.person == "a"));
        assert_eq!(by(Reply::Drop).len(), 1);
    }
}
