//! What a questionnaire tells without a picture. T-score and Z-score are never inputs.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::clinical::ClinicalInput;
use analysis::prediction::{Class, Probabilities};
use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::xgboost::{XGRegressor, XGRegressorParameters};
use statistics::folds::{FOLDS, fold_of_group};
use statistics::logistic::{Logistic, softmax};
use statistics::weighting::class_weights;
use statistics::with_answers::known_range;

use crate::model_id::ModelId;
use crate::predictions::{self, Grouped};
use crate::tables;

/// Numeric columns, then those of yes or no. Missing is 0: no menopause, no pregnancy.
const COLUMNS: [&str; 15] = [
    "age_years",
    "female",
    "weight_kg",
    "height_m",
    "after_menopause",
    "max_walking_km",
    "pregnancies",
    "smoker",
    "diabetic",
    "hypothyroidism",
    "seizure_disorder",
    "estrogen_use",
    "fracture_history",
    "family_history",
    "body_mass_index",
];
/// Sets of columns among which each training fold chooses.
const SETS: [(&str, &[usize]); 5] = [
    ("age", &[0]),
    ("age and sex", &[0, 1]),
    ("age and weight", &[0, 2]),
    ("age, sex, weight, height", &[0, 1, 2, 3]),
    ("age, sex, weight, height, menopause, fracture, family", &[0, 1, 2, 3, 4, 12, 13]),
];
const PENALTIES: [f32; 3] = [0.01, 0.1, 0.5];
const TREES: usize = 200;
const NEIGHBOURS: usize = 5;

/// A film's patient.
struct Person {
    group: String,
    class: Class,
    row: Vec<f32>,
}

/// What every model says of a patient that it has not seen, in one repeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicalOutOfFold {
    /// As in the grouped predictions.
    pub fold: usize,
    /// In the order of [`ClinicalPredictions::models`].
    pub probabilities: Vec<Probabilities>,
}

/// A patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedPerson {
    /// The film.
    pub group: String,
    /// By ultrasound T-score.
    pub class: Class,
    /// One per repeat.
    pub repeats: Vec<ClinicalOutOfFold>,
}

/// `clinical.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicalPredictions {
    /// Names.
    pub models: Vec<String>,
    /// Fitted to everybody; `evaluate` finds the weight of the picture beside it.
    pub exported: Regression,
    /// The patients.
    pub people: Vec<JudgedPerson>,
}

/// A logistic regression, as a [`ClinicalModel`](analysis::clinical::ClinicalModel) holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// What is asked for.
    pub inputs: Vec<ClinicalInput>,
    /// Score of each class where all inputs are 0.
    pub offsets: [f32; 3],
}

/// The name under which the exported kind of model stands among [`ClinicalPredictions::models`].
pub const EXPORTED: &str = "logistic, columns chosen inside the fold";
/// Osteoporosis Self-assessment Tool: (weight − age) / 5 (Koh et al., 2001).
const OST: &str = "OST index";

/// A fitted model.
type Fitted = Box<dyn Fn(&Person) -> Probabilities + Send>;

enum ModelKind {
    Logistic(&'static [usize]),
    Ost,
    Chosen,
    Forest(Balance),
    Boosted(Balance),
}

/// How classes are made to count alike where a model knows no weights.
#[derive(Clone, Copy)]
enum Balance {
    /// Rows of the smaller classes again.
    Copies,
    /// New rows between neighbours (Chawla et al., "SMOTE", 2002).
    Smote,
}

/// Fits every model in the folds of the grouped predictions in `out` and writes `clinical.json`.
pub fn run(data: &Path, out: &Path, seed: u64) -> Result<()> {
    let people = read(data)?;
    let grouped: Grouped = predictions::read(out, &format!("grouped-{}", ModelId::ResNet18.id()))?;
    let kinds: Vec<(&str, ModelKind)> = vec![
        ("age alone", ModelKind::Logistic(&[0])),
        (OST, ModelKind::Ost),
        (EXPORTED, ModelKind::Chosen),
        ("logistic, all columns", ModelKind::Logistic(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])),
        ("random forest, copies", ModelKind::Forest(Balance::Copies)),
        ("random forest, SMOTE", ModelKind::Forest(Balance::Smote)),
        ("boosted trees, copies", ModelKind::Boosted(Balance::Copies)),
        ("boosted trees, SMOTE", ModelKind::Boosted(Balance::Smote)),
    ];
    let folds: BTreeMap<&str, Vec<usize>> = grouped
        .knees
        .iter()
        .map(|knee| (knee.group.as_str(), knee.repeats.iter().map(|repeat| repeat.fold).collect()))
        .collect();
    let repeats = folds.values().next().map_or(0, Vec::len);
    let mut judged: Vec<JudgedPerson> = people
        .iter()
        .map(|person| JudgedPerson { group: person.group.clone(), class: person.class, repeats: Vec::new() })
        .collect();
    for repeat in 0..repeats {
        let fold_of = |person: &Person| folds[person.group.as_str()].get(repeat).copied().unwrap_or(0);
        let fitted: Vec<Vec<Fitted>> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let learned_from: Vec<&Person> = people.iter().filter(|person| fold_of(person) != fold).collect();
                kinds.iter().map(|(_, kind)| fit(kind, &learned_from, seed)).collect::<Result<_>>()
            })
            .collect::<Result<_>>()?;
        for (person, judged) in people.iter().zip(&mut judged) {
            let fold = fold_of(person);
            let probabilities = fitted[fold].iter().map(|model| model(person)).collect();
            judged.repeats.push(ClinicalOutOfFold { fold, probabilities });
        }
    }
    let everybody: Vec<&Person> = people.iter().collect();
    let (columns, penalty) = chosen(&everybody, seed);
    println!("exported: {columns:?} with penalty {penalty}");
    let record = ClinicalPredictions {
        models: kinds.iter().map(|(name, _)| (*name).to_owned()).collect(),
        exported: exported(&everybody, columns, penalty),
        people: judged,
    };
    predictions::write(out, "clinical", &record)
}

