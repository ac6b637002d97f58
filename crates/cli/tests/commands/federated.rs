//! The containers of `containers/medperf`, by their scripts.
#![cfg(unix)]

use super::*;

/// The scripts of the containers for federated evaluation, in the order in which they run.
#[test]
fn the_tasks_of_a_federated_evaluation_give_a_result_sheet() {
    let folder = films();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("raw_labels")).expect("made");
    let rows = "sample-a.png,normal,A\nsample-b.png,osteopenia,B\nsample-c.png,osteoporosis,C\nhalf.png,normal,D\n";
    fs::write(path("raw_labels/table.csv"), format!("file,class,person\n{rows}")).expect("written");
    let medperf = in_repository("containers/medperf");
    let run = |script: &str, arguments: &[&str]| {
        let output = Command::new("sh")
            .arg(medperf.join("scripts").join(script))
            .args(arguments)
            .current_dir(folder.path())
            .env("PATH", path_with_the_program())
            .output();
        output.expect("sh runs")
    };
    let parameters = |of: &str| medperf.join(of).join("workspace/parameters.yaml").to_string_lossy().into_owned();
    for name in ["data", "labels", "predictions"] {
        fs::create_dir(path(name)).expect("made");
    }
    let done = |output: Output| assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    done(run("prepare.sh", &["films", "raw_labels", "data", "labels"]));
    done(run("sanity_check.sh", &["data", "labels", &parameters("data_preparator")]));
    done(run("statistics.sh", &["data", "statistics.yaml"]));
    // A file that cannot be read ends nothing.
    done(run("infer.sh", &["data", "predictions"]));
    done(run("evaluate.sh", &["predictions", "labels", &parameters("metrics"), "results.yaml"]));
    let sheet = fs::read(path("results.yaml")).expect("written");
    let sheet = validation::sheet::Sheet::read(&sheet).expect("JSON is YAML, and it is a sheet");
    assert_eq!((sheet.figures.counts.films, sheet.copies_looked_for), (4, false));
    fs::write(path("wrong.yaml"), "referense: dxa\n").expect("written");
    let wrong = run("evaluate.sh", &["predictions", "labels", "wrong.yaml", "none.yaml"]);
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("is no parameter"), "{}", text(&wrong.stderr));
}
