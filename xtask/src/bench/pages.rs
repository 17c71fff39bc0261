//! How long the pages take with many people: a database is filled by `percorso seed`, then each page is
//! asked for again and again by an administrator, who sees everybody, and by a learner. One request at a
//! time on loopback: what is measured is the server's time and hardly more.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

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
/// No request for a page may take longer than this. What else the machine does may delay one: a page that
/// is too slow is measured once more.
const GOAL: Duration = Duration::from_millis(100);
const PASSWORD: &str = "bench-password-of-one-run";

/// Pages of an administrator; `{body}` is a province, the other names are of the lists.
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
    "/packages/{package}/compare?from=1&to=1",
    "/packages/{package}/migrate?from=1&to=1",
    "/author/paths",
    "/author/paths/new",
    "/author/paths/{made}",
    "/author/events",
    "/author/events/new",
    "/author/events/{event}",
    "/admin",
    "/admin/users",
    "/admin/users?q=bianchi",
    "/admin/users/new",
    "/admin/users/{user}",
    "/admin/bodies",
    "/admin/bodies/new",
    "/admin/bodies/{body}",
    "/admin/clients",
    "/admin/clients/new",
    "/admin/clients/{client}",
    "/admin/webhooks",
    "/admin/webhooks/new",
    "/admin/webhooks/{webhook}",
    "/admin/forwards",
    "/admin/forwards/new",
    "/admin/forwards/{forward}",
    "/admin/statements",
    "/admin/statements/{statement}",
    "/admin/audit",
    "/admin/settings",
];
const LEARNER_PAGES: &[&str] = &[
    "/",
    "/history",
    "/attestati",
    "/privacy",
    "/paths/{path}",
    "/courses/{course}",
];
/// Pages of nobody; those of what does not exist are searched for all the same.
const OPEN_PAGES: &[&str] = &[
    "/login",
    "/verifica/AAAA-BBBB-CCCC",
    "/password/none",
    "/non-esiste",
];
/// Pages of the player's origin.
const PLAYER_PAGES: &[&str] = &[
    "/play/",
    "/play/none",
    "/cmi5/",
    "/cmi5/none",
    "/cmi5/return",
];

/// Addresses of `crates/api/src/pages` that are no pages, or are measured by another's name.
#[cfg(test)]
const LEFT_OUT: &[(&str, &str)] = &[
    ("/language/{tag}", "a redirect"),
    ("/login/oidc", "a redirect to the provider"),
    ("/login/oidc/callback", "a redirect from the provider"),
    ("/privacy/data", "a file, written while it is read"),
    (
        "/coordinator/export/{file}",
        "a file, written while it is read",
    ),
    (
        "/packages/{package}/migrations/{migration}",
        "needs a second version; one decision and 500 lines at most",
    ),
];

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
    println!("\n{:<52} {:>9} {:>9}", "", "median", "slowest");
    let mut slow = Vec::new();
    let mut admin = Browser::sign_in(&percorso, ADMIN.0, ADMIN.1)?;
    let people = admin.page("/coordinator/people?status=completed")?;
    let person = after(&people, "/coordinator/people/").context("no person in the list")?;
    let email = after_until(&people, "<span class=\"sub\">", '<').context("no e-mail")?;
    let events = admin.page("/coordinator/events")?;
    let event = after(&events, "/coordinator/events/").context("no event in the list")?;
    let paths = admin.page("/author/paths")?;
    let made = after(&paths, "<a href=\"/author/paths/").context("no path to change")?;
    let provinces = admin.page("/coordinator/bodies?q=provincia")?;
    let body = after(&provinces, "/coordinator?body=").context("no province")?;
    let package = after(&admin.page("/")?, "/packages/").context("no package")?;
    let user = after(&admin.page("/admin/users")?, "/admin/users/").context("no user")?;
    let id = |made: Value| Ok::<_, anyhow::Error>(made["id"].as_str().context("no id")?.to_owned());
    let client = id(percorso.post(
        "/api/v1/clients",
        &json!({ "id": "bench-shown", "name": "Bench", "scopes": ["reports:read"] }),
    )?)?;
    let webhook = id(percorso.post(
        "/api/v1/webhooks",
        &json!({ "url": "https://hooks.example/percorso", "events": ["registration.completed"], "enabled": false }),
    )?)?;
    let forward = id(percorso.post(
        "/api/v1/forwards",
        &json!({ "url": "https://lrs.example/xapi", "username": "u", "password": "p", "enabled": false }),
    )?)?;
    let statement = uuid_of_a_statement(&percorso)?;
    let names = [
        ("{user}", user.as_str()),
        ("{client}", &client),
        ("{webhook}", &webhook),
        ("{forward}", &forward),
        ("{statement}", &statement),
        ("{person}", &person),
        ("{event}", &event),
        ("{made}", &made),
        ("{body}", &body),
        ("{package}", &package),
    ];
    admin.all(ADMIN_PAGES, &names, &mut slow)?;
    let given = command(folder, &postgres)
        .args(["user", "add", &email, "--password", PASSWORD])
        .output()?;
    ensure!(given.status.success(), "percorso user add failed");
    let mut learner = Browser::sign_in(&percorso, &email, PASSWORD)?;
    let home = learner.page("/")?;
    let path = after(&home, "/paths/").context("no path")?;
    let course = after(&home, "\"/courses/").context("no course")?;
    let names = [("{path}", path.as_str()), ("{course}", &course)];
    learner.all(LEARNER_PAGES, &names, &mut slow)?;
    Browser::nobody(percorso.port)?.all(OPEN_PAGES, &[], &mut slow)?;
    Browser::nobody(percorso.player_port)?.all(PLAYER_PAGES, &[], &mut slow)?;
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
    let is_id = |id: &&str| id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let mut behind = page.split(piece).skip(1).filter_map(|rest| rest.get(..36));
    behind.find(is_id).map(str::to_owned)
}

