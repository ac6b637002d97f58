//! A long day: one analysis after the other, and no more memory at its end than at its beginning.

use super::*;

/// So many at a time, as a clinician drops a folder; then the list is cleared.
const AT_A_TIME: usize = 25;
/// In every test; `cargo xtask endurance` asks for 1000.
const ANALYSES: usize = 100;
/// Of page and engine together, beyond what the first files took. A browser gives memory back when it likes.
const MOST_GROWTH_MB: f64 = 50.0;

#[test]
fn one_analysis_after_the_other_leaves_memory_flat() {
    with_site_alone(|site| {
        let asked = std::env::var("OSTEOLENS_ANALYSES").ok().and_then(|count| count.parse().ok());
        let analyses: usize = asked.unwrap_or(ANALYSES);
        let visit = Visit::open(site, "?backend=cpu", Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        visit.click("#notice .primary")?;
        visit.wait_for_offline()?;
        let films = files::many(AT_A_TIME)?;
        let paths: Vec<&Path> = films.iter().map(PathBuf::as_path).collect();
        let begun = std::time::Instant::now();
        let mut first: Option<String> = None;
        let mut least_mb = f64::MAX;
        let rounds = analyses / AT_A_TIME;
        ensure!(rounds >= 3, "{analyses} analyses are too few to tell");
        for round in 1..=rounds {
            visit.upload(&paths)?;
            visit.wait(&format!("document.querySelectorAll('[data-role=batch] tbody tr').length === {AT_A_TIME}"))?;
            visit.wait("document.querySelectorAll('[data-role=batch] tbody tr[data-state=working]').length === 0")?;
            let states = visit.text(
                "[...document.querySelectorAll('[data-role=batch] tbody tr')].map(row => row.dataset.row + row.dataset.state).sort().join()",
            )?;
            visit.text("(window.confirm = () => true, 'agreed')")?;
            visit.click("#batch-clear")?;
            visit.wait("!document.querySelector('[data-role=batch]')")?;
            let memory_mb = visit.renderers_mb();
            println!("{} analyses in {} s: {memory_mb:.0} MB", round * AT_A_TIME, begun.elapsed().as_secs());
            ensure!(memory_mb > 0.0, "the system does not tell how much memory it takes");
            let same = first.get_or_insert_with(|| states.clone());
            ensure!(*same == states, "round {round} has other verdicts: {states}");
            // Of the first half: a browser takes what it needs within the first rounds.
            if round <= rounds.div_ceil(2).min(3) {
                least_mb = least_mb.min(memory_mb);
            }
            ensure!(memory_mb <= least_mb + MOST_GROWTH_MB, "from {least_mb} to {memory_mb} MB in {round} rounds");
        }
        Ok(())
    });
}
