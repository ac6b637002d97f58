//! The passes of a film one by one, so that another worker can make some of them: [`Analyzer::judge`] makes the rest.

use networks::Activations;

use super::Analyzer;
use crate::error::{Error, Result};
use crate::film::Film;
use crate::input;
use crate::pass::Pass;

impl Analyzer {
    /// The passes that [`Self::judge`] would make of a film whose knees are found, each model's for all knees one after the
    /// other; none of a film that is refused by its pixels.
    pub fn passes(&self, film: &mut Film) -> Vec<Pass> {
        let knees = if film.refusals().is_empty() { film.knees().len() } else { 0 };
        let mut passes = Vec::new();
        for model in self.models.iter().filter(|model| !film.is_judged_by(&model.entry().id)).collect::<Vec<_>>() {
            let entry = model.entry();
            for knee in 0..knees {
                let (square, _) = film.square(knee, entry.input.side_px);
                let picture = input::normalised(square, &entry.input);
                passes.push(Pass { model: entry.id.clone(), knee, picture });
            }
        }
        passes
    }

    /// Makes a pass of [`Self::passes`], here or in another worker with the same models: the numbers are the same to the bit.
    ///
    /// # Errors
    /// [`Error::Compute`] when there is no such model, or the device fails.
    pub async fn pass(&self, model: &str, picture: Vec<f32>) -> Result<Activations> {
        let model = self.models.iter().find(|one| one.entry().id == model);
        model.ok_or_else(|| Error::Compute("there is no such model".into()))?.forward(picture).await
    }
}
