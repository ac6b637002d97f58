//! The page's model card, and its texts in English; `public/words` translates them.

use analysis::prediction::Class;
use statistics::bootstrap::Estimate;
use statistics::document::{Block, Said};
use statistics::record::{Decision, ModelCard, PromiseRecord, PromisesRecord, Refused, Scores};

/// What the page shows of the card.
pub fn document(card: &ModelCard) -> Vec<Block> {
    let combined = card.grouped.models.iter().find(|scores| scores.name == "combined");
    let mut blocks = vec![
        Block::Paragraph(words(
            "scores_intro",
            "Measured on people whom the models had not seen, by 5-fold cross-validation. A film and all images cropped from it stay on the same side of each split. The reference standard is an ultrasound T-score, not DXA. Intervals are 95% confidence intervals, by bootstrap over films.",
        )),
        Block::Lead(decision(&card.grouped.decision)),
        honest(card),
    ];
    blocks.extend(combined.map(|scores| protocol(&card.grouped.protocol, scores)));
    blocks.push(Block::Paragraph(words("scores_lesson", "Age alone separates normal bone from bone loss far better than any model here does from the X-ray. Take the result as a reason to ask, never as an answer.")));
    if let Some(scores) = combined {
        blocks.push(Block::Charts { confusion: scores.confusion, reliability: scores.reliability.clone() });
        blocks.extend(per_class(scores));
    }
    blocks.extend(promises(&card.grouped.decision));
    blocks.extend(protocols(card));
    blocks.extend(section(words("subgroups_title", "Subgroups"), words("subgroups_note", "Both models together. Subgroups in which a class has fewer than four films are left out. Where the interval is wide, little is known."), groups(&card.grouped.subgroups)));
    let questions = words("clinical_title", "Questions instead of an X-ray");
    blocks.extend(section(questions, words(
        "clinical_note",
        "What age, sex, weight and similar data tell about the same people, without and with the X-ray. No T-score is used as an input.",
    ), groups(&card.clinical.models)));
    blocks.extend(gate(card));
    blocks.extend(heat_maps(card));
    blocks
}

/// A heading, what the table below it tells, and the table.
fn section(title: Said, note: Said, table: Block) -> [Block; 3] {
    [Block::Title(title), Block::Paragraph(note), table]
}

fn words(name: &str, english: &str) -> Said {
    filled(name, english, Vec::new())
}

fn filled(name: &str, english: &str, values: Vec<Said>) -> Said {
    Said::Words { name: name.into(), english: english.into(), values }
}

fn plain(text: &str) -> Said {
    Said::Plain(text.into())
}

fn count(of: usize) -> Said {
    Said::Number { value: of as f64, decimals: 0 }
}

/// Where there is none.
fn nothing() -> Said {
    plain("–")
}

/// What a row of figures is called: a network, or words that say in English what the row is.
fn row_name(of: &str) -> Said {
    match of {
        "custom-cnn" => plain("Custom CNN"),
        "resnet18" | "ResNet18" => plain("ResNet18"),
        "combined" => words("combined", "both models together"),
        // The records use short names.
        "logistic, columns chosen inside the fold" => words(of, "logistic regression, variables chosen in each fold"),
        "logistic, all columns" => words(of, "logistic regression, all variables"),
        "random forest, copies" => words(of, "random forest, oversampled"),
        "boosted trees, copies" => words(of, "boosted trees, oversampled"),
        "picture alone, mean of the knees" => words(of, "X-ray alone, mean of the knees"),
        "questionnaire and picture" => words(of, "questionnaire and X-ray"),
        "crops of films by others" => words(of, "crops of films, made by others"),
        "knees of a cohort" => words(of, "knees from a cohort study"),
        "knees changed" => words(of, "altered images of knees"),
        other => words(other, other),
    }
}

fn named(name: Said, cells: impl IntoIterator<Item = Said>) -> Vec<Said> {
    std::iter::once(name).chain(cells).collect()
}

fn figures<const COUNT: usize>(of: [Estimate; COUNT]) -> impl Iterator<Item = Said> {
    of.into_iter().map(Said::Figure)
}

fn accuracy() -> Said {
    words("accuracy", "Accuracy")
}

fn balanced_accuracy() -> Said {
    words("balanced_accuracy", "Balanced accuracy")
}

