//! Attestati: what they say, and the page they are printed as.

mod issuing;
mod pdf;

use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Europe::Rome;
use serde::{Deserialize, Serialize};

pub(crate) use issuing::{issue, issue_due};
use pdf::{Line, Sheet, Style};

use crate::{config::IssuerConfig, pages::Language};

/// Letters of a code: none that is taken for another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Letters in a code: 80 bits.
const CODE_LENGTH: usize = 16;
/// Longest list of what was done that the page has room for, in characters.
const LONGEST_ITEMS: usize = 470;

/// What an attestato says, as it was on the day of issue.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Said {
    /// The learner; empty once their data were erased.
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
    /// Who issued it; null when the settings named nobody.
    #[serde(default)]
    pub(crate) issuer: Option<Issuer>,
}

impl Said {
    /// The person's data were erased since it was issued.
    pub(crate) fn is_erased(&self) -> bool {
        self.name.is_empty()
    }
}

/// Who issues attestati, as they were on the day of issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Issuer {
    /// Name of the body.
    pub(crate) name: String,
    /// Codice fiscale, or code in the index of public administrations.
    pub(crate) tax_code: Option<String>,
    /// Its site.
    pub(crate) url: Option<String>,
}

impl Issuer {
    /// Whom the settings name.
    pub(crate) fn of(config: &IssuerConfig) -> Option<Self> {
        config.name.as_ref().map(|name| Self {
            name: name.clone(),
            tax_code: config.tax_code.clone(),
            url: config.url.clone(),
        })
    }
}

/// An attestato to print.
#[derive(Debug, Clone)]
pub(crate) struct Printed {
    /// What it says.
    pub(crate) said: Said,
    /// Its code.
    pub(crate) code: String,
    /// The page where it is checked.
    pub(crate) verify_url: String,
    /// When it was issued.
    pub(crate) issued_at: DateTime<Utc>,
    /// The issuer's logo, a PNG.
    pub(crate) logo: Option<Arc<[u8]>>,
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

/// The attestato as a PDF.
///
/// # Errors
/// When it cannot be drawn: a fault of ours, or of the logo.
pub(crate) fn page(printed: &Printed) -> Result<Vec<u8>> {
    let Printed {
        said,
        code,
        verify_url,
        ..
    } = printed;
    let language = Language::of_tag(&said.language).unwrap_or(Language::English);
    let words = |it: &str, en: &str| language.pick(it, en).to_owned();
    let line = |text: String, style: Style| Line { text, style };
    let mut lines = Vec::new();
    if let Some(issuer) = &said.issuer {
        lines.push(line(issuer.name.clone(), Style::Issuer));
    }
    lines.extend([
        line(
            words("Attestato di partecipazione", "Certificate of attendance"),
            Style::Title,
        ),
        line(words("Si attesta che", "This certifies that"), Style::Text),
        line(said.name.clone(), Style::Name),
    ]);
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
        line(listed(&said.items, language), Style::Small),
    ]);
    let issued_on = printed.issued_at.with_timezone(&Rome).date_naive();
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
            format!("{} {issued}", words("Rilasciato il", "Issued on"))
                + &said.issuer.as_ref().map_or_else(String::new, |issuer| {
                    format!(" {} {}", words("da", "by"), in_full(issuer, language))
                }),
            Style::Small,
        ),
    ];
    pdf::draw(&Sheet {
        title: &format!("{}: {}", words("Attestato", "Certificate"), said.name),
        language: &said.language,
        lines,
        foot,
        logo: printed
            .logo
            .as_deref()
            .zip(said.issuer.as_ref())
            .map(|(image, issuer)| pdf::Logo {
                image,
                says: format!("{} {}", words("Logo di", "Logo of"), issuer.name),
            }),
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

/// `Associazione (codice 800…), https://…`.
fn in_full(issuer: &Issuer, language: Language) -> String {
    let word = language.pick("codice fiscale o IPA", "tax or IPA code");
    let code = issuer.tax_code.as_ref();
    let code = code.map(|code| format!(" ({word} {code})"));
    let url = issuer.url.as_ref().map(|url| format!(", {url}"));
    issuer.name.clone() + &code.unwrap_or_default() + &url.unwrap_or_default()
}

/// What was done, or how much where the page has no room for it.
fn listed(items: &[String], language: Language) -> String {
    let list = items.join(" · ");
    if list.chars().count() <= LONGEST_ITEMS {
        return list;
    }
    let rest = language.pick(
        "webinar e moduli, elencati nella pagina di verifica",
        "webinars and modules, listed on the page of verification",
    );
    format!("{} {rest}.", items.len())
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

    const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    fn printed(items: usize) -> Printed {
        let logo = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, LOGO);
        Printed {
            said: Said {
                name: "Nicol\u{f2} De Bianchi".into(),
                body: Some("Comune di Pietralta".into()),
                course: "Smart Working".into(),
                language: "it".into(),
                items: (1..=items)
                    .map(|n| format!("Modulo {n}. Un titolo non corto"))
                    .collect(),
                minutes: 310,
                completed_on: NaiveDate::from_ymd_opt(2026, 6, 11).unwrap(),
                issuer: Some(Issuer {
                    name: "Associazione di prova".into(),
                    tax_code: Some("80012345678".into()),
                    url: Some("https://associazione.example".into()),
                }),
            },
            code: "ABCD-EFGH-JKLM-NPQR".into(),
            verify_url: "https://percorso.example/verifica/ABCD-EFGH-JKLM-NPQR".into(),
            issued_at: "2026-06-12T08:00:00Z".parse().unwrap(),
            logo: Some(logo.unwrap().into()),
        }
    }

    /// The words of the page as a reader takes them out of it.
    fn text(printed: &Printed) -> String {
        let pdf = page(printed).unwrap();
        if let Ok(path) = std::env::var("PERCORSO_TEST_PDF") {
            std::fs::write(path, &pdf).unwrap();
        }
        let text = pdf_extract::extract_text_from_mem(&pdf).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_page_says_who_did_what_for_how_long_who_issued_it_and_where_it_is_checked() {
        let text = text(&printed(3));
        for said in [
            "Nicol\u{f2} De Bianchi",
            "Comune di Pietralta",
            "Smart Working",
            "5 h 10 min",
            "11/06/2026",
            "Modulo 3. Un titolo non corto",
            "ABCD-EFGH-JKLM-NPQR",
            "https://percorso.example/verifica/ABCD-EFGH-JKLM-NPQR",
            "Associazione di prova",
            "80012345678",
            "https://associazione.example",
            "12/06/2026",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    #[test]
    fn a_long_course_is_counted_where_the_page_has_no_room_to_list_it() {
        let text = text(&printed(40));
        assert!(text.contains("40 webinar e moduli"), "{text}");
        assert!(!text.contains("Modulo 12."), "{text}");
    }

    #[test]
    fn hours_are_for_people() {
        assert_eq!(
            [hours(45), hours(120), hours(310)],
            ["45 min", "2 h", "5 h 10 min"]
        );
    }
}
