//! Participant lists of meeting tools (Teams, Zoom, Webex, Meet, or a plain table): whatever the delimiter, the
//! encoding, the language of the headings and the lines around the table.

use std::collections::BTreeMap;

use super::{
    presence::{self, Order, Presence},
    table::{self, Row},
};

/// Somebody who was there, all their visits together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Participant {
    /// Line of the file where they come first, from 1.
    pub(crate) line: u64,
    /// Name, as the tool has it.
    pub(crate) name: String,
    /// E-mail, when the tool has it.
    pub(crate) email: Option<String>,
    /// How long they were there.
    pub(crate) presence: Presence,
}

/// A line that says nothing usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    /// From 1.
    pub(crate) line: u64,
    /// Why, and what would help.
    pub(crate) why: String,
}

/// What a list says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Participants {
    /// In the order of the file.
    pub(crate) people: Vec<Participant>,
    /// Lines that could not be used.
    pub(crate) unread: Vec<Unread>,
}

/// Headings of a name, small letters; something in brackets may follow.
const NAMES: &[&str] = &[
    "name",
    "nome",
    "full name",
    "nome completo",
    "participant",
    "participant name",
    "partecipante",
    "nome partecipante",
    "nome del partecipante",
    "display name",
    "nome visualizzato",
    "attendee",
    "attendee name",
    "user name",
    "utente",
    "nominativo",
    "cognome e nome",
    "nome e cognome",
];
const FIRST_NAMES: &[&str] = &["first name", "given name", "nome"];
const LAST_NAMES: &[&str] = &["last name", "family name", "surname", "cognome"];
/// What the others begin with.
const EMAILS: &[&str] = &[
    "email",
    "e-mail",
    "user email",
    "attendee email",
    "participant email",
    "posta elettronica",
    "indirizzo e-mail",
    "indirizzo email",
    "indirizzo di posta",
    "indirizzo mail",
    "participant id (upn)",
    "id partecipante (upn)",
];
const DURATIONS: &[&str] = &[
    "duration",
    "total duration",
    "attendance duration",
    "in-meeting duration",
    "durata",
    "minutes",
    "minuti",
    "time in call",
    "time in session",
    "tempo",
];
/// Of one visit; a tool's first join and last leave of all are no visit.
const JOINS: &[&str] = &[
    "join time",
    "joined at",
    "time joined",
    "ora di ingresso",
    "ora ingresso",
    "orario di ingresso",
    "orario ingresso",
    "ora di accesso",
    "ora accesso",
    "ora di partecipazione",
    "ora partecipazione",
    "ora di entrata",
    "ora entrata",
];
const LEAVES: &[&str] = &[
    "leave time",
    "left at",
    "time left",
    "time exited",
    "ora di uscita",
    "ora uscita",
    "orario di uscita",
    "orario uscita",
    "ora di abbandono",
];
const WAITING: &[&str] = &["in waiting room", "in sala d'attesa", "in sala di attesa"];

/// Longest list taken, in rows.
const MOST_ROWS: usize = 20_000;