fn after_until(page: &str, piece: &str, end: char) -> Option<String> {
    Some(page.split(piece).nth(1)?.split(end).next()?.to_owned())
}

/// States something; answers the statement's id.
fn uuid_of_a_statement(percorso: &Percorso) -> Result<String> {
    let statement = json!({
        "actor": { "mbox": "mailto:bench@bench.example" },
        "verb": { "id": "http://adlnet.gov/expapi/verbs/experienced" },
        "object": { "id": "https://bench.example/activity" },
    });
    let ids = percorso.post("/xapi/statements", &statement)?;
    Ok(ids[0].as_str().context("no statement")?.to_owned())
}

/// Somebody who is signed in, or nobody.
struct Browser {
    connection: Connection,
    cookie: String,
    /// Nobody's pages include those of what is not there.
    any_status: bool,
}

impl Browser {
    fn nobody(port: u16) -> Result<Self> {
        Ok(Self {
            connection: Connection::open(port)?,
            cookie: String::new(),
            any_status: true,
        })
    }

    fn sign_in(percorso: &Percorso, email: &str, password: &str) -> Result<Self> {
        let mut connection = Connection::open(percorso.port)?;
        let form = format!("email={}&password={password}", email.replace('@', "%40"));
        let head = "POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        let (status, cookie) = connection.send_for_cookie(head, form.as_bytes())?;
        ensure!(status == 303, "{email} cannot sign in: {status}");
        let cookie = cookie.context("no cookie")?;
        Ok(Self {
            connection,
            cookie,
            any_status: false,
        })
    }

    fn page(&mut self, path: &str) -> Result<String> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nCookie: {}\r\nAccept-Language: it\r\n",
            self.cookie
        );
        let (status, body) = self.connection.send(&head, b"")?;
        let is_page = status == 200 || self.any_status && (400..500).contains(&status);
        ensure!(is_page, "{path} answered {status}");
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
            let (mut median, mut most) = self.thirty(&path)?;
            if most > GOAL {
                (median, most) = self.thirty(&path)?;
            }
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

    /// The median and the slowest of thirty requests.
    fn thirty(&mut self, path: &str) -> Result<(Duration, Duration)> {
        let mut took = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let asked = Instant::now();
            self.page(path)?;
            took.push(asked.elapsed());
        }
        took.sort();
        Ok((took[TIMES / 2], took[TIMES - 1]))
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Addresses that a file of the pages answers to GET.
    fn routes(file: &Path) -> Vec<String> {
        let source: String = fs::read_to_string(file)
            .unwrap()
            .split_whitespace()
            .collect();
        let within = file
            .components()
            .any(|part| part.as_os_str() == "coordinator");
        let scope = if within { "/coordinator" } else { "" };
        let routes = source.split("at(\"").skip(1).filter_map(|rest| {
            let (path, handlers) = rest.split_once("\")")?;
            let handlers = handlers.split(';').next()?.split(".service(").next()?;
            let is_page = handlers.contains(".get(") && !path.contains(['"', '%', '*']);
            is_page.then(|| format!("{scope}{path}"))
        });
        routes.collect()
    }

    fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    /// Names in braces stand for whatever is measured.
    fn is_of(route: &str, page: &str) -> bool {
        let page = page.split('?').next().unwrap_or_default();
        let (route, page): (Vec<&str>, Vec<&str>) =
            (route.split('/').collect(), page.split('/').collect());
        let same = |(route, page): (&&str, &&str)| {
            route == page || (route.starts_with('{') && !page.is_empty())
        };
        route.len() == page.len() && route.iter().zip(&page).all(same)
    }

    #[test]
    fn no_page_is_forgotten() {
        let mut sources = Vec::new();
        files(&shell::root().join("crates/api/src/pages"), &mut sources);
        let measured: Vec<&str> = [ADMIN_PAGES, LEARNER_PAGES, OPEN_PAGES, PLAYER_PAGES].concat();
        let routes: Vec<String> = sources.iter().flat_map(|file| routes(file)).collect();
        assert!(routes.len() > 40, "{routes:?}");
        let known = |route: &String| {
            measured.iter().any(|page| is_of(route, page))
                || LEFT_OUT.iter().any(|(left_out, _)| left_out == route)
        };
        let forgotten: Vec<&String> = routes.iter().filter(|route| !known(route)).collect();
        assert!(forgotten.is_empty(), "measured by nobody: {forgotten:?}");
    }
}
