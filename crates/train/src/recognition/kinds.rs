//! Which part of the body other films show.

use analysis::body_part::BodyPart;
use anyhow::{Result, bail};

/// What is left out as a whole to see how what was never seen is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Hand to shoulder: the table's kind "upper limb" mixes them.
    UpperLimb,
    /// Lower leg and foot.
    LegAndFoot,
    /// Pelvis, hip, thigh.
    Pelvis,
    /// Spine.
    Spine,
    /// Chest.
    Chest,
    /// Teeth and skull.
    Head,
    /// All else.
    Various,
}

/// Hands among the films that the table calls "upper limb", by their numbers; each was looked at.
const HANDS: [&str; 7] = ["003", "006", "011", "025", "030", "037", "040"];

/// What the page may call a film of this kind; nothing where several parts are mixed.
pub fn shows(kind: &str, file: &str) -> Option<BodyPart> {
    Some(match kind {
        "hand_wrist" | "hand_wrist_child" => BodyPart::Hand,
        "upper_limb" if HANDS.iter().any(|number| file.contains(number)) => BodyPart::Hand,
        "upper_limb" | "elbow_forearm" => BodyPart::Arm,
        "shoulder_humerus" => BodyPart::Shoulder,
        "foot_ankle" => BodyPart::Foot,
        "hip_pelvis_femur" | "hip_metal" | "pelvis_infant" | "pelvis_child" => BodyPart::Hip,
        "spine" | "spine_dxa" => BodyPart::Spine,
        "chest" => BodyPart::Chest,
        "dental" | "skull_face" => BodyPart::Head,
        _ => return None,
    })
}

/// The part and the name of a kind of the table, or of a folder; none for knees that stand among other films.
///
/// # Errors
/// For a kind that is not listed here: it may be a knee.
pub fn of(kind: &str) -> Result<Option<(Part, &'static str)>> {
    Ok(Some(match kind {
        "knee_frontal" | "knee_frontal_bilateral" => return Ok(None),
        "hand_wrist" | "hand_wrist_child" => (Part::UpperLimb, "hands and wrists"),
        "upper_limb" | "elbow_forearm" => (Part::UpperLimb, "arms"),
        "shoulder_humerus" => (Part::UpperLimb, "shoulders"),
        "foot_ankle" => (Part::LegAndFoot, "feet and ankles"),
        "lower_leg" | "lower_leg_child" => (Part::LegAndFoot, "lower legs"),
        "hip_pelvis_femur" | "hip_metal" | "pelvis_infant" | "pelvis_child" => (Part::Pelvis, "hips and pelves"),
        "spine" | "spine_dxa" => (Part::Spine, "spines"),
        "chest" => (Part::Chest, "chests"),
        "dental" | "skull_face" => (Part::Head, "teeth and skulls"),
        "photos" => (Part::Various, "photographs and graphics"),
        "various_limb" | "abdomen" => (Part::Various, "other parts"),
        _ => bail!("there is no kind «{kind}»"),
    }))
}
