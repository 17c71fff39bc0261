//! The sign beside a scene's points: Bootstrap Italia's icon that its words call for.

use std::fs;

use anyhow::{Context, Result};

use super::source::Scene;
use crate::shell;

const SPRITES: &str = "crates/api/assets/vendor/bootstrap-italia/svg/sprites.svg";
/// Fewer than this, and the words call for nothing in particular.
const ENOUGH: usize = 2;
/// An icon, and how the words begin that call for it.
const CALLS: &[(&str, &[&str])] = &[
    (
        "lock",
        &[
            "sicurezz", "riservat", "password", "protett", "protez", "privacy", "dati", "backup",
        ],
    ),
    (
        "map-marker",
        &[
            "luog",
            "sede",
            "postazion",
            "dove",
            "remoto",
            "casa",
            "spazi",
            "telelavor",
            "territor",
        ],
    ),
    (
        "clock",
        &[
            "orari",
            "tempo",
            "tempi",
            "fasc",
            "disconness",
            "ore",
            "durata",
            "quando",
        ],
    ),
    (
        "calendar",
        &[
            "anno",
            "anni",
            "giorn",
            "settiman",
            "data",
            "scadenz",
            "trimestr",
            "mes",
            "calendari",
        ],
    ),
    (
        "file-signed",
        &["accord", "contratt", "firma", "recess", "sottoscri"],
    ),
    (
        "files",
        &[
            "pian",
            "piao",
            "pola",
            "regolament",
            "document",
            "direttiv",
            "circolar",
            "articol",
            "legge",
        ],
    ),
    (
        "user",
        &[
            "person",
            "lavorator",
            "dipendent",
            "caregiver",
            "fragil",
            "genitor",
            "inclusion",
            "disabil",
        ],
    ),
    (
        "presentation",
        &[
            "dirigent",
            "responsabil",
            "leader",
            "guida",
            "formazion",
            "competenz",
            "riunion",
        ],
    ),
    (
        "chart-line",
        &[
            "risultat",
            "obiettiv",
            "indicator",
            "misur",
            "performance",
            "valut",
            "valore",
        ],
    ),
    (
        "settings",
        &[
            "organizz", "process", "attivit", "flusso", "mappa", "mappatur",
        ],
    ),
    (
        "wifi",
        &["conness", "rete", "vpn", "wi-fi", "cloud", "collegament"],
    ),
    (
        "software",
        &[
            "strument",
            "tecnolog",
            "digital",
            "dispositiv",
            "software",
            "computer",
            "portatil",
        ],
    ),
    ("help-circle", &["domand", "chied", "perché", "equivoc"]),
    (
        "check-circle",
        &["verific", "condizion", "list", "garant", "buon", "criteri"],
    ),
    (
        "warning-circle",
        &[
            "rischi",
            "error",
            "attenzion",
            "emergenz",
            "infortun",
            "incident",
            "phishing",
            "minacc",
        ],
    ),
    (
        "comment",
        &[
            "comunic", "ascolt", "feedback", "confront", "dialog", "coinvolg", "rsu", "sindacat",
        ],
    ),
    ("telephone", &["contatt", "telefon", "chiam", "reperibil"]),
    (
        "pa",
        &[
            "serviz",
            "cittadin",
            "amministrazion",
            "comun",
            "ent",
            "unione",
            "sportell",
        ],
    ),
    ("search", &["controll", "monitor", "analis", "ispezion"]),
    ("pencil", &["progett", "scriv", "redig", "idea", "nom"]),
    (
        "refresh",
        &[
            "rotazion", "ritorn", "cicl", "migliora", "correg", "revision",
        ],
    ),
];

/// The icon that a scene names, or the one most called for, but not the same as `before`.
pub(super) fn choose(scene: &Scene, before: Option<&str>) -> Option<String> {
    if let Some(icon) = &scene.icon {
        return (icon != "none").then(|| icon.clone());
    }
    let heading = words(&scene.heading);
    let points = words(&scene.points.join(" "));
    let calls = |beginnings: &[&str]| {
        let called = |words: &[String]| {
            words
                .iter()
                .filter(|word| beginnings.iter().any(|begins| word.starts_with(begins)))
                .count()
        };
        called(&heading) * 3 + called(&points)
    };
    CALLS
        .iter()
        .filter(|(icon, _)| before != Some(*icon))
        .map(|(icon, beginnings)| (*icon, calls(beginnings)))
        .filter(|(_, called)| *called >= ENOUGH)
        // Of several called for alike, the first.
        .rev()
        .max_by_key(|(_, called)| *called)
        .map(|(icon, _)| icon.to_owned())
}

/// An icon's drawing, from the sprite.
///
/// # Errors
/// When the sprite has no icon of that name.
pub(super) fn drawing(name: &str) -> Result<String> {
    let sprites = fs::read_to_string(shell::root().join(SPRITES))?;
    let from = sprites
        .find(&format!("<symbol id=\"it-{name}\""))
        .with_context(|| format!("there is no icon {name} in {SPRITES}"))?;
    let symbol = &sprites[from..];
    let end = symbol.find("</symbol>").context("an icon has an end")?;
    Ok(symbol[..end].replacen("<symbol", "<svg", 1) + "</svg>")
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_call_for_an_icon_and_no_scene_has_the_same_as_the_one_before() {
        let scene = Scene {
            heading: "Un accordo scritto".into(),
            points: vec!["L'orario e i tempi".into()],
            ..Scene::default()
        };
        assert_eq!(choose(&scene, None).as_deref(), Some("file-signed"));
        assert_eq!(
            choose(&scene, Some("file-signed")).as_deref(),
            Some("clock")
        );
    }

    #[test]
    fn every_icon_has_a_drawing() {
        for (icon, _) in CALLS {
            assert!(drawing(icon).expect(icon).contains("<path"), "{icon}");
        }
    }
}
