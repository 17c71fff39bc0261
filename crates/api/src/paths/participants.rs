//! Participant lists of meeting tools (Teams, Zoom, Meet, or a plain table): whatever the delimiter, the
//! encoding, the language of the headings and the lines around the table.

use std::collections::BTreeMap;

/// Somebody who was there, all their visits added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Participant {
    /// Line of the file where they come first, from 1.
    pub(crate) line: u64,
    /// Name, as the tool has it.
    pub(crate) name: String,
    /// E-mail, when the tool has it.
    pub(crate) email: Option<String>,
    /// Minutes, rounded.
    pub(crate) minutes: i32,
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
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Participants {
    /// In the order of the file.
    pub(crate) people: Vec<Participant>,
    /// Lines that could not be used.
    pub(crate) unread: Vec<Unread>,
}

/// Columns by what their heading begins with, lower case; the first that fits wins.
const NAMES: &[&str] = &[
    "name",
    "nome",
    "full name",
    "partecipante",
    "participant",
    "cognome e nome",
];
const FIRST_NAMES: &[&str] = &["first name", "nome"];
const LAST_NAMES: &[&str] = &["last name", "surname", "cognome"];
const EMAILS: &[&str] = &[
    "email",
    "e-mail",
    "user email",
    "posta elettronica",
    "indirizzo e-mail",
    "participant id (upn)",
];
const DURATIONS: &[&str] = &[
    "duration",
    "durata",
    "in-meeting duration",
    "minutes",
    "minuti",
    "time in call",
    "tempo",
];

/// Longest list taken, in lines.
const MOST_LINES: usize = 20_000;

/// Reads a list.
///
/// # Errors
/// When no line has headings for who (name or e-mail) and how long: says what was looked for.
pub(crate) fn read(bytes: &[u8]) -> Result<Participants, String> {
    let text = decoded(bytes);
    let lines: Vec<(u64, &str)> = (1..).zip(text.lines()).take(MOST_LINES).collect();
    let found = lines.iter().enumerate().find_map(|(at, (_, line))| {
        [',', ';', '\t'].into_iter().find_map(|delimiter| {
            let columns = Columns::of(&cells(line, delimiter))?;
            Some((at, delimiter, columns))
        })
    });
    let Some((head, delimiter, columns)) = found else {
        return Err("no line has the headings of a participant list: a name or an e-mail, and a duration (for example `Name;Email;Duration`)".into());
    };
    let width = cells(lines[head].1, delimiter).len();
    let mut read = Participants::default();
    let mut places = BTreeMap::<String, (usize, f64)>::new();
    for (number, line) in &lines[head + 1..] {
        if line.trim().is_empty() {
            continue;
        }
        let cells = cells(line, delimiter);
        // Teams goes on with other tables below this one.
        if cells.len() < width.min(2) || is_next_section(line) {
            break;
        }
        match columns.person(&cells) {
            Ok((name, email, minutes)) => {
                let key = email.clone().unwrap_or_else(|| folded(&name));
                let next = read.people.len();
                let (place, sum) = places.entry(key).or_insert((next, 0.0));
                *sum += minutes;
                if *place == next {
                    read.people.push(Participant {
                        line: *number,
                        name,
                        email,
                        minutes: 0,
                    });
                }
            }
            Err(why) => read.unread.push(Unread { line: *number, why }),
        }
    }
    for (place, minutes) in places.into_values() {
        read.people[place].minutes = rounded(minutes);
    }
    Ok(read)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to a few days")]
fn rounded(minutes: f64) -> i32 {
    minutes.clamp(0.0, 10_000.0).round() as i32
}

/// A name as it is compared: without case, order of words and double spaces.
pub(crate) fn folded(name: &str) -> String {
    let lower = name.to_lowercase().replace([',', '.'], " ");
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// Teams: "3. In-Meeting Activities".
fn is_next_section(line: &str) -> bool {
    let mut chars = line.trim_start_matches('"').chars();
    chars.next().is_some_and(|first| first.is_ascii_digit())
        && chars.next() == Some('.')
        && chars.next() == Some(' ')
}

/// A text in UTF-8, UTF-16 (with its mark) or Windows-1252.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// A line's cells; doubled quotes inside quotes are one.
pub(crate) fn cells(line: &str, delimiter: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(letter) = chars.next() {
        let cell = cells.last_mut().expect("there is always one");
        match letter {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            _ if letter == delimiter && !quoted => cells.push(String::new()),
            _ => cell.push(letter),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[derive(Debug)]
struct Columns {
    first_name: Option<usize>,
    last_name: Option<usize>,
    name: Option<usize>,
    email: Option<usize>,
    duration: usize,
    /// The heading says that bare numbers are seconds.
    in_seconds: bool,
}

impl Columns {
    fn of(heads: &[String]) -> Option<Self> {
        let heads: Vec<String> = heads.iter().map(|head| head.to_lowercase()).collect();
        let find = |words: &[&str]| {
            let begins = |head: &String| words.iter().any(|word| head.starts_with(word));
            heads.iter().position(begins)
        };
        let duration = find(DURATIONS)?;
        let last_name = find(LAST_NAMES);
        let name = find(NAMES);
        let email = find(EMAILS);
        (name.or(last_name).or(email)).map(|_| Self {
            first_name: last_name.and_then(|_| find(FIRST_NAMES)),
            last_name,
            name,
            email,
            duration,
            in_seconds: heads[duration].contains("second"),
        })
    }

    fn person(&self, cells: &[String]) -> Result<(String, Option<String>, f64), String> {
        let cell = |column: Option<usize>| {
            let text = column
                .and_then(|column| cells.get(column))
                .map(String::as_str);
            text.filter(|text| !text.is_empty())
        };
        let name = match (cell(self.first_name), cell(self.last_name)) {
            (Some(first), Some(last)) => format!("{first} {last}"),
            (None, Some(last)) => last.to_owned(),
            _ => cell(self.name).unwrap_or_default().to_owned(),
        };
        let email = cell(self.email).filter(|text| text.contains('@'));
        let email = email.map(str::to_lowercase);
        if name.is_empty() && email.is_none() {
            return Err("has neither a name nor an e-mail".into());
        }
        let said = cell(Some(self.duration)).unwrap_or_default();
        let minutes = minutes(said, self.in_seconds);
        let minutes = minutes.ok_or_else(|| {
            format!("the duration `{said}` cannot be read; write it as `75`, `1:15:00` or `1h 15m`")
        })?;
        Ok((name, email, minutes))
    }
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
                    person.minutes,
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
    fn teams_has_sections_tabs_and_utf_16() {
        let text = "1. Riepilogo\nTitolo riunione\tWebinar\n\n2. Partecipanti\n\
            Nome\tPrima partecipazione\tUltima uscita\tDurata riunione\tPosta elettronica\tRuolo\n\
            Nicol\u{f2} Verdi\t8/6/26, 10:00\t8/6/26, 11:02\t1h 2m 3s\tnicolo@unione.example\tRelatore\n\n\
            3. Attivit\u{e0} durante la riunione\nNome\tOra\nNicol\u{f2} Verdi\t10:00\n";
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        check(
            &bytes,
            &[("Nicol\u{f2} Verdi", Some("nicolo@unione.example"), 62)],
        );
    }

    #[test]
    fn meet_has_first_and_last_names_and_a_plain_table_will_do() {
        check(
            b"First name,Last name,Email,Duration,Time joined\nAnna,Bianchi,a@b.example,1 hr 2 min,10:00\n",
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
