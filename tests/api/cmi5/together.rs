//! Requests that meet: at the end of a session, over one document, or a launch, a waiver and the watch at
//! the same moment. What wins is made certain by holding the registration's row, so that all stand in line.

use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_postgres::{Client, NoTls};

use super::*;

/// Holds a row until it is let go; requests stand in line for it in the order in which they came.
struct Held {
    holder: Client,
    watcher: Client,
}

impl Held {
    async fn registration(app: &TestApp, id: &str) -> Self {
        Self::row(app, &format!("registrations WHERE id = '{id}'")).await
    }

    async fn row(app: &TestApp, which: &str) -> Self {
        let [holder, watcher] = [connected(app).await, connected(app).await];
        let lock = format!("BEGIN; SELECT 1 FROM {which} FOR UPDATE");
        holder.batch_execute(&lock).await.unwrap();
        Self { holder, watcher }
    }

    /// Waits until so many stand in line.
    async fn in_line(&self, count: i64) {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let all_there = async {
            while self
                .watcher
                .query_one(waiting, &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
                < count
            {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = timeout(Duration::from_secs(20), all_there).await;
        waited.unwrap_or_else(|_| panic!("{count} are not in line"));
    }

    async fn let_go(&self) {
        self.holder.batch_execute("ROLLBACK").await.unwrap();
    }

    /// Both are answered, the first before the second.
    async fn one_after_the_other<A, B>(
        &self,
        first: impl Future<Output = A>,
        second: impl Future<Output = B>,
    ) -> (A, B) {
        let second = async {
            self.in_line(1).await;
            let then = async {
                self.in_line(2).await;
                self.let_go().await;
            };
            join(second, then).await.0
        };
        join(first, second).await
    }
}

async fn connected(app: &TestApp) -> Client {
    let (client, connection) = tokio_postgres::connect(&app.database, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn at(mut statement: Value, time: &str) -> Value {
    statement["timestamp"] = format!("2026-11-23T{time}Z").into();
    statement
}

fn count(verbs: &[String], verb: &str) -> usize {
    verbs.iter().filter(|one| *one == verb).count()
}

/// 9.3.8.0-4, 9.3.8.0-3, 7.1.2.0-1: `terminated` overtakes `completed`, which the unit stated before: it counts.
#[tokio::test(flavor = "multi_thread")]
async fn what_terminated_overtook_on_its_way_counts() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let terminated = at(unit.statement("terminated"), "10:02:00.000");
    let completed = at(unit.statement("completed"), "10:01:59.999");
    let held = Held::registration(&app, &registration).await;
    let (first, second) = held
        .one_after_the_other(unit.post(&terminated), unit.post(&completed))
        .await;
    expect(first, StatusCode::OK).await;
    expect(second, StatusCode::OK).await;
    let now = app.registration(&registration).await;
    let video = &now["activities"]["children"][0]["children"][1];
    assert_eq!(
        (&video["completion"], &video["total_time"]),
        (&"completed".into(), &"PT1M30S".into()),
        "{video:#}"
    );
    // The session is over all the same, whatever the next one claims of its time.
    let late = at(unit.allowed(), "10:01:00.000");
    unit.refused(&late, "9.3.0.0-5").await;
    assert_eq!(
        verbs(&statements(&app, &registration).await),
        ["launched", "initialized", "terminated", "completed"]
    );
    let (same, report) = app.replay(&registration);
    assert!(same, "{report:#}");
    app.stop().await;
}

/// 9.3.0.0-5: under way or not, what was stated after `terminated` is refused.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_stated_after_terminated_is_refused_also_when_it_was_under_way() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let terminated = at(unit.statement("terminated"), "10:02:00.000");
    let completed = at(unit.statement("completed"), "10:02:00.001");
    let held = Held::registration(&app, &registration).await;
    let (first, second) = held
        .one_after_the_other(unit.post(&terminated), unit.post(&completed))
        .await;
    expect(first, StatusCode::OK).await;
    let problem = expect(second, StatusCode::FORBIDDEN).await;
    assert_eq!(problem["requirement"], "9.3.0.0-5");
    let now = app.registration(&registration).await;
    assert_eq!(now["progress_measure"], 0.0);
    app.stop().await;
}

/// A unit that hears no answer to `terminated` sends it again: both are told that it is there.
#[tokio::test(flavor = "multi_thread")]
async fn terminated_sent_twice_at_once_is_one() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let last = json!([unit.statement("completed"), unit.statement("terminated")]);
    let held = Held::registration(&app, &registration).await;
    let (first, second) = held
        .one_after_the_other(unit.post(&last), unit.post(&last))
        .await;
    expect(first, StatusCode::OK).await;
    expect(second, StatusCode::OK).await;
    let stated = verbs(&statements(&app, &registration).await);
    assert_eq!(
        stated,
        ["launched", "initialized", "completed", "terminated"]
    );
    let now = app.registration(&registration).await;
    assert_eq!(now["total_time"], "PT1M30S", "counted once");
    app.stop().await;
}

/// The page is left as soon as the request is out; its connection is cut, not closed.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_arrived_is_stored_though_nobody_waits_for_the_answer() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let body = json!([unit.statement("completed"), unit.statement("terminated")]).to_string();
    let endpoint = Url::parse(&unit.parameter("endpoint")).unwrap();
    let host = format!(
        "{}:{}",
        endpoint.host_str().unwrap(),
        endpoint.port().unwrap()
    );
    let request = format!(
        "POST /xapi/statements HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\nX-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        unit.auth,
        body.len()
    );
    let held = Held::registration(&app, &registration).await;
    let mut connection = TcpStream::connect(&host).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    held.in_line(1).await;
    connection.set_zero_linger().unwrap();
    drop(connection);
    sleep(Duration::from_millis(200)).await;
    held.let_go().await;
    let stored = async {
        while statements(&app, &registration).await.len() < 4 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), stored)
        .await
        .expect("they are stored");
    let sessions = format!("/api/v1/registrations/{registration}/sessions");
    let sessions = expect(app.get(&sessions).await, StatusCode::OK).await;
    assert_eq!(sessions["items"][0]["state"], "ended");
    app.stop().await;
}

