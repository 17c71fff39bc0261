//! Attestati: what they say, and the page they are printed as.

mod issuing;
mod pdf;

use anyhow::Result;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Europe::Rome;
use serde::{Deserialize, Serialize};

pub(crate) use issuing::{issue, issue_due};
use pdf::{Line, Sheet, Style};

/// Letters of a code: none that is taken for another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Letters in a code: 80 bits.
const CODE_LENGTH: usize = 16;

/// What an attestato says, as it was on the day of issue.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Said {
    /// The learner.
    pub(crate) name: String,
    /// Their body.
    pub(crate) body: Option<String>,
    /// The course.
    pub(crate) course: String,
    /// BCP 47 tag of the attestato.
    pub(crate) language: String,
    /// What was done, in order.
    pub(crate) items: Vec<String>,
    /// Minutes credited.
    pub(crate) minutes: i64,
    /// The last thing was done on this day, YYYY-MM-DD.
    pub(crate) completed_on: NaiveDate,
}

/// A code that cannot be guessed, in groups of four.
pub(crate) fn new_code() -> String {
    let bytes: [u8; CODE_LENGTH] = rand::random();
    let letters: Vec<char> = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

/// The attestato as a PDF; `verify_url` leads to the page where it is checked.
///
/// # Errors
/// When it cannot be drawn: a fault of ours.
pub(crate) fn page(
    said: &Said,
    code: &str,
    verify_url: &str,
    issued_at: DateTime<Utc>,
) -> Result<Vec<u8>> {
    let italian = said.language.starts_with("it");
    let words = |it: &str, en: &str| {
        if italian {
            it.to_owned()
        } else {
            en.to_owned()
        }
    };
    let line = |text: String, style: Style| Line { text, style };
    let mut lines = vec![
        line(
            words("Attestato di partecipazione", "Certificate of attendance"),
            Style::Title,
        ),
        line(words("Si attesta che", "This certifies that"), Style::Text),
        line(said.name.clone(), Style::Name),
    ];
    if let Some(body) = &said.body {
        lines.push(line(body.clone(), Style::Text));
    }
    let date = said.completed_on.format("%d/%m/%Y");
    lines.extend([
        line(
            words(
                "ha completato il percorso formativo",
                "has completed the training path",
            ),
            Style::Text,
        ),
        line(said.course.clone(), Style::Course),
        line(
            format!(
                "{}: {}. {} {date}.",
                words("Ore di formazione riconosciute", "Training hours credited"),
                hours(said.minutes),
                words("Completato il", "Completed on"),
            ),
            Style::Text,
        ),
        line(said.items.join(" · "), Style::Small),
    ]);
    let issued_on = issued_at.with_timezone(&Rome).date_naive();
    let issued = issued_on.format("%d/%m/%Y");
    let foot = vec![
        line(
            format!(
                "{}: {code}",
                words("Codice di verifica", "Verification code")
            ),
            Style::Text,
        ),
        line(
            format!(
                "{} {verify_url}",
                words("Si verifica alla pagina", "To be verified at")
            ),
            Style::Small,
        ),
        line(
            format!("{} {issued}", words("Rilasciato il", "Issued on")),
            Style::Small,
        ),
    ];
    pdf::draw(&Sheet {
        title: &format!("{}: {}", words("Attestato", "Certificate"), said.name),
        language: &said.language,
        lines,
        foot,
        verify_url,
        code_says: &words(
            "Codice QR che apre la pagina di verifica dell\u{2019}attestato",
            "QR code that opens the page where the certificate is verified",
        ),
        issued: (
            u16::try_from(issued_on.year()).unwrap_or(2026),
            u8::try_from(issued_on.month()).unwrap_or(1),
            u8::try_from(issued_on.day()).unwrap_or(1),
        ),
    })
}

/// `5 h 10 min`.
pub(crate) fn hours(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_long_and_none_is_like_another() {
        let codes: std::collections::HashSet<String> = (0..1000).map(|_| new_code()).collect();
        assert_eq!(codes.len(), 1000);
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 19 && !code.contains(['0', 'O', '1', 'I']))
        );
    }

    #[test]
    fn hours_are_for_people() {
        assert_eq!(
            [hours(45), hours(120), hours(310)],
            ["45 min", "2 h", "5 h 10 min"]
        );
    }
}
