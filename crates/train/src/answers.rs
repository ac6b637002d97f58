//! What the shipped models say of every picture at hand, and whether they have said the same before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use analysis::analyzer::Analyzer;
use analysis::error::Error;
use analysis::findings::{KneeResult, Outcome};
use analysis::gate::Refusal;
use analysis::manifest::Manifest;
use anyhow::{Context, Result, bail, ensure};
use radiograph::Edit;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::shipped;

/// Folders of pictures below the data: labelled films, knees cut from them, and what is no knee.
const FOLDERS: [&str; 3] = ["films", "crops", "not_knees"];
/// How far a probability (0..=1) may move: sums in another order move one by 1e-6, and the page shows hundredths.
const PROBABILITIES_WITHIN: f32 = 1e-4;

/// What is said of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// No picture could be read.
    Unreadable,
    /// It is not judged.
    Refused(Vec<Refusal>),
    /// What is said of each knee.
    Judged(Vec<KneeResult>),
}

/// Every picture's answer, by its path below the data.
pub type AnswersByPath = BTreeMap<String, Answer>;

/// Answers every picture; writes the answers to a file, and compares them with those in another.
pub fn run(data: &Path, weights: &Path, out: Option<&Path>, against: Option<&Path>) -> Result<()> {
    let now = of_all(data, &shipped::manifest(weights)?, weights)?;
    let count = |is: fn(&Answer) -> bool| now.values().filter(|answer| is(answer)).count();
    println!(
        "{} pictures: {} judged, {} refused, {} unreadable",
        now.len(),
        count(|answer| matches!(answer, Answer::Judged(_))),
        count(|answer| matches!(answer, Answer::Refused(_))),
        count(|answer| *answer == Answer::Unreadable)
    );
    if let Some(out) = out {
        fs::write(out, serde_json::to_string_pretty(&now)? + "\n")
            .with_context(|| format!("writing {}", out.display()))?;
    }
    if let Some(against) = against {
        let before = fs::read(against).with_context(|| format!("reading {}", against.display()))?;
        let before: AnswersByPath =
            serde_json::from_slice(&before).with_context(|| format!("reading {}", against.display()))?;
        let Comparison { changed, largest } = Comparison::between(&before, &now);
        for (picture, reason) in &changed {
            println!("{picture}: {reason}");
        }
        println!("largest difference of a probability: {largest:e}");
        ensure!(changed.is_empty(), "{} of {} pictures are answered otherwise", changed.len(), now.len());
    }
    Ok(())
}

/// What the models of a manifest say of every picture below the data.
pub fn of_all(data: &Path, manifest: &Manifest, weights: &Path) -> Result<AnswersByPath> {
    let loaded = || shipped::analyzer(manifest, weights);
    let judged = |analyzer: &mut Result<Analyzer>, picture: &PathBuf| {
        let analyzer = analyzer.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        let name = picture.strip_prefix(data)?.to_str().context("a picture's name is not Unicode")?.to_owned();
        let bytes = fs::read(picture).with_context(|| format!("reading {}", picture.display()))?;
        Ok((name, pollster::block_on(answer(analyzer, &bytes))?))
    };
    pictures(data)?.par_iter().map_init(loaded, judged).collect()
}

async fn answer(analyzer: &Analyzer, bytes: &[u8]) -> Result<Answer> {
    Ok(match analyzer.analyze(bytes, Edit::default()).await {
        Err(Error::File(_)) => Answer::Unreadable,
        other => match other?.1 {
            Outcome::Refused(reasons) => Answer::Refused(reasons),
            Outcome::Judged(verdict) => Answer::Judged(verdict.knees),
            Outcome::Waiting => bail!("a model has not spoken"),
        },
    })
}

fn pictures(data: &Path) -> Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = FOLDERS.map(|folder| data.join(folder)).into();
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        let listed = fs::read_dir(&folder).with_context(|| format!("reading the pictures in {}", folder.display()))?;
        for file in listed {
            let path = file?.path();
            if path.is_dir() { folders.push(path) } else { all.push(path) }
        }
    }
    all.sort();
    Ok(all)
}

impl Answer {
    /// Whether both say the same of the picture and of each knee, however probable they find it.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let said = |knees: &[KneeResult]| -> Vec<_> {
            let of = |knee: &KneeResult| {
                let models: Vec<String> = knee.models.iter().map(|(id, _)| id.clone()).collect();
                (knee.position, knee.is_known, knee.verdict, models)
            };
            knees.iter().map(of).collect()
        };
        match (self, other) {
            (Self::Judged(one), Self::Judged(other)) => said(one) == said(other),
            _ => self == other,
        }
    }

    /// Every probability of every knee.
    fn probabilities(&self) -> Vec<f32> {
        let Self::Judged(knees) = self else { return Vec::new() };
        let of = |knee: &KneeResult| {
            let models = knee.models.iter().flat_map(|(_, probabilities)| *probabilities);
            models.chain(knee.combined).collect::<Vec<f32>>()
        };
        knees.iter().flat_map(of).collect()
    }
}

