//! What ARCHITECTURE.md promises and rustc does not hold by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    files
}

/// Names of the packages that a program is built from.
fn packages(program: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--package", "osteolens"])
        .args(["--target", "wasm32-unknown-unknown", "--no-default-features", "--features", program])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("package names are text")
}

#[test]
fn the_page_is_built_without_burn_and_the_engine_without_leptos() {
    let (page, engine) = (packages("page"), packages("engine"));
    assert!(page.contains("leptos v") && engine.contains("burn v"), "the check looks at the right packages");
    assert!(!page.lines().any(|line| line.starts_with("burn")), "the page depends on burn");
    assert!(!engine.lines().any(|line| line.starts_with("leptos")), "the engine depends on leptos");
}

#[test]
fn modules_use_only_what_the_plan_allows() {
    /// A file or folder below `src`, and what it must not name.
    const FORBIDDEN: [(&str, &[&str]); 9] = [
        ("radiograph.rs", &["burn", "web_sys", "crate::network", "crate::input"]),
        ("radiograph", &["burn", "web_sys", "crate::network"]),
        ("knees.rs", &["burn", "web_sys", "crate::network", "crate::input"]),
        ("heatmap.rs", &["burn", "web_sys", "crate::network"]),
        ("prediction.rs", &["burn", "web_sys", "image::", "crate::network"]),
        ("network.rs", &["image::", "crate::prediction", "crate::radiograph", "web_sys"]),
        ("network", &["image::", "crate::prediction", "crate::radiograph", "web_sys"]),
        ("grad_cam.rs", &["image::", "crate::prediction", "crate::radiograph", "web_sys"]),
        ("protocol.rs", &["burn", "web_sys", "crate::network", "crate::weights"]),
    ];
    for (module, names) in FORBIDDEN {
        let path = root().join("src").join(module);
        let files = if path.is_dir() { rust_files(&path) } else { vec![path] };
        assert!(!files.is_empty(), "{module} has moved: mend this list");
        for file in files {
            let text = fs::read_to_string(&file).expect("the module is there");
            for line in text.lines().filter(|line| line.trim_start().starts_with("use ")) {
                let named = names.iter().find(|name| line.contains(*name));
                assert!(named.is_none(), "{}: «{line}» names {named:?}", file.display());
            }
        }
    }
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
    for document in ["HAZARDS.md", "SECURITY.md"] {
        let text = fs::read_to_string(root().join(document)).expect("the document is there");
        // Names of tests are the only words in backticks with three underscores or more; … stands for a rest.
        let named = text.split('`').skip(1).step_by(2).filter(|word| word.matches('_').count() >= 3);
        let mut count = 0;
        for name in named {
            let exists = match name.strip_suffix('…') {
                Some(begin) => sources.contains(&format!("fn {begin}")),
                None => sources.contains(&format!("fn {name}()")),
            };
            assert!(exists, "{document} names the test «{name}», which does not exist");
            count += 1;
        }
        assert!(count > 5, "{document} names {count} tests: the search for them is wrong");
    }
}