/// Reads a list.
///
/// # Errors
/// When no line has headings for who (name or e-mail) and how long: says what was looked for.
pub(crate) fn read(bytes: &[u8]) -> Result<Participants, String> {
    let text = table::decoded(bytes);
    let found = table::DELIMITERS.into_iter().find_map(|delimiter| {
        let rows = table::rows(&text, delimiter, MOST_ROWS);
        let columns = |(at, (_, heads)): (usize, &Row)| Some((at, Columns::of(heads)?));
        let (at, columns) = rows.iter().enumerate().find_map(columns)?;
        Some((rows, at, columns))
    });
    let Some((rows, head, columns)) = found else {
        return Err("no line has the headings of a participant list: a name or an e-mail, and a duration or the times of joining and leaving (for example `Name;Email;Duration`)".into());
    };
    let width = rows[head].1.len();
    // Teams goes on with other tables below this one.
    let is_part = |(_, cells): &&Row| cells.len() >= width.min(2) && !is_next_section(cells);
    let rows: Vec<&Row> = rows[head + 1..].iter().take_while(is_part).collect();
    let order = presence::order(rows.iter().map(|(_, cells)| columns.times(cells)));
    let mut read = Participants::default();
    let mut places = BTreeMap::<String, usize>::new();
    for (line, cells) in rows {
        match columns.person(cells, order) {
            Ok(None) => {}
            Ok(Some(Person {
                name,
                email,
                presence,
            })) => {
                let key = email.clone().unwrap_or_else(|| folded(&name));
                let next = read.people.len();
                let place = *places.entry(key).or_insert(next);
                match read.people.get_mut(place) {
                    Some(person) => person.presence.join(&presence),
                    None => read.people.push(Participant {
                        line: *line,
                        name,
                        email,
                        presence,
                    }),
                }
            }
            Err(why) => read.unread.push(Unread { line: *line, why }),
        }
    }
    Ok(read)
}

/// A name as it is compared: without case, order of words and double spaces.
pub(crate) fn folded(name: &str) -> String {
    let lower = name.to_lowercase().replace([',', '.'], " ");
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// Teams: "3. In-Meeting Activities".
fn is_next_section(cells: &[String]) -> bool {
    let mut chars = cells.iter().flat_map(|cell| cell.chars());
    chars.next().is_some_and(|first| first.is_ascii_digit())
        && chars.next() == Some('.')
        && chars.next() == Some(' ')
}

/// Somebody on a line.
struct Person {
    name: String,
    email: Option<String>,
    presence: Presence,
}

#[derive(Debug)]
struct Columns {
    first_name: Option<usize>,
    last_name: Option<usize>,
    name: Option<usize>,
    email: Option<usize>,
    duration: Option<usize>,
    join: Option<usize>,
    leave: Option<usize>,
    waiting: Option<usize>,
    /// The heading says that bare numbers are seconds.
    in_seconds: bool,
}

impl Columns {
    fn of(heads: &[String]) -> Option<Self> {
        let heads: Vec<String> = heads
            .iter()
            .map(|head| head.to_lowercase().replace('\u{2019}', "'"))
            .collect();
        let find = |words: &[&str]| {
            let begins = |head: &String| words.iter().any(|word| head.starts_with(word));
            heads.iter().position(begins)
        };
        let find_name = |words: &[&str]| {
            let is = |head: &String| {
                let plain = head.split('(').next().unwrap_or_default().trim();
                words.contains(&plain)
            };
            heads.iter().position(is)
        };
        let duration = find(DURATIONS);
        let (join, leave) = (find(JOINS), find(LEAVES));
        duration.or(join.and(leave))?;
        let last_name = find_name(LAST_NAMES);
        let name = find_name(NAMES);
        let email = find(EMAILS);
        (name.or(last_name).or(email)).map(|_| Self {
            first_name: last_name.and_then(|_| find_name(FIRST_NAMES)),
            last_name,
            name,
            email,
            in_seconds: duration.is_some_and(|column| heads[column].contains("second")),
            duration,
            join,
            leave,
            waiting: find(WAITING),
        })
    }

    /// When somebody joined and left; empty where it is not said.
    fn times<'a>(&self, cells: &'a [String]) -> (&'a str, &'a str) {
        (cell(cells, self.join), cell(cells, self.leave))
    }

    /// Who a line is of; nobody when they only waited to be let in.
    fn person(&self, cells: &[String], order: Order) -> Result<Option<Person>, String> {
        let waited = cell(cells, self.waiting).to_lowercase();
        if ["yes", "s\u{ec}", "si", "true"].contains(&waited.as_str()) {
            return Ok(None);
        }
        let name = match (cell(cells, self.first_name), cell(cells, self.last_name)) {
            ("", "") => cell(cells, self.name).to_owned(),
            (first, last) => format!("{first} {last}").trim().to_owned(),
        };
        let email = Some(cell(cells, self.email)).filter(|text| text.contains('@'));
        let email = email.map(str::to_lowercase);
        if name.is_empty() && email.is_none() {
            return Err("has neither a name nor an e-mail".into());
        }
        Ok(Some(Person {
            name,
            email,
            presence: self.presence(cells, order)?,
        }))
    }

    fn presence(&self, cells: &[String], order: Order) -> Result<Presence, String> {
        let said = cell(cells, self.duration);
        let seconds = minutes(said, self.in_seconds).map(|minutes| minutes * 60.0);
        let (from, to) = self.times(cells);
        match (presence::visit(from, to, order), seconds) {
            (Some((from, to)), seconds) => Ok(Presence::visit(from, to, seconds)),
            (None, Some(seconds)) => Ok(Presence::of_seconds(seconds)),
            (None, None) if self.duration.is_none() => Err(format!(
                "the times `{from}` and `{to}` cannot be read; write them as `08/06/2026 10:00`"
            )),
            (None, None) => Err(format!(
                "the duration `{said}` cannot be read; write it as `75`, `1:15:00` or `1h 15m`"
            )),
        }
    }
}

