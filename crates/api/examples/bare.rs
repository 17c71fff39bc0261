//! The bare handler that `cargo xtask bench` measures beside the journal: one durable statement for
//! each request (a state upsert and an event insert), and nothing else. It answers what the machine
//! and its Postgres can do at most.

use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{App, HttpResponse, HttpServer, error::ErrorInternalServerError, web};
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

/// Connections taken in turn; each pipelines what comes at the same time.
struct Pool {
    clients: Vec<(Client, Statement)>,
    next: AtomicUsize,
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
    let turn = pool.next.fetch_add(1, Ordering::Relaxed);
    let (client, statement) = &pool.clients[turn % pool.clients.len()];
    client
        .execute(statement, &[&*id, &body.state, &body.event])
        .await
        .map_err(ErrorInternalServerError)?;
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
        clients,
        next: AtomicUsize::new(0),
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
