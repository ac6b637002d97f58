//! What ARCHITECTURE.md promises and rustc does not hold by itself.

mod graph;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use graph::Crate;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What cargo says; its arguments are parted by spaces.
fn cargo(arguments: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments.split(' '))
        .args(["--locked", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo speaks UTF-8")
}

/// A crate of the workspace.
struct Package {
    name: String,
    /// From the repository's root.
    folder: PathBuf,
    /// Those of the workspace that it is built from, not those that only its tests need.
    dependencies: Vec<String>,
}

fn workspace() -> Vec<Package> {
    let metadata: serde_json::Value =
        serde_json::from_str(&cargo("metadata --no-deps --format-version 1")).expect("cargo writes JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let packages = metadata["packages"].as_array().expect("a list of packages").iter();
    packages
        .map(|package| {
            let manifest = PathBuf::from(text(&package["manifest_path"]));
            let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root()).ok());
            let dependencies = package["dependencies"].as_array().expect("a list of dependencies").iter();
            let own = dependencies.filter(|one| one["path"].is_string() && one["kind"] != "dev");
            Package {
                name: text(&package["name"]),
                folder: folder.expect("a package lies in the repository").to_owned(),
                dependencies: own.map(|one| text(&one["name"])).collect(),
            }
        })
        .collect()
}

fn crates() -> Vec<Crate> {
    let packages = workspace();
    packages.iter().flat_map(|package| graph::crates(&root().join(&package.folder).join("src"), root())).collect()
}

#[test]
fn crates_point_downwards() {
    /// A crate of the workspace and those that it may be built from.
    const ALLOWED: [(&str, &[&str]); 13] = [
        // Messages between page and engine by their names.
        ("browser-tests", &["osteolens", "radiograph", "xtask"]),
        ("cli", &["analysis", "osteolens", "radiograph", "statistics", "validation"]),
        ("packing", &[]),
        ("pixels", &[]),
        ("xtask", &[]),
        ("radiograph", &["pixels"]),
        ("networks", &["packing"]),
        ("analysis", &["networks", "packing", "pixels", "radiograph"]),
        ("statistics", &["analysis"]),
        ("validation", &["analysis", "pixels", "statistics"]),
        ("instructions", &["networks", "packing", "pixels"]),
        // Page and engine: no network stands here, so that they can name none.
        ("osteolens", &["analysis", "pixels", "radiograph", "statistics", "validation"]),
        ("train", &["analysis", "networks", "packing", "pixels", "radiograph", "statistics"]),
    ];
    let packages = workspace();
    for Package { name, dependencies, .. } in &packages {
        let allowed = ALLOWED.iter().find(|(one, _)| one == name);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("the crate {name} is new: say here what it may use"));
        for other in dependencies {
            assert!(allowed.contains(&other.as_str()), "{name} depends on {other}");
        }
    }
    assert_eq!(packages.len(), ALLOWED.len(), "a crate is gone: mend this list");
}

#[test]
fn no_module_reaches_itself() {
    let crates = crates();
    let circles: Vec<String> = crates.iter().flat_map(Crate::circles).collect();
    let arrows: usize = crates.iter().map(|one| one.arrows().len()).sum();
    assert!(arrows > 200, "only {arrows} arrows were found: the search for them is wrong");
    assert!(circles.is_empty(), "\n\n{}\n", circles.join("\n\n"));
}

#[test]
fn a_module_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Package { name, folder, .. } in workspace() {
        let source = root().join(&folder).join("src");
        for file in rust_files(&source) {
            let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("names are text");
            // The programs whose instructions are counted have names of stages.
            let is_program = name == "instructions" && file.starts_with(source.join("bin"));
            if !["lib", "main", "mod"].contains(&stem) && !is_program {
                let place = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
                places.entry(stem.to_owned()).or_default().push(place);
            }
        }
        places.entry(name.replace('-', "_")).or_default().push(format!("the crate {name}"));
    }
    let doubles: Vec<String> = places
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    assert!(doubles.is_empty(), "\n\n{}\n", doubles.join("\n"));
}

/// Names of the packages that a program is built from.
fn packages(features: &str) -> String {
    cargo(&format!(
        "tree --edges normal --prefix none --package osteolens --target wasm32-unknown-unknown --no-default-features \
         --features {features}"
    ))
}

