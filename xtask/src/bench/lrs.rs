//! The learning record store: statements one by one and in batches, pages by every filter over a full
//! store, documents; beside pgbench, which does the same inserts and reads on the same Postgres.

use std::{
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{
    Options, expect,
    http::Connection,
    load_by, row, rows,
    server::{Database, Percorso},
};
use crate::shell;

const BATCH: usize = 50;
const PAGE: usize = 50;
/// Statements in a request while the store is filled.
const FILL: usize = 250;
const READERS: usize = 16;
const AGENTS: u64 = 10_000;
const VERBS: &[&str] = &[
    "initialized",
    "experienced",
    "answered",
    "progressed",
    "completed",
    "passed",
    "failed",
    "suspended",
    "resumed",
    "terminated",
];
const ACTIVITIES: u64 = 1_000;
const COURSES: u64 = 50;
/// Stands where a statement's id will be.
const NO_ID: &str = "00000000-0000-4000-a000-000000000000";
/// The row and the indexes that a store of statements cannot do without.
const TABLE: &str = "CREATE TABLE bare_statements (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE, agent uuid NOT NULL, verb uuid NOT NULL, activity uuid NOT NULL, statement text NOT NULL);
    CREATE INDEX ON bare_statements (agent, seq); CREATE INDEX ON bare_statements (verb, seq);
    CREATE INDEX ON bare_statements (activity, seq);";

/// Measures and prints.
pub(super) fn measure(
    options: &Options,
    folder: &Path,
    percorso: &Percorso,
    postgres: &Database,
) -> Result<()> {
    let pgbench = Pgbench::prepare(folder, postgres)?;
    let stored = AtomicUsize::new(0);
    for clients in [1, 16, 64] {
        writes(options, percorso, &stored, clients, 1)?;
        pgbench.writes(options, clients, 1)?;
    }
    for clients in [1, 16, 64] {
        writes(options, percorso, &stored, clients, BATCH)?;
        pgbench.writes(options, clients, BATCH)?;
    }
    fill(options, percorso, &stored)?;
    pgbench.sql("VACUUM ANALYZE")?;
    println!("over {} statements:", stored.load(Ordering::Relaxed));
    for (what, query) in FILTERS {
        reads(options, percorso, what, *query)?;
    }
    pgbench.reads(options)?;
    writes(options, percorso, &stored, 16, 1)?;
    documents(options, percorso)
}

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        // Steele and Vigna's SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }
}

fn agent(number: u64) -> String {
    format!("mailto:learner-{number}@example.org")
}

fn verb(number: u64) -> String {
    let name = VERBS[usize::try_from(number).unwrap_or_default() % VERBS.len()];
    format!("http://adlnet.gov/expapi/verbs/{name}")
}

fn activity(number: u64) -> String {
    format!(
        "https://example.org/courses/{}/activities/{number}",
        number % COURSES
    )
}

fn course(number: u64) -> String {
    format!("https://example.org/courses/{}", number % COURSES)
}

fn registration(agent: u64) -> String {
    format!("00000000-0000-4000-8000-{agent:012x}")
}

/// About 1.2 KB, as a course sends them, but for the id.
fn statement(numbers: &mut Numbers) -> String {
    let (who, what) = (numbers.below(AGENTS), numbers.below(ACTIVITIES));
    let verb_id = verb(numbers.below(VERBS.len() as u64));
    json!({
        "id": NO_ID,
        "actor": { "objectType": "Agent", "name": format!("Learner {who}"), "mbox": agent(who) },
        "verb": { "id": verb_id, "display": { "en": verb_id.rsplit('/').next(), "it": "ha fatto" } },
        "object": {
            "objectType": "Activity", "id": activity(what),
            "definition": {
                "name": { "en": format!("Activity {what}"), "it": format!("Attività {what}") },
                "description": { "en": "A page with a film and three questions about what was shown in it." },
                "type": "http://adlnet.gov/expapi/activities/lesson",
            },
        },
        "result": {
            "score": { "scaled": 0.85, "raw": 85, "min": 0, "max": 100 },
            "success": true, "completion": true, "duration": "PT12M3.5S", "response": "a[,]c",
        },
        "context": {
            "registration": registration(who), "platform": "Course player", "language": "it",
            "contextActivities": {
                "parent": [{ "id": course(what) }],
                "category": [{ "id": "https://w3id.org/xapi/cmi5/context/categories/cmi5" }],
            },
            "extensions": { "https://w3id.org/xapi/cmi5/context/extensions/sessionid": numbers.uuid() },
        },
        "timestamp": "2026-11-23T10:00:00.000Z",
    })
    .to_string()
}

