//! Invented people in great number, made by the database itself with a few large statements. What they did
//! is made up of stages of real packages' progress.

use diesel::{
    prelude::*,
    sql_types::{Array, Integer, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::Value;
use uuid::Uuid;

use crate::db::Connection;

/// A package's progress with so many of its learning objects done.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The package.
    pub(crate) package_id: Uuid,
    /// Its current version.
    pub(crate) version_id: Uuid,
    /// Learning objects done.
    pub(crate) done: i32,
    /// All learning objects.
    pub(crate) objects: i32,
    /// The progress.
    pub(crate) progress: Value,
}

/// A package of the course.
#[derive(Debug, QueryableByName)]
pub(crate) struct Packaged {
    /// The package.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Its current version.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) version_id: Uuid,
}

/// The course with most packages.
///
/// # Errors
/// When the database fails.
pub(crate) async fn course(conn: &mut Connection) -> QueryResult<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let row: Option<Row> = diesel::sql_query(
        "SELECT course_id AS id FROM course_items WHERE package_id IS NOT NULL GROUP BY course_id ORDER BY count(*) DESC LIMIT 1",
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.id))
}

/// The packages of a course, in order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn packages(conn: &mut Connection, course: Uuid) -> QueryResult<Vec<Packaged>> {
    diesel::sql_query(
        "SELECT p.id, v.id AS version_id FROM course_items i JOIN packages p ON p.id = i.package_id \
         JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version \
         WHERE i.course_id = $1 ORDER BY i.position",
    )
    .bind::<SqlUuid, _>(course)
    .load(conn)
    .await
}

/// Names to put together. An id is of version 7, so that it lies in the order of time as ours do.
const WORDS: &str = "
CREATE TEMP TABLE seed_words ON COMMIT DROP AS SELECT
 ARRAY['Anna','Bruno','Carla','Dario','Elena','Fabio','Giulia','Ivan','Laura','Marco','Nadia','Omar','Paola','Renzo','Sara','Tullio','Ugo','Vera','Zeno','Marta','Luca','Chiara','Davide','Ilaria','Matteo','Silvia','Andrea','Federica','Nicol\u{f2}','Giorgia'] AS firsts,
 ARRAY['Bianchi','Neri','Ferri','Conti','Galli','Monti','Riva','Serra','Villa','Fontana','Costa','Rinaldi','Caruso','Marini','Greco','Barbieri','Lombardi','Moretti','Santoro','Longo','De Luca','D''Amico','Pellegrini','Bassi','Grassi','Leone','Ferrara','Martini','Sala','Testa','Fabbri','Coppola','Rizzi','Valenti','Orlando','Mazza','Gentile','Palumbo','Donati','Guerra'] AS lasts,
 ARRAY['Pieve','Castel','Monte','Borgo','Rocca','Villa','San','Torre','Colle','Ponte','Fonte','Serra','Campo','Valle','Prato','Riva'] AS starts,
 ARRAY['alta','nuovo','vecchio','di Sopra','di Sotto','del Piano','sul Fiume','al Lago','del Monte','in Valle','Maggiore','Minore','del Bosco','della Rocca','a Mare','del Colle','degli Olmi','delle Querce','dei Frati','sul Poggio'] AS ends;
CREATE OR REPLACE FUNCTION pg_temp.seed_id(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
 SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid
$$;
SELECT setseed(0.42);
";

const BODIES: &str = "
INSERT INTO bodies (id, code, name, kind, parent_id)
SELECT pg_temp.seed_id(now()), 'seed-provincia-' || n, 'Provincia di ' || w.starts[1 + n % 16] || ' ' || w.ends[1 + n % 20], 'provincia', NULL
FROM generate_series(1, GREATEST(1, $1 / 150)) n, seed_words w ON CONFLICT (code) DO NOTHING;
";

const UNIONS: &str = "
INSERT INTO bodies (id, code, name, kind, parent_id)
SELECT pg_temp.seed_id(now()), 'seed-unione-' || n, 'Unione ' || w.starts[1 + (n * 7) % 16] || ' ' || w.ends[1 + (n * 3) % 20] || ' ' || n, 'unione', p.id
FROM generate_series(1, GREATEST(1, $1 / 12)) n CROSS JOIN seed_words w
JOIN bodies p ON p.code = 'seed-provincia-' || (1 + n % GREATEST(1, $1 / 150)) ON CONFLICT (code) DO NOTHING;
";

const MUNICIPALITIES: &str = "
INSERT INTO bodies (id, code, name, kind, parent_id)
SELECT pg_temp.seed_id(now()), 'seed-comune-' || n, 'Comune di ' || w.starts[1 + n % 16] || ' ' || w.ends[1 + (n / 16) % 20] || CASE WHEN n > 320 THEN ' ' || (n / 320) ELSE '' END, 'comune', u.id
FROM generate_series(1, $1 - GREATEST(1, $1 / 150) - GREATEST(1, $1 / 12)) n CROSS JOIN seed_words w
JOIN bodies u ON u.code = 'seed-unione-' || (1 + n % GREATEST(1, $1 / 12)) ON CONFLICT (code) DO NOTHING;
";

/// Who there is: `reach` says how far they come, from 0 (nothing) to 1 (everything), most either early or far.
const PEOPLE: &str = "
CREATE TEMP TABLE seed_people ON COMMIT DROP AS
WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS all_bodies FROM bodies WHERE code LIKE 'seed-%'),
 thrown AS (SELECT n, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5 FROM generate_series(1, $1) n)