#[test]
fn the_page_is_built_without_burn_and_the_engine_without_leptos() {
    let [page, engine, reference] = ["page", "engine", "reference"].map(packages);
    let has = |program: &str, package: &str| program.lines().any(|line| line.starts_with(package));
    assert!(has(&page, "leptos v") && has(&engine, "wgpu v"), "the check looks at the right packages");
    assert!(!has(&page, "burn"), "the page depends on burn");
    assert!(!has(&page, "wgpu"), "the page depends on wgpu");
    assert!(!has(&engine, "burn"), "the engine depends on burn");
    assert!(!has(&engine, "leptos"), "the engine depends on leptos");
    assert!(has(&reference, "burn v"), "the reference engine is built without burn");
    assert!(!has(&reference, "leptos"), "the reference engine depends on leptos");
}

#[test]
fn modules_use_only_what_the_plan_allows() {
    const BY_BURN: [&str; 2] = ["crates/networks/src/burn_network", "crates/networks/src/reference"];
    /// Files that begin so, and what they must not name.
    const FORBIDDEN: [(&str, &[&str]); 4] = [
        ("crates/networks/src/", &["burn", "image", "wasm_bindgen", "web_sys"]),
        ("crates/analysis/src/", &["burn", "wasm_bindgen", "web_sys"]),
        ("crates/radiograph/src/", &["burn", "wasm_bindgen", "web_sys"]),
        ("src/protocol.rs", &["web_sys"]),
    ];
    let (mut looked_at, mut by_burn, mut wrong) = ([0; FORBIDDEN.len()], 0, Vec::new());
    for one in crates() {
        for (at, module) in one.modules.iter().enumerate() {
            for (rule, (place, names)) in FORBIDDEN.iter().enumerate() {
                if !module.file.starts_with(place) {
                    continue;
                }
                looked_at[rule] += 1;
                for (name, line) in one.foreign(at).filter(|(name, _)| names.contains(name)) {
                    if name == "burn" && BY_BURN.iter().any(|by| module.file.starts_with(by)) {
                        by_burn += 1;
                    } else {
                        wrong.push(format!("{line}  ← {name}"));
                    }
                }
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "\n\n{}\n", wrong.join("\n"));
    assert!(!looked_at.contains(&0), "a module has moved: mend this list");
    assert!(by_burn > 0, "{BY_BURN:?} name no burn: the search for names is wrong");
}

#[test]
fn only_one_module_of_the_page_touches_the_browser() {
    let ui = root().join("src/ui");
    for file in rust_files(&ui) {
        if file == ui.join("browser.rs") || file.starts_with(ui.join("browser")) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("the module is there");
        assert!(!text.contains("web_sys::"), "{} names web_sys", file.display());
    }
}

/// A control is only as good as the test that holds it.
#[test]
fn every_test_that_the_documents_name_exists() {
    let sources: String = ["src", "tests", "crates"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .map(|file| fs::read_to_string(file).expect("a source is text"))
        .collect();
    let decisions = fs::read_dir(root().join("docs/decisions")).expect("the folder is there");
    let decisions = decisions.map(|file| (file.expect("it can be read").path(), 0));
    let documents =
        [("HAZARDS.md", 30), ("SECURITY.md", 6), ("ARCHITECTURE.md", 3), ("CONTRIBUTING.md", 1), ("docs/dicom.md", 12)];
    for (document, least) in documents.map(|(name, least)| (root().join(name), least)).into_iter().chain(decisions) {
        let text = fs::read_to_string(&document).expect("the document is there");
        let document = document.display();
        // Names of tests are the only words in backticks with three underscores or more; … stands for a rest.
        let is_name = |word: &&str| word.matches('_').count() >= 3 && !word.contains(char::is_whitespace);
        let named = text.split('`').skip(1).step_by(2).filter(is_name);
        let mut count = 0;
        for name in named {
            let exists = match name.strip_suffix('…') {
                Some(begin) => sources.contains(&format!("fn {begin}")),
                None => sources.contains(&format!("fn {name}()")),
            };
            assert!(exists, "{document} names the test «{name}», which does not exist");
            count += 1;
        }
        assert!(count >= least, "{document} names {count} tests: the search for them is wrong");
    }
}

#[test]
fn the_architecture_can_be_read_in_a_few_minutes() {
    /// What is longer is a measurement or a trial, and belongs into `docs/decisions`.
    const MOST_WORDS: usize = 1200;
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the document is there");
    let words = text.split_whitespace().count();
    assert!(words <= MOST_WORDS, "ARCHITECTURE.md has {words} words");
}
