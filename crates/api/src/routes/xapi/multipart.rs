//! Statements with the bytes of their attachments: `multipart/mixed`, both ways.

use actix_multipart::Multipart;
use actix_web::{
    body::{MessageBody, SizedStream},
    http::header::{self, HeaderMap},
    web::Bytes,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use rand::distr::{Alphanumeric, SampleString};

use super::blobs::Kept;
use crate::{
    app::App,
    blob::BlobError,
    problem::{Problem, Result},
    xapi::attachment::has_sum,
};

const HASH: &str = "x-experience-api-hash";

/// A part with the bytes of an attachment.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// SHA-2 in small hexadecimal digits; checked.
    pub(crate) sha2: String,
    /// Media type.
    pub(crate) content_type: String,
    /// The bytes.
    pub(crate) bytes: Bytes,
}

/// Takes a body apart: the JSON of the statements, and the attachments.
pub(super) async fn read(headers: &HeaderMap, body: Bytes) -> Result<(Bytes, Vec<Part>)> {
    let whole = stream::once(async move { Ok::<_, actix_web::error::PayloadError>(body) });
    let mut parts = Multipart::new(headers, whole);
    let mut json = None;
    let mut found = Vec::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|error| unreadable(&error))?;
        let text = |name: &str| {
            let value = part
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.map(|value| value.trim().to_owned())
        };
        let (content_type, sha2, encoding) = (
            text("content-type").unwrap_or_else(|| "application/octet-stream".into()),
            text(HASH),
            text("content-transfer-encoding"),
        );
        let mut bytes = Vec::new();
        while let Some(piece) = part.try_next().await.map_err(|error| unreadable(&error))? {
            bytes.extend_from_slice(&piece);
        }
        if json.is_none() {
            if !content_type
                .to_ascii_lowercase()
                .starts_with("application/json")
            {
                return Err(bad(
                    "the first part has the statements, as application/json",
                ));
            }
            json = Some(Bytes::from(bytes));
            continue;
        }
        let sha2 = sha2
            .ok_or_else(|| bad("each part after the first has the header X-Experience-API-Hash"))?;
        let sha2 = sha2.to_ascii_lowercase();
        if encoding.is_none_or(|encoding| !encoding.eq_ignore_ascii_case("binary")) {
            return Err(bad(
                "each part after the first has the header Content-Transfer-Encoding: binary",
            ));
        }
        if !has_sum(&bytes, &sha2) {
            let what =
                format!("the bytes of a part do not have the SHA-2 {sha2} that its header says");
            return Err(Problem::BadRequest(what));
        }
        found.push(Part {
            sha2,
            content_type,
            bytes: bytes.into(),
        });
    }
    let json = json.ok_or_else(|| bad("the body has no part"))?;
    Ok((json, found))
}

/// A body of JSON and attachments, with its content type.
pub(crate) fn write(json: &[u8], parts: &[Part]) -> (String, Vec<u8>) {
    let boundary = boundary();
    let mut body = first(&boundary, json);
    for part in parts {
        body.extend(head(&boundary, &part.content_type, &part.sha2));
        body.extend_from_slice(&part.bytes);
    }
    body.extend(end(&boundary));
    (content_type(&boundary), body)
}

/// The same, with the attachments read while it is sent: however many there are, few bytes are in memory.
pub(super) fn stream(
    app: &App,
    json: &[u8],
    kept: Vec<Kept>,
) -> (String, impl MessageBody + use<>) {
    let boundary = boundary();
    let kind = content_type(&boundary);
    let mut length = 0;
    let mut written = |bytes: Vec<u8>| {
        length += bytes.len() as u64;
        Bytes::from(bytes)
    };
    let begin = written(first(&boundary, json));
    let heads: Vec<Bytes> = kept
        .iter()
        .map(|kept| written(head(&boundary, &kept.content_type, &kept.sha2)))
        .collect();
    let end = written(end(&boundary));
    length += kept.iter().map(|kept| kept.size_bytes).sum::<u64>();
    let app = app.clone();
    let attachments = stream::iter(heads.into_iter().zip(kept)).then(move |(head, kept)| {
        let app = app.clone();
        async move {
            let bytes = kept.read(&app).await?;
            Ok::<_, BlobError>(stream::iter([Ok(head)]).chain(bytes))
        }
    });
    let body = stream::iter([Ok(begin)])
        .chain(attachments.try_flatten())
        .chain(stream::iter([Ok(end)]));
    (kind, SizedStream::new(length, body))
}

fn boundary() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 40)
}

fn content_type(boundary: &str) -> String {
    format!("multipart/mixed; boundary={boundary}")
}

fn first(boundary: &str, json: &[u8]) -> Vec<u8> {
    let mut part = format!("--{boundary}\r\nContent-Type: application/json\r\n\r\n").into_bytes();
    part.extend_from_slice(json);
    part
}

/// From the end of the part before to where the bytes begin.
fn head(boundary: &str, content_type: &str, sha2: &str) -> Vec<u8> {
    format!(
        "\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {sha2}\r\n\r\n"
    )
    .into_bytes()
}

fn end(boundary: &str) -> Vec<u8> {
    format!("\r\n--{boundary}--\r\n").into_bytes()
}

/// Whether a body is in parts.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        value
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/mixed")
    })
}

fn bad(what: &str) -> Problem {
    Problem::BadRequest(what.to_owned())
}

fn unreadable(error: &impl std::fmt::Display) -> Problem {
    Problem::BadRequest(format!("the parts of the body cannot be read: {error}"))
}