/// 9.3.6.0-2, 9.3.0.0-10: the next launch comes while a statement is under way. Whichever is first, nothing is
/// counted that is not stored, and nothing is stored behind `abandoned`.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_and_the_next_launch_meet() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let path = format!("/api/v1/registrations/{registration}/launch");
    let body = json!({ "activity_id": VIDEO });

    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let completed = unit.statement("completed");
    let held = Held::registration(&app, &registration).await;
    let (launched, stated) = held
        .one_after_the_other(app.post(&path, &body), unit.post(&completed))
        .await;
    expect(launched, StatusCode::OK).await;
    let problem = expect(stated, StatusCode::FORBIDDEN).await;
    assert_eq!(problem["requirement"], "9.3.6.0-2");
    assert_eq!(
        app.registration(&registration).await["progress_measure"],
        0.0
    );

    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let completed = unit.statement("completed");
    let held = Held::registration(&app, &registration).await;
    let (stated, launched) = held
        .one_after_the_other(unit.post(&completed), app.post(&path, &body))
        .await;
    expect(stated, StatusCode::OK).await;
    expect(launched, StatusCode::OK).await;
    assert_eq!(
        app.registration(&registration).await["progress_measure"],
        0.5
    );
    let stated = verbs(&statements(&app, &registration).await);
    let last = &stated[stated.len() - 3..];
    assert_eq!(last, ["completed", "abandoned", "launched"]);
    app.stop().await;
}

/// 9.3.1.0-2, 9.3.0.0-10, 10.1.0.0-1: of launches at the same time one session is left, and its data.
#[tokio::test(flavor = "multi_thread")]
async fn of_launches_at_once_one_session_stays_open() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let launches = (0..4).map(|_| async {
        let path = format!("/api/v1/registrations/{registration}/launch");
        let launch = app.post(&path, &json!({ "activity_id": VIDEO })).await;
        expect(launch, StatusCode::OK).await
    });
    let launches = join_all(launches).await;
    let mut open = Vec::new();
    for launch in &launches {
        let url = Url::parse(launch["url"].as_str().unwrap()).unwrap();
        let mut unit = Unit {
            app: &app,
            launch: launch.clone(),
            url,
            auth: String::new(),
            data: Value::Null,
        };
        let token = unit.fetch().await;
        if let Some(token) = token["auth-token"].as_str() {
            unit.auth = format!("Basic {token}");
            let data = unit.state("GET", "LMS.LaunchData", None).await;
            unit.data = expect(data, StatusCode::OK).await;
            open.push(unit);
        } else {
            assert_eq!(token["error-code"], "1");
        }
    }
    assert_eq!(open.len(), 1);
    let session = &open[0].data["contextTemplate"]["extensions"][SESSION];
    assert_eq!(session, &open[0].launch["session_id"]);
    let stated = verbs(&statements(&app, &registration).await);
    assert_eq!(
        (count(&stated, "launched"), count(&stated, "abandoned")),
        (4, 3)
    );
    app.stop().await;
}

/// 8.2.3.0-1: asked for by many at once, a token is given to one.
#[tokio::test(flavor = "multi_thread")]
async fn of_fetches_at_once_one_has_the_token() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let path = format!("/api/v1/registrations/{registration}/launch");
    let launch = app.post(&path, &json!({ "activity_id": VIDEO })).await;
    let launch = expect(launch, StatusCode::OK).await;
    let unit = Unit {
        app: &app,
        url: Url::parse(launch["url"].as_str().unwrap()).unwrap(),
        launch,
        auth: String::new(),
        data: Value::Null,
    };
    let answers = join_all((0..8).map(|_| unit.fetch())).await;
    let tokens = answers
        .iter()
        .filter(|answer| answer["auth-token"].is_string());
    let used = answers.iter().filter(|answer| answer["error-code"] == "1");
    assert_eq!((tokens.count(), used.count()), (1, 7));
    app.stop().await;
}