fn cell(cells: &[String], column: Option<usize>) -> &str {
    let text = column.and_then(|column| cells.get(column));
    text.map(String::as_str).unwrap_or_default()
}

/// `75`, `1:15:00`, `1h 15m 3s`, `1 ora 15 min`, `1 hr 2 min`.
fn minutes(text: &str, in_seconds: bool) -> Option<f64> {
    let text = text.trim().to_lowercase();
    if let Ok(number) = text.replace(',', ".").parse::<f64>() {
        return (number >= 0.0 && number.is_finite()).then_some(if in_seconds {
            number / 60.0
        } else {
            number
        });
    }
    if text.contains(':') {
        let parts: Option<Vec<f64>> = text
            .split(':')
            .map(|part| part.trim().parse().ok())
            .collect();
        return match parts?.as_slice() {
            [hours, minutes, seconds] => Some(hours * 60.0 + minutes + seconds / 60.0),
            [hours, minutes] => Some(hours * 60.0 + minutes),
            _ => None,
        };
    }
    let mut total = 0.0;
    let mut number = String::new();
    let mut unit = String::new();
    let mut found = false;
    for letter in text.chars().chain([' ', '0']) {
        if letter.is_ascii_digit() || letter == '.' {
            if !unit.is_empty() {
                total += number.parse::<f64>().ok()? * factor(&unit)?;
                found = true;
                number.clear();
                unit.clear();
            }
            number.push(letter);
        } else if letter.is_alphabetic() && !number.is_empty() {
            unit.push(letter);
        } else if !letter.is_whitespace() && letter != '.' {
            return None;
        }
    }
    found.then_some(total)
}