fn macro_auc() -> Said {
    words("macro_auc", "AUC, mean of the classes")
}

fn bone_loss_auc() -> Said {
    words("bone_loss_auc", "AUC, normal vs bone loss")
}

fn decision(of: &Decision) -> Said {
    let right = of.by_age.right.map_or_else(nothing, Said::ShareFigure);
    let [picture, age, majority] = [of.by_picture.coverage, of.by_age.coverage, of.majority].map(Said::ShareFigure);
    filled(
        "scores_decision",
        "From the X-ray alone, a class is named for {0} of all films. Once the age is known, a class is named for {1} of people, and {2} of these results are right. For comparison, answering “osteopenia” for everyone would be right for {3}.",
        vec![picture, age, right, majority],
    )
}

/// The networks beside what needs none.
fn honest(card: &ModelCard) -> Block {
    let of =
        |scores: &Scores| figures([scores.accuracy, scores.balanced_accuracy, scores.macro_auc, scores.bone_loss_auc]);
    let chance = |value: f64| Said::Number { value, decimals: 2 };
    let by_chance = [Said::Figure(card.grouped.majority_accuracy), chance(1.0 / 3.0), chance(0.5), chance(0.5)];
    let mut rows = vec![named(words("always_osteopenia", "Always “osteopenia”"), by_chance)];
    let age = card.clinical.models.iter().find(|scores| scores.name == "age alone");
    rows.extend(age.map(|scores| named(words("age_alone", "Age alone, no X-ray, per film"), of(scores))));
    rows.extend(card.grouped.models.iter().map(|scores| named(row_name(&scores.name), of(scores))));
    Block::Table { heads: vec![accuracy(), balanced_accuracy(), macro_auc(), bone_loss_auc()], rows }
}

fn protocol(protocol: &str, scores: &Scores) -> Block {
    let values = vec![words(protocol, protocol), count(scores.pictures), count(scores.films)];
    Block::Remark(filled("scores_protocol", "{0}: {1} knees from {2} films.", values))
}

fn per_class(scores: &Scores) -> [Block; 3] {
    let heads = vec![
        words("precision", "Precision"),
        words("recall", "Recall (sensitivity)"),
        words("f1", "F1"),
        words("class_auc", "AUC, one vs rest"),
    ];
    let classes = Class::ALL.into_iter().zip(&scores.per_class);
    let rows = classes.map(|(class, of)| named(Said::Class(class), figures([of.precision, of.recall, of.f1, of.auc])));
    section(
        words("per_class_title", "Results per class, both models together"),
        words(
            "per_class_note",
            "Precision is the share of knees predicted to be in a class that really are in it. Recall, also called sensitivity, is the share of knees in a class that were predicted to be in it. The predicted class is the most probable one. F1 combines precision and recall.",
        ),
        Block::Table { heads, rows: rows.collect() },
    )
}

/// How often each colour was true of people not seen, by each kind of evidence.
fn promises(decision: &Decision) -> [Block; 3] {
    let rows = |name: &'static str, english: &'static str, of: &PromisesRecord| {
        let row = |one: &PromiseRecord| {
            let worth = one.worth.map_or_else(
                || [nothing(), nothing()],
                |worth| [worth.right, worth.osteoporosis].map(Said::ShareFigure),
            );
            let shown = if one.is_kept { words("promise_kept", "yes") } else { words("promise_not_kept", "no") };
            let said = [one.said, one.said_of_osteoporosis].map(Said::ShareFigure);
            let cells = said.into_iter().chain(worth).chain([Said::Share(one.frequency), shown]);
            named(filled(name, english, vec![Said::Class(one.class)]), cells)
        };
        of.verdicts.iter().map(row).collect::<Vec<Vec<Said>>>()
    };
    let mut all = rows("promise_by_picture", "{0}, from the X-ray", &decision.by_picture);
    all.extend(rows("promise_by_age", "{0}, from the age", &decision.by_age));
    let heads = vec![
        words("promise_said", "Share of all people given this result"),
        words("promise_said_ill", "Share of people with osteoporosis given this result"),
        words("promise_right", "Precision"),
        words("promise_ill", "Share with osteoporosis among those given it"),
        words("promise_frequency", "Prevalence of the class"),
        words("promise_shown", "Shown"),
    ];
    section(
        words("promise_title", "When a class is named"),
        words(
            "promise_note",
            "A class is named only if such a result was right clearly more often than chance on people the models had not seen. The lower limit of the 95% confidence interval of that share, the precision, must lie above the prevalence of the class.",
        ),
        Block::Table { heads, rows: all },
    )
}

