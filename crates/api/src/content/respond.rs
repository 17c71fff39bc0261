//! The HTTP answer for one entry: conditions, ranges, encodings (RFC 9110).
//!
//! A path never changes its bytes (it names the package version), so everything may be kept for good;
//! strong entity tags come from the directory's CRC-32 and size, and say which encoding they tag.

use std::ops::Range;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{Method as HttpMethod, StatusCode, header},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::{
    encoding::{self, GZIP_OVERHEAD},
    index::{Entry, Method},
    media_type::media_type,
    range::{self, Asked},
};
use crate::blob::{BlobError, BlobStore, BlobStream};

const FOR_GOOD: &str = "private, max-age=31536000, immutable";
const BOUNDARY: &str = "percorso-part-5d1f0c7a9b3e";

/// The form in which an entry goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Identity,
    Gzip,
}

/// Answers a GET or HEAD for `entry` of the archive under `blob_key`.
///
/// # Errors
/// When the blob store cannot be read.
pub(crate) async fn respond(
    request: &HttpRequest,
    blobs: &dyn BlobStore,
    blob_key: &str,
    entry: &Entry,
) -> Result<HttpResponse, BlobError> {
    let form = form(request, entry);
    let tag = entity_tag(entry, form);
    if text(request, &header::IF_NONE_MATCH).is_some_and(|tags| any_tag_is(tags, &tag)) {
        return Ok(head(StatusCode::NOT_MODIFIED, entry, &tag).finish());
    }
    let archive = Archive {
        blobs,
        blob_key,
        entry,
    };
    match asked_range(request, entry, &tag) {
        Asked::Whole => whole(request, &archive, form, &tag).await,
        Asked::Unsatisfiable => Ok(head(StatusCode::RANGE_NOT_SATISFIABLE, entry, &tag)
            .insert_header((
                header::CONTENT_RANGE,
                format!("bytes */{}", entry.size_bytes),
            ))
            .finish()),
        Asked::Parts(parts) => match parts.as_slice() {
            [part] => one_part(&archive, part.clone(), &tag).await,
            // Each part would be inflated from the beginning.
            _ if entry.method == Method::Deflated => whole(request, &archive, form, &tag).await,
            parts => several_parts(&archive, parts, &tag).await,
        },
    }
}

/// Ranges count in the plain bytes, so whoever asks for one gets these.
fn form(request: &HttpRequest, entry: &Entry) -> Form {
    let gzip = entry.method == Method::Deflated
        && !request.headers().contains_key(header::RANGE)
        && encoding::takes_gzip(text(request, &header::ACCEPT_ENCODING));
    if gzip { Form::Gzip } else { Form::Identity }
}

fn entity_tag(entry: &Entry, form: Form) -> String {
    let suffix = match form {
        Form::Identity => "",
        Form::Gzip => "-gz",
    };
    format!("\"{:08x}-{:x}{suffix}\"", entry.crc32, entry.size_bytes)
}

/// `If-None-Match` compares weakly: `W/` is passed over.
fn any_tag_is(tags: &str, tag: &str) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

/// `Range` counts for GET only, and only while `If-Range`, when given, names these very bytes.
fn asked_range(request: &HttpRequest, entry: &Entry, tag: &str) -> Asked {
    let same = text(request, &header::IF_RANGE).is_none_or(|condition| condition.trim() == tag);
    if request.method() != HttpMethod::GET || !same {
        return Asked::Whole;
    }
    range::asked(text(request, &header::RANGE), entry.size_bytes)
}

async fn whole(
    request: &HttpRequest,
    archive: &Archive<'_>,
    form: Form,
    tag: &str,
) -> Result<HttpResponse, BlobError> {
    let entry = archive.entry;
    let length = match form {
        Form::Identity => entry.size_bytes,
        Form::Gzip => entry.compressed_bytes + GZIP_OVERHEAD,
    };
    let mut response = head(StatusCode::OK, entry, tag);
    response.insert_header((header::CONTENT_TYPE, media_type(&entry.path)));
    if form == Form::Gzip {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    let body = match (request.method() == HttpMethod::HEAD, form) {
        (true, _) => stream::empty().boxed(),
        (false, Form::Identity) => archive.plain(0..length).await?,
        (false, Form::Gzip) => encoding::as_gzip(entry, archive.raw().await?),
    };
    Ok(response.body(SizedStream::new(length, body)))
}

async fn one_part(
    archive: &Archive<'_>,
    part: Range<u64>,
    tag: &str,
) -> Result<HttpResponse, BlobError> {
    let entry = archive.entry;
    Ok(head(StatusCode::PARTIAL_CONTENT, entry, tag)
        .insert_header((header::CONTENT_TYPE, media_type(&entry.path)))
        .insert_header((
            header::CONTENT_RANGE,
            content_range(&part, entry.size_bytes),
        ))
        .body(SizedStream::new(
            part.end - part.start,
            archive.plain(part).await?,
        )))
}

/// `multipart/byteranges` (RFC 9110, section 14.6).
async fn several_parts(
    archive: &Archive<'_>,
    parts: &[Range<u64>],
    tag: &str,
) -> Result<HttpResponse, BlobError> {
    let entry = archive.entry;
    let mut length = 0;
    let mut streams = Vec::with_capacity(parts.len() * 2 + 1);
    for part in parts {
        let opening = format!(
            "\r\n--{BOUNDARY}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
            media_type(&entry.path),
            content_range(part, entry.size_bytes),
        );
        length += opening.len() as u64 + part.end - part.start;
        streams.push(piece(opening));
        streams.push(archive.plain(part.clone()).await?);
    }
    let closing = format!("\r\n--{BOUNDARY}--\r\n");
    length += closing.len() as u64;
    streams.push(piece(closing));
    let content_type = format!("multipart/byteranges; boundary={BOUNDARY}");
    Ok(head(StatusCode::PARTIAL_CONTENT, entry, tag)
        .insert_header((header::CONTENT_TYPE, content_type))
        .body(SizedStream::new(length, stream::iter(streams).flatten())))
}

fn piece(text: String) -> BlobStream {
    stream::once(async move { Ok(Bytes::from(text)) }).boxed()
}

fn content_range(part: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", part.start, part.end - 1)
}

fn head(status: StatusCode, entry: &Entry, tag: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, FOR_GOOD))
        .insert_header((header::ACCEPT_RANGES, "bytes"));
    if entry.method == Method::Deflated {
        response.insert_header((header::VARY, "Accept-Encoding"));
    }
    response
}