/// 9.3.7.0-4, 9.3.0.0-11: waived by several at once while its session goes on: stated once, and the session ends
/// in its own words.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_waived_once_while_its_session_goes_on() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let path = format!("/api/v1/registrations/{registration}/waive");
    let body = json!({ "activity_id": "urn:test:course", "reason": "Administrative" });
    let completed = unit.statement("completed");
    let waivers = join_all((0..3).map(|_| app.post(&path, &body)));
    let (waivers, stated) = join(waivers, unit.post(&completed)).await;
    for waiver in waivers {
        expect(waiver, StatusCode::OK).await;
    }
    expect(stated, StatusCode::OK).await;
    unit.says("terminated").await;
    let stated = verbs(&statements(&app, &registration).await);
    for (verb, times) in [
        ("waived", 2),
        ("completed", 1),
        ("satisfied", 2),
        ("abandoned", 0),
    ] {
        assert_eq!(count(&stated, verb), times, "{verb}: {stated:?}");
    }
    let now = app.registration(&registration).await;
    assert_eq!(
        (&now["completion"], &now["total_time"]),
        (&"completed".into(), &"PT1M30S".into())
    );
    app.stop().await;
}

/// 9.3.2.0-1: a session that was silent for long and speaks while it is about to be abandoned stays open.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_speaks_at_the_last_moment_is_not_abandoned() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    app.spoil("UPDATE cmi5_sessions SET last_seen_at = now() - interval '5 hours'")
        .await;
    let completed = unit.statement("completed");
    let held = Held::registration(&app, &registration).await;
    let (abandoned, stated) = held
        .one_after_the_other(app.minutes_later(0), unit.post(&completed))
        .await;
    assert_eq!(abandoned, 0);
    expect(stated, StatusCode::OK).await;
    unit.says("terminated").await;
    app.stop().await;
}

/// 11.0.0.0-3: the preferences were read, whatever else of the session is written at that moment.
#[tokio::test(flavor = "multi_thread")]
async fn that_the_preferences_were_read_is_not_forgotten() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::launched(&app, &registration, json!({ "activity_id": VIDEO })).await;
    let session = unit.launch["session_id"].as_str().unwrap();
    let which = format!("cmi5_sessions WHERE session_id = '{session}'");
    let held = Held::row(&app, &which).await;
    // A batch of nothing is a request like any other: it writes what is known of the session.
    let nothing = json!([]);
    let (read, stated) = held
        .one_after_the_other(unit.preferences(), unit.post(&nothing))
        .await;
    assert_eq!(
        (read, stated.status()),
        (StatusCode::NOT_FOUND, StatusCode::OK)
    );
    unit.says("initialized").await;
    app.stop().await;
}

/// 10.1.0.0-5, 6.2.0.0-1: documents written at the same time are merged, each member there; of two that make
/// the same profile one does, and the other is told.
#[tokio::test(flavor = "multi_thread")]
async fn documents_written_at_once_lose_nothing() {
    let app = TestApp::start().await;
    let registration = registered(&app).await;
    let unit = Unit::begun(&app, &registration, VIDEO).await;
    let pages: Vec<Value> = (0..8)
        .map(|page| json!({ (format!("page-{page}")): true }))
        .collect();
    let written = join_all(
        pages
            .iter()
            .map(|page| unit.state("POST", "pages", Some(page))),
    )
    .await;
    assert!(
        written
            .iter()
            .all(|answer| answer.status() == StatusCode::NO_CONTENT)
    );
    let whole = expect(unit.state("GET", "pages", None).await, StatusCode::OK).await;
    assert_eq!(whole.as_object().unwrap().len(), 8, "{whole}");

    let actor = unit.parameter("actor");
    let query = [
        ("profileId", "cmi5LearnerPreferences"),
        ("agent", actor.as_str()),
    ];
    let preferences =
        ["on", "off"].map(|audio| json!({ "languagePreference": "it", "audioPreference": audio }));
    let put = |body| unit.call("PUT", "agents/profile", &query, Some(body));
    let (one, other) = join(put(&preferences[0]), put(&preferences[1])).await;
    let mut told = [one.status(), other.status()];
    told.sort_unstable();
    assert_eq!(told, [StatusCode::NO_CONTENT, StatusCode::CONFLICT]);
    let won = usize::from(other.status() == StatusCode::NO_CONTENT);
    let kept = unit.call("GET", "agents/profile", &query, None).await;
    assert_eq!(expect(kept, StatusCode::OK).await, preferences[won]);
    app.stop().await;
}
