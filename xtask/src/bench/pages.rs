//! How long the pages take with many people: a database is filled by `percorso seed`, then each page is
//! asked for again and again by an administrator, who sees everybody, and by a learner. One request at a
//! time on loopback: what is measured is the server's time and hardly more.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    http::Connection,
    server::{ADMIN, Percorso},
};
use crate::{
    postgres::{Commits, Postgres},
    shell,
};

/// Each page is asked for so often.
const TIMES: usize = 30;
/// No page may take longer than this, the slowest of all requests but one in ten.
const GOAL: Duration = Duration::from_millis(100);
const PASSWORD: &str = "bench-password-of-one-run";

/// Pages of an administrator; `{body}` is a province, `{person}` and `{event}` are of the lists.
const ADMIN_PAGES: &[&str] = &[
    "/",
    "/coordinator",
    "/coordinator?body={body}",
    "/coordinator/bodies?q=castel",
    "/coordinator/people",
    "/coordinator/people?body={body}",
    "/coordinator/people?q=bianchi",
    "/coordinator/people?q=nobody-has-this-name",
    "/coordinator/people?status=completed",
    "/coordinator/people?due=over",
    "/coordinator/people/{person}",
    "/coordinator/enrol?body={body}",
    "/coordinator/events",
    "/coordinator/events/{event}",
    "/coordinator/hours",
    "/coordinator/hours?body={body}",
    "/coordinator/certificates",
    "/packages/{package}",
    "/admin",
    "/admin/users",
    "/admin/bodies",
    "/admin/audit",
    "/admin/settings",
];
const LEARNER_PAGES: &[&str] = &["/", "/history", "/attestati", "/privacy", "/paths/{path}"];

/// Fills a database, measures and prints a table.
///
/// # Errors
/// When something does not start, or a page is too slow.
pub(super) fn measure(folder: &Path, registrations: u32) -> Result<()> {
    let postgres = Postgres::start(folder, Commits::Durable)?;
    let begun = Instant::now();
    let import = shell::root().join("content-packages");
    command(folder, &postgres)
        .arg("migrate")
        .status()
        .context("percorso migrate")?;
    let seeded = command(folder, &postgres)
        .args(["seed", "--force", "--bodies", "1200", "--registrations"])
        .arg(registrations.to_string())
        .arg("--import")
        .arg(import)
        .status()?;
    ensure!(seeded.success(), "percorso seed failed");
    println!("seeded in {} s", begun.elapsed().as_secs());
    let percorso = Percorso::start(folder, &postgres.url())?;
    println!("\n{:<52} {:>9} {:>9}", "", "median", "90 of 100");
    let mut slow = Vec::new();
    let mut admin = Browser::sign_in(&percorso, ADMIN.0, ADMIN.1)?;
    let people = admin.page("/coordinator/people?status=completed")?;
    let person = after(&people, "/coordinator/people/").context("no person in the list")?;
    let email = after_until(&people, "<span class=\"sub\">", '<').context("no e-mail")?;
    let events = admin.page("/coordinator/events")?;
    let event = after(&events, "/coordinator/events/").context("no event in the list")?;
    let provinces = admin.page("/coordinator/bodies?q=provincia")?;
    let body = after(&provinces, "/coordinator?body=").context("no province")?;
    let package = after(&admin.page("/")?, "/packages/").context("no package")?;
    let names = [
        ("{person}", person.as_str()),
        ("{event}", &event),
        ("{body}", &body),
        ("{package}", &package),
    ];
    admin.all(ADMIN_PAGES, &names, &mut slow)?;
    let given = command(folder, &postgres)
        .args(["user", "add", &email, "--password", PASSWORD])
        .output()?;
    ensure!(given.status.success(), "percorso user add failed");
    let mut learner = Browser::sign_in(&percorso, &email, PASSWORD)?;
    let path = after(&learner.page("/")?, "/paths/").context("no path")?;
    learner.all(LEARNER_PAGES, &[("{path}", &path)], &mut slow)?;
    ensure!(slow.is_empty(), "slower than {GOAL:?}: {}", slow.join(", "));
    Ok(())
}

fn command(folder: &Path, postgres: &Postgres) -> std::process::Command {
    let mut command = shell::command(shell::target().join("release/percorso"));
    command
        .env("DATABASE_URL", postgres.url())
        .env("PERCORSO_DATA_DIR", folder.join("data"));
    command
}

/// The id behind a piece of a page.
fn after(page: &str, piece: &str) -> Option<String> {
    let id = page.split(piece).nth(1)?.get(..36)?;
    Some(id.to_owned())
}

fn after_until(page: &str, piece: &str, end: char) -> Option<String> {
    Some(page.split(piece).nth(1)?.split(end).next()?.to_owned())
}

/// Somebody who is signed in.
struct Browser {
    connection: Connection,
    cookie: String,
}

impl Browser {
    fn sign_in(percorso: &Percorso, email: &str, password: &str) -> Result<Self> {
        let mut connection = Connection::open(percorso.port)?;
        let form = format!("email={}&password={password}", email.replace('@', "%40"));
        let head = "POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        let (status, cookie) = connection.send_for_cookie(head, form.as_bytes())?;
        ensure!(status == 303, "{email} cannot sign in: {status}");
        let cookie = cookie.context("no cookie")?;
        Ok(Self { connection, cookie })
    }

    fn page(&mut self, path: &str) -> Result<String> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nCookie: {}\r\nAccept-Language: it\r\n",
            self.cookie
        );
        let (status, body) = self.connection.send(&head, b"")?;
        ensure!(status == 200, "{path} answered {status}");
        Ok(String::from_utf8_lossy(body).into_owned())
    }

    fn all(
        &mut self,
        pages: &[&str],
        names: &[(&str, &str)],
        slow: &mut Vec<String>,
    ) -> Result<()> {
        for page in pages {
            let path = names.iter().fold((*page).to_owned(), |path, (name, id)| {
                path.replace(name, id)
            });
            self.page(&path)?;
            let mut took = Vec::with_capacity(TIMES);
            for _ in 0..TIMES {
                let asked = Instant::now();
                self.page(&path)?;
                took.push(asked.elapsed());
            }
            took.sort();
            let (median, most) = (took[TIMES / 2], took[TIMES * 9 / 10]);
            println!(
                "{page:<52} {:>6.1} ms {:>6.1} ms",
                millis(median),
                millis(most)
            );
            if most > GOAL {
                slow.push((*page).to_owned());
            }
        }
        Ok(())
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