fn text<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// One entry, where it lies.
struct Archive<'a> {
    blobs: &'a dyn BlobStore,
    blob_key: &'a str,
    entry: &'a Entry,
}

impl Archive<'_> {
    /// The entry's data as the archive has it.
    async fn raw(&self) -> Result<BlobStream, BlobError> {
        let start = self.entry.data_offset;
        self.blobs
            .read(self.blob_key, start..start + self.entry.compressed_bytes)
            .await
    }

    /// `range` of the entry's plain bytes.
    async fn plain(&self, range: Range<u64>) -> Result<BlobStream, BlobError> {
        let start = self.entry.data_offset;
        match self.entry.method {
            Method::Stored => {
                self.blobs
                    .read(self.blob_key, start + range.start..start + range.end)
                    .await
            }
            Method::Deflated if range == (0..self.entry.size_bytes) => {
                Ok(encoding::inflated(self.raw().await?))
            }
            Method::Deflated => Ok(encoding::slice(
                encoding::inflated(self.raw().await?),
                range,
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::LocalStore;
    use actix_web::{body::to_bytes, test::TestRequest};
    use flate2::{Compression, read::GzDecoder, write::DeflateEncoder};
    use std::io::{Read, Write};

    const STORED: &str = "clip.mp4";
    const DEFLATED: &str = "page.html";

    /// A blob with 1,000 stored bytes at 10, then 5,000 deflated ones.
    struct Site {
        store: LocalStore,
        stored: Entry,
        deflated: Entry,
        plain: Vec<u8>,
        _home: tempfile::TempDir,
    }

    impl Site {
        async fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let store = LocalStore::open(&home.path().join("blobs")).unwrap();
            let clip: Vec<u8> = (0..1000_u32).map(|n| (n % 251) as u8).collect();
            let plain: Vec<u8> = b"<p>smart working</p>".repeat(250);
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&plain).unwrap();
            let raw = encoder.finish().unwrap();
            let entry = |path: &str, method, data_offset, data: &[u8], size: usize, crc32| Entry {
                path: path.to_owned(),
                method,
                data_offset,
                compressed_bytes: data.len() as u64,
                size_bytes: size as u64,
                crc32,
            };
            let stored = entry(
                STORED,
                Method::Stored,
                10,
                &clip,
                1000,
                crc32fast::hash(&clip),
            );
            let crc32 = crc32fast::hash(&plain);
            let deflated = entry(DEFLATED, Method::Deflated, 1010, &raw, plain.len(), crc32);
            let staged = home.path().join("staged");
            std::fs::write(&staged, [vec![0; 10], clip, raw].concat()).unwrap();
            store.put("abc", &staged).await.unwrap();
            Self {
                store,
                stored,
                deflated,
                plain,
                _home: home,
            }
        }

        async fn answer(&self, path: &str, request: TestRequest) -> (HttpResponse<()>, Vec<u8>) {
            let entry = if path == STORED {
                &self.stored
            } else {
                &self.deflated
            };
            let response = respond(&request.to_http_request(), &self.store, "abc", entry)
                .await
                .unwrap();
            let (response, body) = response.into_parts();
            (response.drop_body(), to_bytes(body).await.unwrap().to_vec())
        }

        async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (HttpResponse<()>, Vec<u8>) {
            let request = headers.iter().fold(TestRequest::get(), |request, header| {
                request.insert_header((header.0, header.1))
            });
            self.answer(path, request).await
        }
    }

    fn value<'a>(response: &'a HttpResponse<()>, name: &str) -> &'a str {
        response
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[actix_web::test]
    async fn a_stored_entry_is_served_whole_and_by_range() {
        let site = Site::new().await;
        let (whole, bytes) = site.get(STORED, &[]).await;
        assert_eq!(
            (whole.status().as_u16(), bytes.len(), bytes[250]),
            (200, 1000, 250)
        );
        assert_eq!(value(&whole, "content-type"), "video/mp4");
        assert_eq!(value(&whole, "cache-control"), FOR_GOOD);
        let tag = value(&whole, "etag").to_owned();

        let (part, bytes) = site.get(STORED, &[("range", "bytes=250-251")]).await;
        assert_eq!((part.status().as_u16(), bytes), (206, vec![250, 0]));
        assert_eq!(value(&part, "content-range"), "bytes 250-251/1000");
        let fresh = [("range", "bytes=0-9"), ("if-range", tag.as_str())];
        assert_eq!(site.get(STORED, &fresh).await.0.status(), 206);
        let stale = [("range", "bytes=0-9"), ("if-range", "\"other\"")];
        assert_eq!(site.get(STORED, &stale).await.0.status(), 200);

        let (beyond, bytes) = site.get(STORED, &[("range", "bytes=1000-")]).await;
        assert_eq!((beyond.status().as_u16(), bytes.len()), (416, 0));
        assert_eq!(value(&beyond, "content-range"), "bytes */1000");
    }

    #[actix_web::test]
    async fn several_ranges_come_as_parts() {
        let site = Site::new().await;
        let (response, bytes) = site.get(STORED, &[("range", "bytes=0-1,-1")]).await;
        assert_eq!(response.status(), 206);
        let type_header = value(&response, "content-type");
        assert_eq!(
            type_header,
            format!("multipart/byteranges; boundary={BOUNDARY}")
        );
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            text.contains("Content-Range: bytes 0-1/1000\r\n\r\n\0\u{1}\r\n--"),
            "{text}"
        );
        assert!(text.contains("Content-Range: bytes 999-999/1000"), "{text}");
        assert!(text.ends_with(&format!("\r\n--{BOUNDARY}--\r\n")), "{text}");
    }

    #[actix_web::test]
    async fn a_deflated_entry_goes_out_as_gzip_or_inflated() {
        let site = Site::new().await;
        let (gzip, bytes) = site.get(DEFLATED, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(value(&gzip, "content-encoding"), "gzip");
        assert_eq!(value(&gzip, "vary"), "Accept-Encoding");
        assert_eq!(
            bytes.len() as u64,
            site.deflated.compressed_bytes + GZIP_OVERHEAD
        );
        let mut opened = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut opened)
            .unwrap();
        assert_eq!(opened, site.plain);

        let (inflated, bytes) = site.get(DEFLATED, &[]).await;
        assert_eq!(value(&inflated, "content-encoding"), "");
        assert_eq!(bytes, site.plain);
        assert_ne!(value(&inflated, "etag"), value(&gzip, "etag"));

        let part = [("accept-encoding", "gzip"), ("range", "bytes=20-39")];
        let (response, bytes) = site.get(DEFLATED, &part).await;
        assert_eq!(
            (response.status().as_u16(), bytes),
            (206, site.plain[20..40].to_vec())
        );
    }

    #[actix_web::test]
    async fn several_ranges_of_a_deflated_entry_get_the_whole() {
        let site = Site::new().await;
        let ranges = [("accept-encoding", "gzip"), ("range", "bytes=0-1,-1")];
        let (response, bytes) = site.get(DEFLATED, &ranges).await;
        assert_eq!(
            (response.status().as_u16(), bytes),
            (200, site.plain.clone())
        );
        assert_eq!(value(&response, "content-encoding"), "");
        assert_eq!(value(&response, "content-range"), "");
    }

    #[actix_web::test]
    async fn what_the_client_has_is_not_sent_again() {
        let site = Site::new().await;
        let tag = value(&site.get(STORED, &[]).await.0, "etag").to_owned();
        let weak = format!("\"x\", W/{tag}");
        for known in [tag.as_str(), weak.as_str(), "*"] {
            let (response, bytes) = site.get(STORED, &[("if-none-match", known)]).await;
            assert_eq!(
                (response.status().as_u16(), bytes.len()),
                (304, 0),
                "{known}"
            );
            assert_eq!(value(&response, "etag"), tag);
        }
        assert_eq!(
            site.get(STORED, &[("if-none-match", "\"x\"")])
                .await
                .0
                .status(),
            200
        );
    }

    #[actix_web::test]
    async fn head_says_what_get_would_and_sends_nothing() {
        let site = Site::new().await;
        let request = TestRequest::default().method(HttpMethod::HEAD);
        let request = request
            .insert_header(("range", "bytes=0-1"))
            .to_http_request();
        let response = respond(&request, &site.store, "abc", &site.stored)
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let size = actix_web::body::MessageBody::size(response.body());
        assert_eq!(size, actix_web::body::BodySize::Sized(1000));
        assert!(to_bytes(response.into_body()).await.unwrap().is_empty());
    }
}
