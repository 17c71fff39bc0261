//! `/api/v1/clients`: programs that use the API.

use actix_web::{HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::address::at;
use crate::{
    app::App,
    auth::{
        Caller, Scope,
        clients::{OVERLAP_HOURS, Wanted, changed, known, made, revoked, rotated},
    },
    db::clients::{self as db, ApiClient},
    problem::Result,
    wire::{self, time},
};

/// This file's part of the API's description.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, change, rotate, revoke))]
pub(crate) struct Api;

/// Adds the routes.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/api/v1/clients")
            .service(at("").get(list).post(create))
            .service(at("/{id}").get(get).put(change).delete(revoke))
            .service(at("/{id}/secret").post(rotate)),
    );
}

/// A client to make.
#[derive(Deserialize, ToSchema)]
struct NewClient {
    /// The `client_id`: 3 to 64 letters, digits, `.`, `_` or `-`.
    id: String,
    /// What people call it.
    name: String,
    /// What it may do.
    scopes: Vec<String>,
}

/// What is changed of a client.
#[derive(Deserialize, ToSchema)]
struct ClientBody {
    /// What people call it.
    name: String,
    /// What it may do; tokens that are out keep what they have until they expire.
    scopes: Vec<String>,
}

/// A client.
#[derive(Serialize, ToSchema)]
struct ClientDocument {
    /// The `client_id`.
    id: String,
    name: String,
    scopes: Vec<String>,
    created_at: String,
    /// When it was revoked; null while it is in use.
    revoked_at: Option<String>,
    /// Until when the secret before the last rotation is good.
    previous_secret_until: Option<String>,
}

impl From<ApiClient> for ClientDocument {
    fn from(client: ApiClient) -> Self {
        let overlap = client.previous_hash().and(client.previous_until);
        Self {
            previous_secret_until: overlap.map(time),
            id: client.id,
            name: client.name,
            scopes: client.scopes,
            created_at: time(client.created_at),
            revoked_at: client.revoked_at.map(time),
        }
    }
}

/// A client with its secret: shown this once.
#[derive(Serialize, ToSchema)]
struct ClientSecret {
    #[serde(flatten)]
    client: ClientDocument,
    /// The `client_secret`.
    secret: String,
}

/// List the clients, by id.
#[utoipa::path(
    get, path = "/api/v1/clients", tag = "clients",
    responses((status = 200, body = Vec<ClientDocument>)),
)]
async fn list(app: web::Data<App>, caller: Caller) -> Result<web::Json<Vec<ClientDocument>>> {
    caller.require(Scope::Admin)?;
    let all = db::all(&mut *app.db.get().await?).await?;
    Ok(web::Json(
        all.into_iter().map(ClientDocument::from).collect(),
    ))
}

/// Make a client. The answer shows its secret, once.
#[utoipa::path(
    post, path = "/api/v1/clients", tag = "clients", request_body = NewClient,
    responses(
        (status = 201, body = ClientSecret),
        (status = 422, description = "A value is not accepted, or the id is taken"),
    ),
)]
async fn create(
    app: web::Data<App>,
    caller: Caller,
    body: wire::body::Body,
) -> Result<HttpResponse> {
    caller.require(Scope::Admin)?;
    let NewClient { id, name, scopes } = wire::body::read(body)?;
    let secret = made(&app, (&caller).into(), &id, &Wanted { name, scopes }).await?;
    let client = known(&app, &id).await?.into();
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/clients/{id}")))
        .json(ClientSecret { client, secret }))
}

/// A client.
#[utoipa::path(
    get, path = "/api/v1/clients/{id}", tag = "clients", params(("id" = String, Path)),
    responses((status = 200, body = ClientDocument), (status = 404, description = "No such client")),
)]
async fn get(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<web::Json<ClientDocument>> {
    caller.require(Scope::Admin)?;
    Ok(web::Json(known(&app, &id).await?.into()))
}

/// Change a client's name and scopes.
#[utoipa::path(
    put, path = "/api/v1/clients/{id}", tag = "clients", params(("id" = String, Path)),
    request_body = ClientBody,
    responses(
        (status = 200, body = ClientDocument),
        (status = 404, description = "No such client"),
        (status = 422, description = "A value is not accepted"),
    ),
)]
async fn change(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<ClientDocument>> {
    caller.require(Scope::Admin)?;
    let ClientBody { name, scopes } = wire::body::read(body)?;
    changed(&app, (&caller).into(), &id, &Wanted { name, scopes }).await?;
    Ok(web::Json(known(&app, &id).await?.into()))
}

/// Revoke a client: within half a minute nothing it sends is taken. Its line stays.
#[utoipa::path(
    delete, path = "/api/v1/clients/{id}", tag = "clients", params(("id" = String, Path)),
    responses((status = 204, description = "Revoked"), (status = 404, description = "No such client")),
)]
async fn revoke(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    caller.require(Scope::Admin)?;
    revoked(&app, (&caller).into(), &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How a client's secret is changed.
#[derive(Deserialize, ToSchema)]
struct ClientRotation {
    /// For so many hours the old secret is good too, 0 to 720; 24 when unsaid.
    overlap_hours: Option<i64>,
}

/// Give a client a new secret, shown once, and take it back into use. A revoked client's old one stays bad.
#[utoipa::path(
    post, path = "/api/v1/clients/{id}/secret", tag = "clients", params(("id" = String, Path)),
    request_body = ClientRotation,
    responses((status = 200, body = ClientSecret), (status = 404, description = "No such client")),
)]
async fn rotate(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<String>,
    body: wire::body::Body,
) -> Result<web::Json<ClientSecret>> {
    caller.require(Scope::Admin)?;
    let body: ClientRotation = wire::body::read(body)?;
    let hours = body.overlap_hours.unwrap_or(OVERLAP_HOURS);
    let secret = rotated(&app, (&caller).into(), &id, hours).await?;
    let client = known(&app, &id).await?.into();
    Ok(web::Json(ClientSecret { client, secret }))
}
