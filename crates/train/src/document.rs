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
            "Measured on people whom the models had not seen: 5-fold cross-validation in which a film and all pictures cut from it stay on one side. The truth is an ultrasound T-score, not DXA. Intervals are 95 %, by bootstrap over films.",
        )),
        Block::Lead(decision(&card.grouped.decision)),
        honest(card),
    ];
    blocks.extend(combined.map(|scores| protocol(&card.grouped.protocol, scores)));
    blocks.push(Block::Paragraph(words("scores_lesson", "Knowing a person's age alone separates normal from bone loss far better than any model here does from the picture. Take the verdict as a reason to ask, never as an answer.")));
    if let Some(scores) = combined {
        blocks.push(Block::Charts { confusion: scores.confusion, reliability: scores.reliability.clone() });
        blocks.extend(per_class(scores));
    }
    blocks.extend(promises(&card.grouped.decision));
    blocks.extend(protocols(card));
    blocks.push(Block::Title(words("subgroups_title", "For whom")));
    blocks.push(Block::Paragraph(words("subgroups_note", "Both models together. A part of the people in which a class has fewer than four films is left out. Where the interval is wide, little is known.")));
    blocks.push(groups(&card.grouped.subgroups));
    blocks.push(Block::Title(words("clinical_title", "Questions instead of a picture")));
    blocks.push(Block::Paragraph(words(
        "clinical_note",
        "What age, sex, weight and the like tell of the same people, without and with the picture. No T-score goes in.",
    )));
    blocks.push(groups(&card.clinical.models));
    blocks.extend(gate(card));
    blocks.extend(heat_maps(card));
    blocks
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
    words("macro_auc", "AUC, mean of classes")
}

fn bone_loss_auc() -> Said {
    words("bone_loss_auc", "AUC, normal or not")
}

fn decision(of: &Decision) -> Said {
    let right = of.by_age.right.map_or_else(nothing, Said::ShareFigure);
    let [picture, age, majority] = [of.by_picture.coverage, of.by_age.coverage, of.majority].map(Said::ShareFigure);
    filled(
        "scores_decision",
        "From the picture alone a colour is shown for {0} of all films. Once the age is known, a colour is shown for {1} of people, and {2} of these are right. For comparison: always saying “osteopenia” to everybody would be right for {3}.",
        vec![picture, age, right, majority],
    )
}

/// The networks beside what needs none.
fn honest(card: &ModelCard) -> Block {
    let of =
        |scores: &Scores| figures([scores.accuracy, scores.balanced_accuracy, scores.macro_auc, scores.bone_loss_auc]);
    let by_chance = [Said::Figure(card.grouped.majority_accuracy), plain("0.33"), plain("0.50"), plain("0.50")];
    let mut rows = vec![named(words("always_osteopenia", "Always “osteopenia”"), by_chance)];
    let age = card.clinical.models.iter().find(|scores| scores.name == "age alone");
    rows.extend(age.map(|scores| named(words("age_alone", "Age alone, no picture, per film"), of(scores))));
    rows.extend(card.grouped.models.iter().map(|scores| named(row_name(&scores.name), of(scores))));
    Block::Table { heads: vec![accuracy(), balanced_accuracy(), macro_auc(), bone_loss_auc()], rows }
}

fn protocol(protocol: &str, scores: &Scores) -> Block {
    let values = vec![plain(protocol), count(scores.pictures), count(scores.films)];
    Block::Remark(filled("scores_protocol", "{0}: {1} knees of {2} films.", values))
}

