//! What a refitted head is worth, as text for a terminal.

use statistics::record::Scores;
use validation::figures::written;
use validation::refit_record::{Areas, RefitRecord};
use validation::screening::Screening;

use crate::told::{table, verdicts};

/// Its figures beside those of the shipped head.
pub fn text(of: &RefitRecord) -> String {
    let RefitRecord { protocol, films, people, knees, networks, shipped, with_age, screening, .. } = of;
    let mut lines = vec![
        format!("{films} films of {people} people, {knees} knees; {protocol}"),
        "\nBy knee, with 95 % intervals over people:".to_owned(),
    ];
    let called = |scores: &[Scores], of: &str| -> Vec<Scores> {
        scores.iter().map(|one| Scores { name: format!("{}, {of}", one.name), ..one.clone() }).collect()
    };
    lines.extend(table(called(networks, "refitted").iter().chain(&called(shipped, "shipped"))));
    lines.push(format!("  always the most frequent class: accuracy {}", written(&of.majority)));
    lines.push("\nAUC from pairs of the same fold:".to_owned());
    let rows = [("refitted", of.areas), ("shipped", of.shipped_areas), ("gain", of.gain)];
    for (name, Areas { macro_auc, bone_loss_auc, osteoporosis_auc }) in rows {
        let [mean, bone_loss, osteoporosis] = [macro_auc, bone_loss_auc, osteoporosis_auc]
            .map(|of| format!("{:.2} ({:.2} to {:.2})", of.value, of.low, of.high));
        lines.push(format!("  {name:<10}mean {mean}, bone loss {bone_loss}, osteoporosis {osteoporosis}"));
    }
    lines.push(if of.is_better {
        "  It is better on these films: the interval of its mean gain lies above 0.".to_owned()
    } else {
        "  It is no better on these films: the interval of its mean gain holds 0, or lies below.".to_owned()
    });
    if !with_age.is_empty() {
        lines.push(format!("\nBy film; beside the age the picture counts {}:", of.picture_weight));
        lines.extend(table(with_age.iter()));
    }
    lines.push("\nVerdicts:".to_owned());
    lines.extend(verdicts("picture alone", &of.verdicts_by_picture));
    if let Some(record) = &of.verdicts_with_age {
        lines.extend(verdicts("age and picture", record));
    }
    let [refitted, before] = screening;
    lines.push(format!("\nA test that is to find {:.0} % of the films with osteoporosis:", refitted.asked * 100.0));
    for (name, one) in [("refitted", refitted), ("shipped", before)] {
        let Screening { threshold, sensitivity, specificity, .. } = one;
        let (sensitivity, specificity) = (written(sensitivity), written(specificity));
        lines.push(format!(
            "  {name:<10}sensitivity {sensitivity}, specificity {specificity}, threshold {threshold:.2}"
        ));
    }
    lines.join("\n") + "\n"
}
