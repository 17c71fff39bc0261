//! Static files, embedded in the program: the player's modules and engine under `/player/`, the
//! design system under `/assets/`. Each with a strong ETag, gzipped once at first use.

use std::{borrow::Cow, collections::HashMap, io::Write as _, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;

use crate::routes::address::at;

#[derive(RustEmbed)]
#[folder = "player/"]
struct PlayerFiles;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct AssetFiles;

/// How long a browser may use a file of the design system without asking again.
const ASSETS_CACHE: &str = "public, max-age=86400";
/// The player's files must fit each other and the server: browsers ask each time, and mostly get 304.
const PLAYER_CACHE: &str = "public, no-cache";

/// The smallest file worth compressing, in bytes.
const GZIP_FROM: usize = 512;

struct Asset {
    bytes: Cow<'static, [u8]>,
    gzipped: Option<Vec<u8>>,
    etag: String,
    content_type: String,
    cache: &'static str,
}

static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let player = PlayerFiles::iter().filter_map(|path| {
        Some((
            format!("/player/{path}"),
            PlayerFiles::get(&path)?,
            PLAYER_CACHE,
        ))
    });
    let assets = AssetFiles::iter().filter_map(|path| {
        Some((
            format!("/assets/{path}"),
            AssetFiles::get(&path)?,
            ASSETS_CACHE,
        ))
    });
    player
        .chain(assets)
        .filter(|(path, _, _)| is_public(path))
        .map(|(path, file, cache)| {
            let asset = Asset::new(&path, file, cache);
            (path, asset)
        })
        .collect()
});

/// What a browser may ask for: not the page's template, nor what describes the vendored files.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "these are our own files, named in lower case"
)]
fn is_public(path: &str) -> bool {
    !path.ends_with(".html")
        && !path.ends_with(".md")
        && !path.ends_with(".json")
        && !path.ends_with(".d.ts")
}

impl Asset {
    fn new(path: &str, file: rust_embed::EmbeddedFile, cache: &'static str) -> Self {
        let hash = file.metadata.sha256_hash();
        let etag = hash[..12]
            .iter()
            .fold(String::new(), |etag, byte| format!("{etag}{byte:02x}"));
        Self {
            gzipped: gzip(path, &file.data),
            bytes: file.data,
            etag,
            content_type: content_type(path),
            cache,
        }
    }

    fn etag(&self, gzipped: bool) -> String {
        format!("\"{}{}\"", self.etag, if gzipped { "-gz" } else { "" })
    }
}

fn content_type(path: &str) -> String {
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    match mime.type_() {
        mime_guess::mime::TEXT => format!("{mime}; charset=utf-8"),
        _ => mime.to_string(),
    }
}

/// The gzipped form, where it is smaller: fonts and pictures are compressed already.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "these are our own files, named in lower case"
)]
fn gzip(path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < GZIP_FROM || path.ends_with(".woff2") {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder
        .finish()
        .ok()
        .filter(|gzipped| gzipped.len() < bytes.len())
}

/// Routes of `/player/*`, for the player's listener.
pub(crate) fn configure_player(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/player/{path:.*}").get(serve));
}

/// Routes of `/assets/*`, for both listeners.
pub(crate) fn configure_assets(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/assets/{path:.*}").get(serve));
}

async fn serve(request: HttpRequest) -> HttpResponse {
    let Some(asset) = ASSETS.get(request.path()) else {
        return HttpResponse::NotFound()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body("not found");
    };
    let gzipped = asset.gzipped.as_ref().filter(|_| accepts_gzip(&request));
    let etag = asset.etag(gzipped.is_some());
    let mut response = if has_it_already(&request, &etag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, etag.as_str()))
        .insert_header((header::CACHE_CONTROL, asset.cache))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if has_it_already(&request, &etag) {
        return response.finish();
    }
    response.insert_header((header::CONTENT_TYPE, asset.content_type.as_str()));
    match gzipped {
        Some(bytes) => response
            .insert_header((header::CONTENT_ENCODING, "gzip"))
            .body(bytes.as_slice()),
        // Said outright, so that no middleware compresses again what gains nothing by it.
        None => response
            .insert_header((
                header::CONTENT_ENCODING,
                HeaderValue::from_static("identity"),
            ))
            .body(web::Bytes::from_owner(asset.bytes.as_ref())),
    }
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    header_text(request, &header::ACCEPT_ENCODING)
        .split(',')
        .map(|coding| coding.trim().to_ascii_lowercase())
        .any(|coding| coding == "gzip" || coding.starts_with("gzip;") && !coding.ends_with("q=0"))
}

fn has_it_already(request: &HttpRequest, etag: &str) -> bool {
    header_text(request, &header::IF_NONE_MATCH)
        .split(',')
        .map(|candidate| candidate.trim().trim_start_matches("W/"))
        .any(|candidate| candidate == etag || candidate == "*")
}

fn header_text<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use actix_web::{App, http::StatusCode, test};

    use super::*;

    #[actix_web::test]
    async fn a_file_comes_gzipped_and_then_not_again() {
        let app = test::init_service(
            App::new()
                .configure(configure_player)
                .configure(configure_assets),
        )
        .await;
        let ask = |headers: &[(&'static str, String)]| {
            let request = test::TestRequest::get().uri("/player/player.js");
            headers
                .iter()
                .fold(request, |request, (name, value)| {
                    request.insert_header((*name, value.as_str()))
                })
                .to_request()
        };
        let gzip = ("accept-encoding", "gzip, br".to_owned());
        let first = test::call_service(&app, ask(std::slice::from_ref(&gzip))).await;
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(
            first.headers().get(header::CONTENT_ENCODING).expect("set"),
            "gzip"
        );
        let etag = first
            .headers()
            .get(header::ETAG)
            .expect("set")
            .to_str()
            .expect("ours")
            .to_owned();
        let second = test::call_service(&app, ask(&[gzip, ("if-none-match", etag)])).await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }

    #[actix_web::test]
    async fn templates_and_notes_are_no_assets() {
        let app = test::init_service(
            App::new()
                .configure(configure_player)
                .configure(configure_assets),
        )
        .await;
        for path in [
            "/player/player.html",
            "/assets/package.json",
            "/assets/../Cargo.toml",
        ] {
            let response =
                test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