fn read(data: &Path) -> Result<Vec<Person>> {
    let rows: Vec<BTreeMap<String, String>> = tables::read(&data.join("films.csv"))?;
    rows.iter()
        .map(|row| {
            let number = |column: &str| row[column].parse::<f32>().unwrap_or(0.0);
            let (height, weight) = (number("height_m"), number("weight_kg"));
            let value = |column: &&str| match *column {
                "female" => f32::from(u8::from(row["sex"] == "female")),
                "after_menopause" => f32::from(u8::from(!row["menopause_age_years"].is_empty())),
                "body_mass_index" => weight / (height * height).max(0.1),
                "age_years" | "weight_kg" | "height_m" | "max_walking_km" | "pregnancies" => number(column),
                yes_or_no => f32::from(u8::from(row[yes_or_no] == "yes")),
            };
            let class = serde_json::from_value(serde_json::Value::String(row["class"].clone()))?;
            Ok(Person { group: row["group"].clone(), class, row: COLUMNS.iter().map(value).collect() })
        })
        .collect()
}

fn only(person: &Person, columns: &[usize]) -> Vec<f32> {
    columns.iter().map(|column| person.row[*column]).collect()
}

fn ost(person: &Person) -> Vec<f32> {
    vec![(person.row[2] - person.row[0]) / 5.0]
}

fn logistic(people: &[&Person], features: &dyn Fn(&Person) -> Vec<f32>, penalty: f32) -> Logistic {
    let rows: Vec<(Vec<f32>, usize)> = people.iter().map(|person| (features(person), person.class as usize)).collect();
    Logistic::fit(&rows.iter().map(|(row, class)| (row.as_slice(), *class)).collect::<Vec<_>>(), penalty)
}

fn fit(kind: &ModelKind, people: &[&Person], seed: u64) -> Result<Fitted> {
    const PENALTY: f32 = 0.02;
    Ok(match *kind {
        ModelKind::Logistic(columns) => {
            let model = logistic(people, &|person| only(person, columns), PENALTY);
            Box::new(move |person| softmax(model.logits(&only(person, columns))))
        }
        ModelKind::Ost => {
            let model = logistic(people, &ost, PENALTY);
            Box::new(move |person| softmax(model.logits(&ost(person))))
        }
        ModelKind::Chosen => {
            let (columns, penalty) = chosen(people, seed);
            let model = logistic(people, &|person| only(person, columns), penalty);
            Box::new(move |person| softmax(model.logits(&only(person, columns))))
        }
        ModelKind::Forest(balance) => {
            let parameters = RandomForestRegressorParameters::default()
                .with_n_trees(TREES)
                .with_min_samples_leaf(4)
                .with_m(4)
                .with_seed(seed);
            against_the_rest(people, balance, seed, |rows, truth| {
                let model = RandomForestRegressor::fit(rows, truth, parameters.clone()).context("growing a forest")?;
                Ok(move |row: &DenseMatrix<f64>| model.predict(row).ok().and_then(|all| all.first().copied()))
            })?
        }
        ModelKind::Boosted(balance) => {
            let parameters = XGRegressorParameters::default()
                .with_n_estimators(60)
                .with_max_depth(2)
                .with_learning_rate(0.08)
                .with_seed(seed);
            against_the_rest(people, balance, seed, |rows, truth| {
                let model = XGRegressor::fit(rows, truth, parameters.clone()).context("boosting trees")?;
                Ok(move |row: &DenseMatrix<f64>| model.predict(row).ok().and_then(|all| all.first().copied()))
            })?
        }
    })
}