/// A request's statements. They go again and again with other ids: making them anew would cost the machine
/// more than storing them.
struct Body {
    text: Vec<u8>,
    /// Where the ids are.
    ids: Vec<usize>,
}

impl Body {
    fn new(numbers: &mut Numbers, statements: usize) -> Self {
        let all: Vec<String> = (0..statements).map(|_| statement(numbers)).collect();
        let text = match all.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(",")),
        };
        let ids = text.match_indices(NO_ID).map(|(at, _)| at).collect();
        let text = text.into_bytes();
        Self { text, ids }
    }

    fn renewed(&mut self, numbers: &mut Numbers) -> &[u8] {
        for at in &self.ids {
            self.text[*at..*at + NO_ID.len()].copy_from_slice(numbers.uuid().as_bytes());
        }
        &self.text
    }
}

fn head(percorso: &Percorso, what: &str) -> String {
    format!(
        "{what} HTTP/1.1\r\nAuthorization: Bearer {}\r\nX-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\n",
        percorso.token
    )
}

fn post(connection: &mut Connection, head: &str, body: &[u8]) -> Result<()> {
    let (status, answer) = connection.send(head, body)?;
    let answer = String::from_utf8_lossy(answer);
    ensure!(status == 200, "statements: {status} {answer}");
    Ok(())
}

/// Seeds that no two clients of a run share.
fn seed() -> u64 {
    static SEEDS: AtomicUsize = AtomicUsize::new(1);
    (SEEDS.fetch_add(1, Ordering::Relaxed) as u64) << 32
}

fn writes(
    options: &Options,
    percorso: &Percorso,
    stored: &AtomicUsize,
    clients: usize,
    each: usize,
) -> Result<()> {
    let head = head(percorso, "POST /xapi/statements");
    let measured = load_by(clients, options, percorso.port, |_| {
        let (head, mut numbers) = (head.clone(), Numbers(seed()));
        let mut ready: Vec<Body> = (0..64).map(|_| Body::new(&mut numbers, each)).collect();
        let mut next = 0;
        move |connection: &mut Connection| {
            next = (next + 1) % ready.len();
            post(connection, &head, ready[next].renewed(&mut numbers))?;
            stored.fetch_add(each, Ordering::Relaxed);
            Ok(())
        }
    })?;
    let what = if each == 1 {
        "statements singly"
    } else {
        "statements, 50 a request"
    };
    rows(&format!("{what}, {clients} connections"), &measured, each);
    Ok(())
}

/// Fills the store up to the number asked for.
fn fill(options: &Options, percorso: &Percorso, stored: &AtomicUsize) -> Result<()> {
    let head = head(percorso, "POST /xapi/statements");
    let failed = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let filled = (|| {
                    let mut connection = Connection::open(percorso.port)?;
                    let mut numbers = Numbers(seed());
                    while stored.fetch_add(FILL, Ordering::Relaxed) < options.statements {
                        let mut body = Body::new(&mut numbers, FILL);
                        post(&mut connection, &head, body.renewed(&mut numbers))?;
                    }
                    anyhow::Ok(())
                })();
                if let (Err(error), Ok(mut failed)) = (filled, failed.lock()) {
                    *failed = Some(error);
                }
            });
        }
    });
    match failed.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

type Query = fn(&mut Numbers) -> String;

/// What is asked for, and how.
const FILTERS: &[(&str, Query)] = &[
    ("agent", |n| format!("agent={}", agent_json(n))),
    ("agent, related", |n| {
        format!("agent={}&related_agents=true", agent_json(n))
    }),
    ("verb", |n| format!("verb={}", verb(n.next()))),
    ("activity", |n| {
        format!("activity={}", activity(n.below(ACTIVITIES)))
    }),
    ("activity, related", |n| {
        format!("activity={}&related_activities=true", course(n.next()))
    }),
    ("registration", |n| {
        format!("registration={}", registration(n.below(AGENTS)))
    }),
    ("since, ascending", |_| {
        "since=2026-01-01T00:00:00Z&ascending=true".to_owned()
    }),
    ("agent, verb and since", |n| {
        let verb = verb(n.next());
        format!(
            "agent={}&verb={verb}&since=2026-01-01T00:00:00Z",
            agent_json(n)
        )
    }),
    ("activity and verb", |n| {
        format!(
            "verb={}&activity={}",
            verb(n.next()),
            activity(n.below(ACTIVITIES))
        )
    }),
];

fn agent_json(numbers: &mut Numbers) -> String {
    format!("%7B%22mbox%22%3A%22{}%22%7D", agent(numbers.below(AGENTS)))
}