SELECT pg_temp.seed_id(t.at) AS account_id, pg_temp.seed_id(t.at) AS learner_id, pg_temp.seed_id(t.at) AS enrolment_id, t.n,
 w.firsts[1 + floor(t.r1 * 30)::int] || ' ' || w.lasts[1 + floor(t.r2 * 40)::int] AS name, b.id AS body_id, t.at,
 CASE WHEN t.r4 < 0.18 THEN 0 WHEN t.r4 < 0.62 THEN 1 ELSE (t.r4 - 0.62) / 0.38 END AS reach,
 t.r5 AS luck
FROM (SELECT *, now() - interval '140 days' * (1 - r3 * r3) - interval '1 day' AS at FROM thrown) t CROSS JOIN seed_words w
JOIN numbered b ON b.place = floor(t.r2 * t.r5 * b.all_bodies);
CREATE INDEX ON seed_people (learner_id);
ANALYZE seed_people;
";

const WHO: &str = "
INSERT INTO accounts (id, email, name, role, organization, body_id)
SELECT p.account_id, 'persona-' || p.n || '-' || substr(p.account_id::text, 30) || '@seed.example', p.name, 'learner', b.name, p.body_id FROM seed_people p JOIN bodies b ON b.id = p.body_id;
INSERT INTO learners (id, home_page, key, name, email, organization, language, body_id, created_at)
SELECT p.learner_id, '', p.account_id::text, p.name, a.email, a.organization, 'it', p.body_id, p.at FROM seed_people p JOIN accounts a ON a.id = p.account_id;
";

const ENROLMENTS: &str = "
INSERT INTO course_enrolments (id, course_id, learner_id, deadline, created_at)
SELECT enrolment_id, $1, learner_id, (CASE WHEN luck < 0.2 THEN NULL ELSE (at + interval '120 days')::date END), at FROM seed_people;
";

/// Each package as far as the person comes; one thing after the other, a few days between.
const REGISTRATIONS: &str = "
INSERT INTO registrations (id, package_id, package_version_id, learner_id, completion, success, score_scaled, progress_measure,
 total_time_ms, attempts, progress, created_at, updated_at, started_at, last_accessed_at, completed_at)
SELECT pg_temp.seed_id(p.at), s.package_id, s.version_id, p.learner_id,
 CASE WHEN s.done = s.objects THEN 'completed' WHEN s.done > 0 THEN 'incomplete' ELSE 'not_attempted' END,
 CASE WHEN s.done = s.objects THEN 'passed' ELSE 'unknown' END,
 CASE WHEN s.done = s.objects THEN 0.6 + 0.4 * p.luck END, s.done::float8 / s.objects,
 s.done * (300000 + (p.luck * 200000)::bigint), LEAST(s.done, 1), CASE WHEN s.done > 0 THEN s.progress END, p.at,
 LEAST(now(), p.at + interval '9 days' * (k.place + 1) * (0.4 + p.luck)),
 CASE WHEN s.done > 0 THEN LEAST(now(), p.at + interval '9 days' * (k.place + 1) * (0.4 + p.luck) - interval '2 days') END,
 CASE WHEN s.done > 0 THEN LEAST(now(), p.at + interval '9 days' * (k.place + 1) * (0.4 + p.luck)) END,
 CASE WHEN s.done = s.objects THEN LEAST(now(), p.at + interval '9 days' * (k.place + 1) * (0.4 + p.luck)) END
FROM seed_people p CROSS JOIN seed_packages k
JOIN seed_stages s ON s.package_id = k.package_id AND s.done = floor(GREATEST(0, LEAST(1, p.reach * k.count - k.place)) * s.objects)
ON CONFLICT DO NOTHING;
";

const SESSIONS: &str = "
INSERT INTO sessions (id, registration_id, created_at, launch_expires_at, started_at, ended_at, end_reason, claimed_ms, wall_ms, active_ms)
SELECT pg_temp.seed_id(r.started_at), r.id, r.started_at, r.started_at + interval '5 minutes', r.started_at, r.last_accessed_at,
 CASE WHEN r.completion = 'completed' THEN 'ended' ELSE 'suspended' END, r.total_time_ms, (r.total_time_ms * 1.4)::bigint, (r.total_time_ms * 1.1)::bigint