/// Three regressions on "is of this class", brought to a sum of 1.
fn against_the_rest<M: Fn(&DenseMatrix<f64>) -> Option<f64> + Send + 'static>(
    people: &[&Person],
    balance: Balance,
    seed: u64,
    fit: impl Fn(&DenseMatrix<f64>, &Vec<f64>) -> Result<M>,
) -> Result<Fitted> {
    let (rows, classes) = balanced(people, balance, seed);
    let rows = DenseMatrix::from_2d_vec(&rows).context("the rows have one length")?;
    let models: Vec<M> = (0..3)
        .map(|class| fit(&rows, &classes.iter().map(|of| f64::from(u8::from(*of == class))).collect()))
        .collect::<Result<_>>()?;
    Ok(Box::new(move |person| {
        let row = vec![person.row.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>()];
        let Ok(row) = DenseMatrix::from_2d_vec(&row) else { return [1.0 / 3.0; 3] };
        let said: Vec<f32> = models.iter().map(|model| model(&row).unwrap_or(0.0).clamp(0.001, 0.999) as f32).collect();
        let sum: f32 = said.iter().sum();
        [said[0] / sum, said[1] / sum, said[2] / sum]
    }))
}

/// Rows in which each class is as frequent as the most frequent one.
fn balanced(people: &[&Person], balance: Balance, seed: u64) -> (Vec<Vec<f64>>, Vec<usize>) {
    let mut random = StdRng::seed_from_u64(seed);
    let of = |class: usize| people.iter().filter(move |person| person.class as usize == class);
    let most = (0..3).map(|class| of(class).count()).max().unwrap_or(0);
    let (mut rows, mut classes) = (Vec::new(), Vec::new());
    for class in 0..3 {
        let members: Vec<Vec<f64>> =
            of(class).map(|person| person.row.iter().map(|x| f64::from(*x)).collect()).collect();
        rows.extend(members.iter().cloned());
        classes.extend(std::iter::repeat_n(class, members.len().max(most)));
        for _ in members.len()..most {
            let one = &members[random.random_range(0..members.len())];
            rows.push(match balance {
                Balance::Copies => one.clone(),
                Balance::Smote => {
                    let away = |other: &&Vec<f64>| one.iter().zip(*other).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
                    let mut others: Vec<&Vec<f64>> = members.iter().filter(|other| *other != one).collect();
                    others.sort_by(|a, b| away(a).total_cmp(&away(b)));
                    let near = others.get(random.random_range(0..NEIGHBOURS)).copied().unwrap_or(one);
                    let share: f64 = random.random();
                    one.iter().zip(near).map(|(a, b)| a + share * (b - a)).collect()
                }
            });
        }
    }
    (rows, classes)
}

/// The columns and the penalty that do best in a cross-validation of these people alone.
fn chosen(people: &[&Person], seed: u64) -> (&'static [usize], f32) {
    let groups = people.iter().map(|person| (person.group.clone(), person.class)).collect();
    let folds = fold_of_group(&groups, seed);
    let loss = |columns: &[usize], penalty: f32| -> f32 {
        (0..FOLDS)
            .map(|fold| {
                let (held_out, learned_from): (Vec<&Person>, Vec<&Person>) =
                    people.iter().partition(|person| folds[&person.group] == fold);
                let model = logistic(&learned_from, &|person| only(person, columns), penalty);
                let weights =
                    class_weights(people.iter().map(|person| person.class as usize)).map(|weight| weight as f32);
                let surprise = |person: &&Person| {
                    let class = person.class as usize;
                    -weights[class] * softmax(model.logits(&only(person, columns)))[class].max(1e-9).ln()
                };
                held_out.iter().map(surprise).sum::<f32>()
            })
            .sum()
    };
    let candidates = SETS.iter().flat_map(|(_, columns)| PENALTIES.iter().map(move |penalty| (*columns, *penalty)));
    candidates.min_by(|a, b| loss(a.0, a.1).total_cmp(&loss(b.0, b.1))).unwrap_or((SETS[0].1, PENALTIES[0]))
}

fn exported(people: &[&Person], columns: &[usize], penalty: f32) -> Regression {
    let model = logistic(people, &|person| only(person, columns), penalty);
    let input = |(at, column): (usize, &usize)| {
        let values: Vec<f32> = people.iter().map(|person| person.row[*column]).collect();
        let (low, high) = known_range(&values);
        ClinicalInput {
            id: COLUMNS[*column].to_owned(),
            low,
            high,
            coefficients: std::array::from_fn(|class| model.weights[class][at]),
        }
    };
    Regression { inputs: columns.iter().enumerate().map(input).collect(), offsets: model.offsets }
}
