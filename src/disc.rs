//! What a folder or a disc with films holds besides them.

/// Endings of what a CD with films holds besides them: its own viewer, its lists, and results.
const NO_PICTURES: [&str; 22] = [
    "exe", "dll", "inf", "ini", "htm", "html", "js", "css", "txt", "xml", "jar", "class", "ico", "chm", "bat", "sh",
    "db", "cfg", "csv", "tsv", "json", "jsonl",
];

/// Whether a file of a folder is judged: programs, lists and hidden files are left out.
pub fn may_be_picture(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    !name.starts_with('.') && !name.eq_ignore_ascii_case("DICOMDIR") && !NO_PICTURES.contains(&ending.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_disc_only_what_may_be_a_film_is_judged() {
        for name in ["IM0001", "knee.dcm", "KNEE.JPG", "film.of.2026.png"] {
            assert!(may_be_picture(name), "{name}");
        }
        for name in ["AUTORUN.INF", "DICOMDIR", ".DS_Store", "index.htm", "viewer.EXE", "._knee.jpg"] {
            assert!(!may_be_picture(name), "{name}");
        }
    }
}
