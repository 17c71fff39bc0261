//! The media type of a file in a package, by its name.
//!
//! Names win over sniffing (`nosniff` is sent), so the types that content depends on stand in a
//! table of our own; the rest comes from the common registry.

/// Types that the common registry lacks, or has otherwise than browsers need them.
const TYPES: &[(&str, &str)] = &[
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("cjs", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("eot", "application/vnd.ms-fontobject"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("htc", "text/x-component"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jfif", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("m4s", "video/iso.segment"),
    ("m4v", "video/mp4"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mid", "audio/midi"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpd", "application/dash+xml"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("srt", "application/x-subrip"),
    ("svg", "image/svg+xml"),
    ("swf", "application/x-shockwave-flash"),
    ("ts", "video/mp2t"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("weba", "audio/webm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xht", "application/xhtml+xml"),
    ("xhtml", "application/xhtml+xml"),
    ("xml", "text/xml"),
    ("xsd", "text/xml"),
    ("xsl", "text/xml"),
    ("xslt", "text/xml"),
];

/// The media type of `path`. HTML, plain text and classic scripts carry no charset: old content says
/// its own, and a header would overrule it.
pub(crate) fn media_type(path: &str) -> &'static str {
    let extension = extension(path);
    match TYPES.binary_search_by(|(known, _)| (*known).cmp(extension.as_str())) {
        Ok(at) => TYPES[at].1,
        Err(_) => mime_guess::from_ext(&extension)
            .first_raw()
            .unwrap_or("application/octet-stream"),
    }
}

/// Audio and video: a player seeks in these, so they are stored without compression.
pub(crate) fn is_seekable(path: &str) -> bool {
    let media_type = media_type(path);
    media_type.starts_with("video/") || media_type.starts_with("audio/")
}

fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        let mut sorted = TYPES.to_vec();
        sorted.sort_unstable();
        assert_eq!(TYPES, sorted);
    }

    #[test]
    fn names_give_the_types_that_browsers_need() {
        for (path, expected) in [
            ("a/Video.MP4", "video/mp4"),
            ("player.mjs", "text/javascript; charset=utf-8"),
            ("a.b/module.wasm", "application/wasm"),
            ("captions.it.vtt", "text/vtt; charset=utf-8"),
            ("page.xhtml", "application/xhtml+xml"),
            ("font.woff2", "font/woff2"),
            ("index.html", "text/html"),
            (
                "data.xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            ("a.d/README", "application/octet-stream"),
        ] {
            assert_eq!(media_type(path), expected, "{path}");
        }
        assert!(is_seekable("x.ogg") && is_seekable("x.m4v") && !is_seekable("x.vtt"));
    }
}