/// How far the answers of two times are apart.
#[derive(Debug, Default, PartialEq)]
struct Comparison {
    /// Pictures that are answered otherwise, and how.
    changed: Vec<(String, String)>,
    /// The largest difference of a probability, 0..=1; infinite where one is not a number.
    largest: f32,
}

impl Comparison {
    fn between(before: &AnswersByPath, after: &AnswersByPath) -> Self {
        let mut all = Self::default();
        for picture in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let reason = match (before.get(picture), after.get(picture)) {
                (Some(before), Some(after)) if before.agrees_with(after) => {
                    let moved = farthest(&before.probabilities(), &after.probabilities());
                    all.largest = all.largest.max(moved);
                    (moved > PROBABILITIES_WITHIN).then(|| format!("a probability moved by {moved:e}"))
                }
                (Some(before), Some(after)) => Some(format!("{before:?} became {after:?}")),
                (Some(_), None) => Some("is answered no more".to_owned()),
                (None, _) => Some("was not answered before".to_owned()),
            };
            all.changed.extend(reason.map(|reason| (picture.clone(), reason)));
        }
        all
    }
}

/// The largest difference; what is not a number is infinitely far away.
fn farthest(before: &[f32], after: &[f32]) -> f32 {
    let apart = |(a, b): (&f32, &f32)| if (a - b).is_nan() { f32::INFINITY } else { (a - b).abs() };
    before.iter().zip(after).map(apart).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::knees::Position;
    use analysis::prediction::Verdict;

    fn judged(probability: f32, verdict: Verdict) -> Answer {
        let said = [probability, 0.2, 0.1];
        let models = vec![("custom-cnn".to_owned(), said)];
        Answer::Judged(vec![KneeResult {
            position: Position::Only,
            is_known: true,
            verdict,
            combined: said,
            models,
            side: None,
        }])
    }

    fn compared(before: Option<Answer>, after: Option<Answer>) -> Comparison {
        let named = |answer: Option<Answer>| answer.map(|answer| ("films/N1.jpg".to_owned(), answer));
        Comparison::between(&named(before).into_iter().collect(), &named(after).into_iter().collect())
    }

    #[test]
    fn the_same_answers_are_the_same() {
        for answer in
            [judged(0.7, Verdict::Normal), Answer::Unreadable, Answer::Refused(vec![Refusal::Colour, Refusal::Drawing])]
        {
            assert_eq!(compared(Some(answer.clone()), Some(answer)), Comparison::default());
        }
        let Comparison { changed, largest } =
            compared(Some(judged(0.7, Verdict::Normal)), Some(judged(0.700_05, Verdict::Normal)));
        assert!(changed.is_empty() && (largest - 5e-5).abs() < 1e-6, "{changed:?} {largest}");
    }

    #[test]
    fn every_kind_of_difference_is_found() {
        let normal = || Some(judged(0.7, Verdict::Normal));
        let refused = |reason| Some(Answer::Refused(vec![reason]));
        let second_knee = {
            let Some(Answer::Judged(mut knees)) = normal() else { panic!("judged") };
            knees.extend(knees.clone());
            Some(Answer::Judged(knees))
        };
        for (before, after) in [
            (normal(), Some(judged(0.7, Verdict::Uncertain))),
            (normal(), Some(judged(0.7002, Verdict::Normal))),
            (normal(), Some(judged(f32::NAN, Verdict::Normal))),
            (normal(), second_knee),
            (normal(), refused(Refusal::NotAKnee)),
            (refused(Refusal::Colour), refused(Refusal::Blank)),
            (refused(Refusal::Colour), Some(Answer::Unreadable)),
            (normal(), None),
            (None, normal()),
        ] {
            let Comparison { changed, .. } = compared(before.clone(), after.clone());
            assert_eq!(changed.len(), 1, "{before:?} against {after:?}");
        }
    }

    #[test]
    fn answers_have_the_form_of_the_file() {
        let answers: AnswersByPath =
            [("a".to_owned(), Answer::Unreadable), ("b".to_owned(), Answer::Refused(vec![Refusal::NotAKnee]))].into();
        let json = serde_json::to_string(&answers).expect("plain data");
        assert_eq!(json, r#"{"a":"unreadable","b":{"refused":["not-a-knee"]}}"#);
    }
}
