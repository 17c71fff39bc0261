//! The bare handler that `cargo xtask bench` measures beside the journal: one durable statement for
//! each request (a state upsert and an event insert), and nothing else. It answers what the machine
//! and its Postgres can do at most.

use std::sync::{Mutex, PoisonError};

use actix_web::{App, HttpResponse, HttpServer, error::ErrorInternalServerError, web};
use tokio::sync::Semaphore;
use tokio_postgres::{Client, NoTls, Statement};

const CONNECTIONS: usize = 16;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS bare_states (id integer PRIMARY KEY, state text NOT NULL);
    CREATE TABLE IF NOT EXISTS bare_events (id bigserial PRIMARY KEY, state_id integer NOT NULL, event text NOT NULL);";

const COMMIT: &str = "
    WITH saved AS (
        INSERT INTO bare_states (id, state) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state RETURNING id
    )
    INSERT INTO bare_events (state_id, event) SELECT id, $3 FROM saved";

/// Connections that are free; each is one request's at a time.
struct Pool {
    free: Mutex<Vec<(Client, Statement)>>,
    places: Semaphore,
}

#[derive(serde::Deserialize)]
struct Commit {
    state: String,
    event: String,
}

async fn commit(
    pool: web::Data<Pool>,
    id: web::Path<i32>,
    body: web::Json<Commit>,
) -> actix_web::Result<HttpResponse> {
    let _place = pool
        .places
        .acquire()
        .await
        .map_err(ErrorInternalServerError)?;
    let taken = pool
        .free
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop();
    let (client, statement) = taken.expect("there are as many connections as places");
    let saved = client
        .execute(&statement, &[&*id, &body.state, &body.event])
        .await;
    let mut free = pool.free.lock().unwrap_or_else(PoisonError::into_inner);
    free.push((client, statement));
    saved.map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().finish())
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("DATABASE_URL")?;
    let port: u16 = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "8090".into())
        .parse()?;
    let mut clients = Vec::new();
    for index in 0..CONNECTIONS {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        tokio::spawn(connection);
        if index == 0 {
            client.batch_execute(SCHEMA).await?;
        }
        let statement = client.prepare(COMMIT).await?;
        clients.push((client, statement));
    }
    let pool = web::Data::new(Pool {
        free: Mutex::new(clients),
        places: Semaphore::new(CONNECTIONS),
    });
    HttpServer::new(move || {
        App::new()
            .app_data(pool.clone())
            .route("/commit/{id}", web::post().to(commit))
    })
    .bind(("127.0.0.1", port))?
    .run()
    .await?;
    Ok(())
}