fn reads(options: &Options, percorso: &Percorso, what: &str, query: Query) -> Result<()> {
    let measured = load_by(READERS, options, percorso.port, |_| {
        let mut numbers = Numbers(seed());
        move |connection: &mut Connection| {
            let target = format!("GET /xapi/statements?limit={PAGE}&{}", query(&mut numbers));
            let (status, answer) = connection.send(&head(percorso, &target), b"")?;
            ensure!(
                status == 200,
                "{target}: {status} {}",
                String::from_utf8_lossy(answer)
            );
            Ok(())
        }
    })?;
    row(&format!("pages of 50 by {what}"), &measured);
    Ok(())
}

fn documents(options: &Options, percorso: &Percorso) -> Result<()> {
    let document = json!({ "page": 7, "notes": "n".repeat(1_000) }).to_string();
    for method in ["PUT", "GET"] {
        let measured = load_by(READERS, options, percorso.port, |client| {
            let agent = format!("%7B%22mbox%22%3A%22{}%22%7D", agent(client as u64));
            let what = format!(
                "{method} /xapi/activities/state?activityId={}&agent={agent}&stateId=bookmark",
                activity(client as u64)
            );
            let (head, document) = (head(percorso, &what), &document);
            move |connection: &mut Connection| {
                if method == "PUT" {
                    return expect(connection.send(&head, document.as_bytes())?.0, 204);
                }
                expect(connection.send(&head, b"")?.0, 200)
            }
        })?;
        row(&format!("state document, {method}"), &measured);
    }
    Ok(())
}

/// pgbench on a table of its own, with scripts.
struct Pgbench<'a> {
    folder: &'a Path,
    postgres: &'a Database,
}

impl<'a> Pgbench<'a> {
    fn prepare(folder: &'a Path, postgres: &'a Database) -> Result<Self> {
        let pgbench = Self { folder, postgres };
        pgbench.sql(TABLE)?;
        Ok(pgbench)
    }

    fn sql(&self, sql: &str) -> Result<()> {
        let mut psql = shell::command("psql");
        psql.args([
            "--quiet",
            "--dbname",
            &self.postgres.url(),
            "--command",
            sql,
        ]);
        shell::run(&mut psql)
    }

    fn writes(&self, options: &Options, clients: usize, each: usize) -> Result<()> {
        let mut numbers = Numbers(seed());
        // Neither ends the text nor looks like a variable.
        let text = statement(&mut numbers).replace(['\'', ':'], " ");
        let script = format!(
            "\\set agent random(1, {AGENTS})\n\\set verb random(1, {})\n\\set activity random(1, {ACTIVITIES})\n\
             INSERT INTO bare_statements (id, agent, verb, activity, statement) \
             SELECT gen_random_uuid(), md5((:agent + i)::text)::uuid, md5(:verb::text)::uuid, md5((:activity + i)::text)::uuid, '{text}' \
             FROM generate_series(1, {each}) i;\n",
            VERBS.len()
        );
        let what = if each == 1 {
            "pgbench, such rows singly"
        } else {
            "pgbench, such rows, 50 at once"
        };
        self.run(
            options,
            &format!("{what}, {clients} connections"),
            &script,
            clients,
            each,
        )
    }

    fn reads(&self, options: &Options) -> Result<()> {
        let script = format!(
            "\\set agent random(1, {AGENTS})\n\
             SELECT statement FROM bare_statements WHERE agent = md5(:agent::text)::uuid ORDER BY seq DESC LIMIT {PAGE};\n"
        );
        self.run(options, "pgbench, such pages by agent", &script, READERS, 1)
    }

    fn run(
        &self,
        options: &Options,
        what: &str,
        script: &str,
        clients: usize,
        each: usize,
    ) -> Result<()> {
        if !shell::has("pgbench") {
            println!("{what:<44} (pgbench is not installed)");
            return Ok(());
        }
        let path = self.folder.join("pgbench.sql");
        fs::write(&path, script)?;
        let mut command = shell::command("pgbench");
        command.args(["--no-vacuum", "--protocol=prepared"]);
        command.arg("--host").arg(&self.postgres.socket);
        command.args(["--username", Database::NAME]);
        command.env("PGPASSWORD", &self.postgres.password);
        command.arg(format!("--client={clients}"));
        command.arg(format!("--jobs={}", clients.min(2)));
        command.arg(format!("--time={}", options.seconds));
        command.arg("--file").arg(&path).arg(Database::NAME);
        let said = shell::output(&mut command).context("pgbench failed")?;
        let after = |label: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(label))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        let tps = after("tps = ").with_context(|| format!("pgbench said: {said}"))?;
        let average = after("latency average = ").unwrap_or_default();
        let each = u32::try_from(each).unwrap_or(1);
        println!(
            "{what:<44} {:>12.0} {:>7.0} µs  (average)",
            tps * f64::from(each),
            average * 1000.0
        );
        Ok(())
    }
}