FROM registrations r JOIN seed_people p ON p.learner_id = r.learner_id WHERE r.started_at IS NOT NULL;
";

/// Who comes far was mostly at the webinars.
const ATTENDANCES: &str = "
INSERT INTO attendances (event_id, learner_id, minutes, attended, source, noted_by)
SELECT e.id, p.learner_id, m.minutes, m.minutes >= e.threshold_minutes, 'list', 'seed'
FROM seed_people p CROSS JOIN (SELECT ev.* FROM events ev JOIN course_items i ON i.event_id = ev.id WHERE i.course_id = $1) e
CROSS JOIN LATERAL (SELECT (extract(epoch FROM e.ends_at - e.starts_at) / 60 * (0.75 + 0.25 * p.luck))::integer AS minutes) m
WHERE p.reach > 0.25 AND p.luck > 0.06;
";

const CERTIFICATES: &str = "
INSERT INTO certificates (code, enrolment_id, said, issued_at)
SELECT upper(translate(substr(md5(e.id::text), 1, 4) || '-' || substr(md5(e.id::text), 5, 4) || '-' || substr(md5(e.id::text), 9, 4) || '-' || substr(md5(e.id::text), 13, 4), '01', 'XY')),
 e.id, jsonb_build_object('name', p.name, 'body', b.name, 'course', c.title, 'language', c.language, 'items', '[]'::jsonb,
 'minutes', (SELECT sum(credit_minutes) FROM course_items WHERE course_id = c.id), 'completed_on', to_char(now(), 'YYYY-MM-DD')), now() - interval '20 days' * p.luck
FROM seed_people p JOIN course_enrolments e ON e.id = p.enrolment_id JOIN courses c ON c.id = e.course_id JOIN bodies b ON b.id = p.body_id
WHERE p.reach = 1 AND p.luck > 0.06 ON CONFLICT DO NOTHING;
";

/// Makes so many bodies and people, all or nothing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn fill(
    conn: &mut Connection,
    course: Uuid,
    stages: &[Stage],
    bodies: u32,
    people: u32,
) -> QueryResult<()> {
    let bodies = i32::try_from(bodies).unwrap_or(i32::MAX);
    let people = i32::try_from(people).unwrap_or(i32::MAX);
    conn.transaction(async |conn| {
        conn.batch_execute(WORDS).await?;
        stage(conn, stages).await?;
        for statement in [BODIES, UNIONS, MUNICIPALITIES] {
            diesel::sql_query(statement.trim().trim_end_matches(';'))
                .bind::<Integer, _>(bodies)
                .execute(conn)
                .await?;
        }
        conn.batch_execute(&PEOPLE.replace("$1", &people.to_string()))
            .await?;
        conn.batch_execute(WHO).await?;
        let course = format!("'{course}'::uuid");
        for statement in [
            ENROLMENTS,
            REGISTRATIONS,
            SESSIONS,
            ATTENDANCES,
            CERTIFICATES,
        ] {
            conn.batch_execute(&statement.replace("$1", &course))
                .await?;
        }
        Ok::<_, diesel::result::Error>(())
    })
    .await
}

/// After many writes: what the database would do by itself a little later.
///
/// # Errors
/// When the database fails.
pub(crate) async fn settle(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("VACUUM ANALYZE").await
}

async fn stage(conn: &mut Connection, stages: &[Stage]) -> QueryResult<()> {
    conn.batch_execute(
        "CREATE TEMP TABLE seed_stages (package_id uuid, version_id uuid, done integer, objects integer, progress jsonb) ON COMMIT DROP",
    )
    .await?;
    let ids = |value: fn(&Stage) -> Uuid| stages.iter().map(value).collect::<Vec<_>>();
    let numbers = |value: fn(&Stage) -> i32| stages.iter().map(value).collect::<Vec<_>>();
    let texts: Vec<String> = stages
        .iter()
        .map(|stage| stage.progress.to_string())
        .collect();
    diesel::sql_query(
        "INSERT INTO seed_stages SELECT a, b, c, d, e::jsonb FROM unnest($1, $2, $3, $4, $5) AS s (a, b, c, d, e)",
    )
    .bind::<Array<SqlUuid>, _>(ids(|stage| stage.package_id))
    .bind::<Array<SqlUuid>, _>(ids(|stage| stage.version_id))
    .bind::<Array<Integer>, _>(numbers(|stage| stage.done))
    .bind::<Array<Integer>, _>(numbers(|stage| stage.objects))
    .bind::<Array<Text>, _>(texts)
    .execute(conn)
    .await?;
    // The packages in the order of their stages.
    conn.batch_execute(
        "CREATE TEMP TABLE seed_packages ON COMMIT DROP AS SELECT package_id, row_number() OVER (ORDER BY package_id) - 1 AS place, \
         count(*) OVER () AS count FROM (SELECT DISTINCT package_id FROM seed_stages) s",
    )
    .await
}