fn factor(unit: &str) -> Option<f64> {
    match unit.chars().next()? {
        'h' | 'o' => Some(60.0),
        'm' => Some(1.0),
        's' => Some(1.0 / 60.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], expected: &[(&str, Option<&str>, i32)]) {
        let read = read(text).unwrap();
        let people: Vec<_> = read
            .people
            .iter()
            .map(|person| {
                (
                    person.name.as_str(),
                    person.email.as_deref(),
                    person.presence.minutes(),
                )
            })
            .collect();
        assert_eq!(people, expected);
    }

    #[test]
    fn zoom_adds_up_several_visits() {
        check(
            b"Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n\
              Anna Bianchi,anna@comune.example,08/06/2026 10:00,08/06/2026 10:30,30,Yes\n\
              \"Neri, Carla\",,08/06/2026 10:00,08/06/2026 11:00,60,Yes\n\
              Anna Bianchi,ANNA@comune.example,08/06/2026 10:35,08/06/2026 11:00,25,Yes\n",
            &[
                ("Anna Bianchi", Some("anna@comune.example"), 55),
                ("Neri, Carla", None, 60),
            ],
        );
    }

    #[test]
    fn two_devices_at_once_count_once_and_the_waiting_room_not_at_all() {
        check(
            "Nome (nome originale),Indirizzo email,Ora di ingresso,Ora di uscita,Durata (minuti),In sala d\u{2019}attesa\n\
             Anna Bianchi,anna@comune.example,06/30/2026 09:40:00 AM,06/30/2026 10:00:00 AM,20,S\u{ec}\n\
             Anna Bianchi,anna@comune.example,06/30/2026 10:00:00 AM,06/30/2026 11:00:00 AM,60,No\n\
             Anna (telefono),anna@comune.example,06/30/2026 10:30:00 AM,06/30/2026 11:20:00 AM,50,No\n"
                .as_bytes(),
            &[("Anna Bianchi", Some("anna@comune.example"), 80)],
        );
    }

    #[test]
    fn teams_has_sections_tabs_and_utf_16() {
        let text = "1. Riepilogo\nTitolo riunione\tWebinar\n\n2. Partecipanti\n\
            Nome\tPrima partecipazione\tUltima uscita\tDurata riunione\tPosta elettronica\tRuolo\n\
            Nicol\u{f2} Verdi\t8/6/26, 10:00\t8/6/26, 11:30\t1h 2m 3s\tnicolo@unione.example\tRelatore\n\n\
            3. Attivit\u{e0} durante la riunione\nNome\tOra\nNicol\u{f2} Verdi\t10:00\n";
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        check(
            &bytes,
            &[("Nicol\u{f2} Verdi", Some("nicolo@unione.example"), 62)],
        );
    }

    #[test]
    fn webex_has_the_meeting_in_each_line_and_guards_against_spreadsheets() {
        check(
            b"Meeting Name\tMeeting Start Time\tDisplay Name\tAttendee Email\tJoin Time\tLeave Time\tAttendance Duration\n\
              Webinar\t=\"2026-06-08 10:00:00\"\tAnna Bianchi\tanna@comune.example\t=\"2026-06-08 10:01:00\"\t=\"2026-06-08 11:16:00\"\t75 mins\n",
            &[("Anna Bianchi", Some("anna@comune.example"), 75)],
        );
    }

    #[test]
    fn meet_has_first_and_last_names_and_a_plain_table_will_do() {
        check(
            b"First name,Last name,Email,Duration,Time joined,Time exited\nAnna,Bianchi,a@b.example,1 hr 2 min,10:00,11:02\n",
            &[("Anna Bianchi", Some("a@b.example"), 62)],
        );
        check(
            b"Cognome e nome;Minuti\nBianchi Anna;45\n",
            &[("Bianchi Anna", None, 45)],
        );
        check(
            b"Nome;Cognome;Durata\nNicol\xf2;Verdi;0:50:00\n",
            &[("Nicol\u{f2} Verdi", None, 50)],
        );
        check(
            b"Partecipante;Ora di ingresso;Ora di uscita\nBianchi Anna;10:00;10:40\n",
            &[("Bianchi Anna", None, 40)],
        );
    }

    #[test]
    fn a_line_break_inside_quotes_does_not_end_a_line() {
        check(
            b"Nome;Note;Durata\n\"Bianchi\nAnna\";\"entra ed\nesce\";30\nNeri Carla;;20\n",
            &[("Bianchi\nAnna", None, 30), ("Neri Carla", None, 20)],
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line() {
        let list = read(b"Name;Email;Duration\nAnna;a@b.example;a while\n;;10\n").unwrap();
        assert!(list.people.is_empty());
        assert_eq!(
            list.unread.iter().map(|line| line.line).collect::<Vec<_>>(),
            [2, 3]
        );
        assert!(list.unread[0].why.contains("a while"));
        assert!(read(b"who,when\nAnna,10:00\n").is_err());
        assert!(read(&[0; 64]).is_err());
    }

    #[test]
    fn names_are_compared_without_order_or_case() {
        assert_eq!(folded("BIANCHI, Anna"), folded("Anna  Bianchi"));
    }
}
