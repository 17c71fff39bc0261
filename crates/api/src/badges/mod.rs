//! Open Badges 3.0: an attestato as a credential that any program can check without asking us, a W3C verifiable
//! credential (data model 2.0) signed as a JWT (VC-JWT). It names its person by a salted hash, never in plain
//! words. What it refers to (issuer, achievement, keys, status list) is served by `routes::paths::badges`.

mod credential;
mod image;
mod keys;
mod status_list;

use uuid::Uuid;

use credential::{Achieved, Recipient};
pub(crate) use credential::{Course, Documents, Slot};
pub(crate) use image::{achievement, baked};
pub(crate) use keys::{NewKey, PublicKey, SigningKey};
use status_list::BITS;

use crate::{
    app::App,
    certificates::Issuer,
    db::{
        Connection,
        paths::badges::{self as store, Awarded},
    },
    problem::{Problem, Result},
};

/// Tries to find a free place in a status list: one in two fails at most, so this is never reached.
const MOST_TRIES: usize = 64;
/// Places of a list that are given out before the next one begins: half of them, so that a free one is soon
/// found by chance.
const PLACES: i64 = BITS as i64 / 2;

/// Where the documents lie that badges refer to.
pub(crate) fn documents(app: &App) -> Documents<'_> {
    Documents {
        app: &app.config.server.public_url,
        issuer: Issuer::of(&app.config.issuer),
        has_logo: app.config.issuer.logo.is_some(),
    }
}

/// The credential of an attestato, a compact JWS: signed when it is first asked for, the same ever after.
///
/// # Errors
/// `NotFound` when there is no such attestato; `Conflict` when it was taken back or its person erased.
pub(crate) async fn of_certificate(app: &App, code: &str) -> Result<String> {
    let mut conn = app.db.get().await?;
    let missing = || Problem::NotFound(format!("there is no certificate with the code {code}"));
    let awarded = store::awarded(&mut conn, code).await?.ok_or_else(missing)?;
    if awarded.revoked_at.is_some() {
        return Err(Problem::Conflict("this certificate was taken back".into()));
    }
    if awarded.is_erased {
        let why = "the data of this certificate's person were erased, and its badge with them";
        return Err(Problem::Conflict(why.into()));
    }
    match &awarded.jws {
        Some(jws) => Ok(jws.clone()),
        None => sign(app, &mut conn, awarded).await,
    }
}

async fn sign(app: &App, conn: &mut Connection, awarded: Awarded) -> Result<String> {
    let key = signing_key(conn).await?;
    let documents = documents(app);
    let parts = store::parts(conn, awarded.course_id).await?;
    let recipient = Recipient::new(awarded.email.as_deref(), &awarded.name);
    let code = awarded.code.clone();
    let achieved = Achieved::new(awarded, parts).map_err(Problem::internal)?;
    let list = store::count(conn).await? / PLACES;
    let list = i32::try_from(list).map_err(Problem::internal)?;
    for _ in 0..MOST_TRIES {
        let index = i32::try_from(rand::random_range(0..BITS)).map_err(Problem::internal)?;
        let slot = Slot { list, index };
        if store::is_taken(conn, slot).await? {
            continue;
        }
        let claims = documents.credential(&achieved, &recipient, slot);
        let jws = key
            .sign(documents.app, &claims)
            .map_err(Problem::Internal)?;
        // Somebody else may have taken the place, or signed this very badge: the first counts.
        store::keep(conn, &code, &jws, slot).await?;
        if let Some(kept) = store::signed(conn, &code).await? {
            return Ok(kept);
        }
    }
    let busy = "no free place in the status list was found; try again";
    Err(Problem::Unavailable(busy.into()))
}

/// The key that signs; made when there is none.
///
/// # Errors
/// When it cannot be made or the database fails.
pub(crate) async fn signing_key(conn: &mut Connection) -> Result<SigningKey> {
    if let Some(key) = store::signing_key(conn).await? {
        return Ok(key);
    }
    // Of two servers that make the first key at once, one puts it there, and both use that one.
    let key = new_key().await?;
    store::first_key(conn, &key).await?;
    let kept = store::signing_key(conn).await?;
    kept.ok_or_else(|| Problem::internal(anyhow::anyhow!("no key signs badges")))
}

/// A new key, made beside the other work: that takes seconds.
///
/// # Errors
/// When it cannot be made.
async fn new_key() -> Result<NewKey> {
    let made = actix_web::web::block(NewKey::make).await;
    made.map_err(Problem::internal)?.map_err(Problem::Internal)
}

/// A status list as a signed credential, a compact JWS: which of its badges were taken back.
///
/// # Errors
/// `NotFound` when no badge is in it.
pub(crate) async fn status_list(app: &App, list: i32) -> Result<String> {
    let mut conn = app.db.get().await?;
    if !store::has_list(&mut conn, list).await? {
        return Err(Problem::NotFound(format!("there is no status list {list}")));
    }
    let revoked = store::revoked(&mut conn, list).await?;
    let encoded = status_list::encoded(&revoked).map_err(Problem::internal)?;
    let key = signing_key(&mut conn).await?;
    let documents = documents(app);
    let claims = documents.status_list(list, &encoded, chrono::Utc::now());
    key.sign(documents.app, &claims).map_err(Problem::Internal)
}

/// The public part of a key; `None` when there is none with this id.
///
/// # Errors
/// When the database fails.
pub(crate) async fn public_key(conn: &mut Connection, id: Uuid) -> Result<Option<PublicKey>> {
    let all = store::public_keys(conn).await?;
    Ok(all.into_iter().find(|key| key.id == id))
}