/// The two ways of splitting, side by side.
fn protocols(card: &ModelCard) -> [Block; 4] {
    let honest = |name: &str| {
        let scores = card.grouped.models.iter().find(|scores| scores.name == name);
        scores.map_or_else(nothing, |scores| Said::Figure(scores.accuracy))
    };
    let row = |of: &Scores| vec![row_name(&of.name), honest(&of.name), Said::Figure(of.accuracy)];
    let heads = vec![
        words("accuracy_unseen", "Accuracy on people not seen before"),
        words("accuracy_file_level", "Accuracy, split by file (not credible)"),
    ];
    let copies = vec![Said::Share(card.file_level.copies_in_training)];
    let reported = card
        .file_level
        .reported
        .iter()
        .map(|one| Said::Joined { between: " ".into(), parts: vec![row_name(&one.name), Said::Share(one.accuracy)] });
    let reported = Said::Joined { between: ", ".into(), parts: reported.collect() };
    [
        Block::Title(words("protocols_title", "Why others report much higher accuracy")),
        Block::Paragraph(filled(
            "protocols_note",
            "The popular data set contains each crop four times. If it is split at random by file, {0} of the test files have an exact copy among the training files, so a network only needs to recognise them. These are the same networks under both splits:",
            copies,
        )),
        Block::Table { heads, rows: card.file_level.models.iter().map(row).collect() },
        Block::Remark(filled("reported", "Earlier projects with such a split reported: {0}.", vec![reported])),
    ]
}

fn groups(groups: &[Scores]) -> Block {
    let row = |of: &Scores| {
        let cells = std::iter::once(count(of.films));
        named(row_name(&of.name), cells.chain(figures([of.balanced_accuracy, of.macro_auc, of.bone_loss_auc])))
    };
    let heads = vec![words("number of films", "Films"), balanced_accuracy(), macro_auc(), bone_loss_auc()];
    Block::Table { heads, rows: groups.iter().map(row).collect() }
}

/// What gets no result.
fn gate(card: &ModelCard) -> [Block; 3] {
    let row = |of: &Refused| {
        let never_seen = match of.never_seen {
            0 => nothing(),
            all => Said::Share(of.refused_never_seen as f64 / all as f64),
        };
        let name = match &of.kind {
            Some(kind) => Said::Joined { between: " ".into(), parts: vec![plain("–"), row_name(kind)] },
            None => row_name(&of.origin),
        };
        named(name, [count(of.pictures), count(of.refused), never_seen])
    };
    // How knees fare that were changed one way or another stands in MODEL_CARD.md.
    let rows = card.gate.iter().filter(|of| !of.is_knee || of.kind.is_none()).map(row).collect();
    let heads = vec![
        words("tried", "Tested"),
        words("refused", "Refused"),
        words("refused_never_seen", "Refused, if their kind is left out of training"),
    ];
    section(
        words("gate_title", "Images that get no result"),
        words(
            "gate_note",
            "Images that do not show a knee should be refused. Knees should not. The last column shows what to expect for body parts that are not in the training data. Knees from a machine that is not in the training data are refused more often. Not tested: side views, knees in a cast, children’s knees and real photographs of films.",
        ),
        Block::Table { heads, rows },
    )
}

fn heat_maps(card: &ModelCard) -> [Block; 3] {
    let rows = card.saliency.iter().map(|of| {
        let figures = [(of.rank_correlation_when_random, 2), (of.lost_by_heat, 3), (of.lost_at_random, 3)];
        named(row_name(&of.model), figures.map(|(value, decimals)| Said::Number { value, decimals }))
    });
    let heads = vec![
        words("likeness", "Similarity to a random network’s map"),
        words("lost_by_heat", "Loss, hottest quarter masked"),
        words("lost_at_random", "Loss, random quarter masked"),
    ];
    section(
        words("saliency_title", "Do the heat maps mean anything?"),
        words(
            "saliency_note",
            "A map should change when the network’s last block is randomised (similarity near 0). Masking its hottest quarter should lower the class’s probability more than masking a random quarter.",
        ),
        Block::Table { heads, rows: rows.collect() },
    )
}
