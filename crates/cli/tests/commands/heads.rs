//! A head: fitted, used, adopted.

use browser_tests::test_files::{PLANTED_OF_CLASS, planted};

use super::*;

/// A bright square on the bone tells the class: a head that is fitted to these films finds it, and is used then.
#[test]
fn a_head_is_refitted_used_and_adopted() {
    let (films, classes) = planted().expect("made");
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let rows: Vec<String> = classes.iter().map(|(name, class)| format!("{name},{class},P{name}\n")).collect();
    fs::write(path("table.csv"), format!("file,class,person\n{}", rows.concat())).expect("written");
    let films = films.to_string_lossy().into_owned();
    // They come from three samples, so that many are near-copies.
    let refit = |more: &[&str]| {
        let mut arguments = vec!["refit", "table.csv", &films, "--name", "Squares", "--answer", "near-copy=keep"];
        arguments.extend(["--answer", "two-classes=keep"]);
        arguments.extend(more);
        osteolens(&arguments, folder.path())
    };
    let output = refit(&["--out", "squares.osteolens-head.json", "--with-names"]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}{}", text(&output.stderr));
    assert!(told.contains("It is better on these films"), "{told}");
    let head: serde_json::Value =
        serde_json::from_slice(&fs::read(path("squares.osteolens-head.json")).expect("written")).expect("JSON");
    let schema = fs::read(in_repository("docs/head.schema.json")).expect("committed");
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).expect("JSON")).expect("a schema");
    assert!(schema.is_valid(&head), "{:?}", schema.iter_errors(&head).map(|one| one.to_string()).collect::<Vec<_>>());
    assert_eq!(head["record"]["films"], 3 * PLANTED_OF_CLASS);
    assert_eq!(head["files"].as_array().map(Vec::len), Some(3 * PLANTED_OF_CLASS));
    let areas = &head["record"]["areas"]["macro_auc"];
    assert!(areas["low"].as_f64() > Some(0.6), "{areas}");

    // A verdict of it names it; that of the shipped heads does not.
    let report = |more: &[&str]| -> Report {
        let knee = in_repository("public/samples/sample-a.png").to_string_lossy().into_owned();
        let mut arguments = vec!["analyze", &knee];
        arguments.extend(more);
        let output = osteolens(&arguments, folder.path());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
    };
    let own = report(&["--head", "squares.osteolens-head.json"]);
    assert_eq!(own.models[1].name, "ResNet18 · Squares");
    assert!(serde_json::to_string(&own).expect("JSON").contains("\"own-head\""));
    let shipped = report(&[]);
    assert_eq!(shipped.models[1].name, "ResNet18");

    // In the weights of a site it is the same.
    let weights = path("weights");
    fs::create_dir(&weights).expect("made");
    for name in ["manifest.json", "custom-cnn.weights", "resnet18.weights"] {
        fs::copy(in_repository("weights").join(name), weights.join(name)).expect("committed");
    }
    let adopted = osteolens(&["adopt", "squares.osteolens-head.json", "--weights", "weights"], folder.path());
    assert_eq!(adopted.status.code(), Some(0), "{}", text(&adopted.stderr));
    let again = report(&["--weights", "weights"]);
    let knees = |of: &Report| match &of.outcome {
        osteolens::report::Outcome::Judged { knees, .. } => knees.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((knees(&again), &again.models), (knees(&own), &own.models));

    // Without a signal nothing is written.
    let rows: Vec<String> = classes
        .iter()
        .enumerate()
        .map(|(at, (name, _))| format!("{name},{},P{name}\n", classes[(at / 3 + at / 9) % 3].1))
        .collect();
    fs::write(path("table.csv"), format!("file,class,person\n{}", rows.concat())).expect("written");
    let none = refit(&["--out", "none.osteolens-head.json"]);
    assert_eq!(none.status.code(), Some(3), "{}", text(&none.stdout));
    assert!(
        text(&none.stderr).contains("no better than the shipped one") && !path("none.osteolens-head.json").exists()
    );
}
