//! Lists of people to enrol, as they stand in a file.

use chrono::NaiveDate;

use crate::{pages::words::Language, paths::table};

/// Longest list, in people.
const MOST: usize = 5000;
/// Headings by what they begin with, small letters.
const FIRST_NAMES: &[&str] = &["first name", "nome", "name"];
const LAST_NAMES: &[&str] = &["cognome", "last name", "surname"];
const EMAILS: &[&str] = &["email", "e-mail", "posta", "indirizzo e-mail"];
const BODIES: &[&str] = &["ente", "codice ente", "body"];
const DEADLINES: &[&str] = &["scadenza", "entro", "deadline"];

/// A line as it stands in the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) line: u64,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) body: String,
    pub(super) deadline: String,
}

/// Reads a table with headings.
///
/// # Errors
/// When it is no such table: says what was looked for.
pub(super) fn read(list: &str, language: Language) -> Result<Vec<Raw>, String> {
    let found = table::DELIMITERS.into_iter().find_map(|delimiter| {
        let rows = table::rows(list, delimiter, MOST + 2);
        let columns = Columns::of(&rows.first()?.1)?;
        Some((rows, columns))
    });
    let Some((rows, columns)) = found else {
        return Err(language.t("c_list_no_head").to_owned());
    };
    if rows.len() > MOST + 1 {
        return Err(format!("{} {MOST}", language.t("c_list_too_long")));
    }
    if rows.len() < 2 {
        return Err(language.t("c_list_empty").to_owned());
    }
    let rows = rows[1..].iter();
    Ok(rows
        .map(|(line, cells)| columns.raw(*line, cells))
        .collect())
}

struct Columns {
    first: Option<usize>,
    last: Option<usize>,
    email: usize,
    body: Option<usize>,
    deadline: Option<usize>,
}

impl Columns {
    fn of(heads: &[String]) -> Option<Self> {
        let heads: Vec<String> = heads.iter().map(|head| head.to_lowercase()).collect();
        let find = |words: &[&str]| {
            let begins = |head: &String| words.iter().any(|word| head.starts_with(word));
            heads.iter().position(begins)
        };
        let (first, last) = (find(FIRST_NAMES), find(LAST_NAMES));
        first.or(last)?;
        Some(Self {
            first,
            last,
            email: find(EMAILS)?,
            body: find(BODIES),
            deadline: find(DEADLINES),
        })
    }

    fn raw(&self, line: u64, cells: &[String]) -> Raw {
        let cell = |column: Option<usize>| {
            column
                .and_then(|column| cells.get(column))
                .cloned()
                .unwrap_or_default()
        };
        let last = cell(self.last.filter(|last| Some(*last) != self.first));
        Raw {
            line,
            name: format!("{} {last}", cell(self.first)).trim().to_owned(),
            email: cell(Some(self.email)),
            body: cell(self.body),
            deadline: cell(self.deadline),
        }
    }
}

/// `31/12/2026` or `2026-12-31`.
pub(super) fn read_day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"]
        .into_iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

/// It looks like an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let plain = |letter: char| {
        !letter.is_whitespace() && !letter.is_control() && !",;<>\"'()".contains(letter)
    };
    !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains('@')
        && text.len() <= 254
        && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_headings() {
        let read = read(
            "Cognome;Nome;E-mail;Ente;Scadenza\n\nBianchi;Anna;a@b.example;c1;31/12/2026\n",
            Language::Italian,
        )
        .unwrap();
        let expected = Raw {
            line: 3,
            name: "Anna Bianchi".into(),
            email: "a@b.example".into(),
            body: "c1".into(),
            deadline: "31/12/2026".into(),
        };
        assert_eq!(read, [expected]);
        let one = super::read(
            "name,email\n\"Neri, Carla\",c@d.example\n",
            Language::English,
        )
        .unwrap();
        assert_eq!(one[0].name, "Neri, Carla");
        assert!(super::read("chi;quando\nAnna;oggi\n", Language::Italian).is_err());
        assert!(super::read("nome;email\n", Language::Italian).is_err());
    }

    #[test]
    fn days_and_addresses_are_judged() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 31);
        assert_eq!(
            [
                read_day("31/12/2026"),
                read_day("2026-12-31"),
                read_day("domani")
            ],
            [day, day, None]
        );
        assert!(is_email("anna.bianchi@comune.example"));
        for bad in [
            "anna",
            "@b.example",
            "a@b",
            "a b@c.example",
            "a@b@c.example",
            "a@.example",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