fn per_class(scores: &Scores) -> [Block; 2] {
    let heads = vec![
        words("precision", "Of those called so, right"),
        words("recall", "Of those who have it, found"),
        words("f1", "F1"),
        words("class_auc", "AUC against the others"),
    ];
    let classes = Class::ALL.into_iter().zip(&scores.per_class);
    let rows = classes.map(|(class, of)| named(Said::Class(class), figures([of.precision, of.recall, of.f1, of.auc])));
    [
        Block::Title(words("per_class_title", "Each class, both models together")),
        Block::Table { heads, rows: rows.collect() },
    ]
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
    let mut all = rows("promise_by_picture", "{0}, by the picture", &decision.by_picture);
    all.extend(rows("promise_by_age", "{0}, by the age", &decision.by_age));
    let heads = vec![
        words("promise_said", "Share of all people who get it"),
        words("promise_said_ill", "Share of people with osteoporosis who get it"),
        words("promise_right", "Right, of those who got it"),
        words("promise_ill", "Have osteoporosis, of those who got it"),
        words("promise_frequency", "Frequency of the group"),
        words("promise_shown", "Shown"),
    ];
    [
        Block::Title(words("promise_title", "When a colour is shown")),
        Block::Paragraph(words(
            "promise_note",
            "A colour is shown only if, among people not seen who got it, its group was clearly more frequent than among all people: the lower end of the 95 % interval must lie above the frequency of the group.",
        )),
        Block::Table { heads, rows: all },
    ]
}

/// The two ways of splitting, side by side.
fn protocols(card: &ModelCard) -> [Block; 4] {
    let honest = |name: &str| {
        let scores = card.grouped.models.iter().find(|scores| scores.name == name);
        scores.map_or_else(nothing, |scores| Said::Figure(scores.accuracy))
    };
    let row = |of: &Scores| vec![row_name(&of.name), honest(&of.name), Said::Figure(of.accuracy)];
    let heads = vec![
        words("accuracy_unseen", "Accuracy on people not seen"),
        words("accuracy_file_level", "Accuracy, file-level: not to be believed"),
    ];
    let copies = vec![Said::Share(card.file_level.copies_in_training)];
    let reported = card
        .file_level
        .reported
        .iter()
        .map(|one| Said::Joined { between: " ".into(), parts: vec![row_name(&one.name), Said::Share(one.accuracy)] });
    let reported = Said::Joined { between: ", ".into(), parts: reported.collect() };
    [
        Block::Title(words("protocols_title", "Why others report so much more")),
        Block::Paragraph(filled(
            "protocols_note",
            "The popular data set holds each crop four times. Split at random by file, {0} of the test files have their very copy among the training files, and a network need only recognise them. The same networks, both ways:",
            copies,
        )),
        Block::Table { heads, rows: card.file_level.models.iter().map(row).collect() },
        Block::Remark(filled("reported", "Reported by earlier projects with such a split: {0}.", vec![reported])),
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
            Some(kind) => Said::Joined { between: " ".into(), parts: vec![nothing(), row_name(kind)] },
            None => row_name(&of.origin),
        };
        named(name, [count(of.pictures), count(of.refused), never_seen])
    };
    // How knees fare that were changed one way or another stands in MODEL_CARD.md.
    let rows = card.gate.iter().filter(|of| !of.is_knee || of.kind.is_none()).map(row).collect();
    let heads = vec![
        words("tried", "Tried"),
        words("refused", "Refused"),
        words("refused_never_seen", "Refused, had their kind never been seen"),
    ];
    [
        Block::Title(words("gate_title", "What gets no result")),
        Block::Paragraph(words(
            "gate_note",
            "Pictures that are no knees should be refused, knees should not. The last column tells what to expect of parts of the body that were not learned from; knees of a machine that was not learned from are refused more often. Not tried: knees from the side, in a cast, of children, real photographs of films.",
        )),
        Block::Table { heads, rows },
    ]
}

fn heat_maps(card: &ModelCard) -> [Block; 3] {
    let rows = card.saliency.iter().map(|of| {
        let figures = [(of.rank_correlation_when_random, 2), (of.lost_by_heat, 3), (of.lost_at_random, 3)];
        named(row_name(&of.model), figures.map(|(value, decimals)| Said::Number { value, decimals }))
    });
    let heads = vec![
        words("likeness", "Likeness to a random network's map"),
        words("lost_by_heat", "Lost by heat"),
        words("lost_at_random", "Lost at random"),
    ];
    [
        Block::Title(words("saliency_title", "Whether the heat maps mean something")),
        Block::Paragraph(words(
            "saliency_note",
            "A map should change when the network's last block is made random (likeness near 0), and blotting out its hottest quarter should cost the class more than blotting out any quarter.",
        )),
        Block::Table { heads, rows: rows.collect() },
    ]
}
