//! Content over HTTP, from a launch's own base: ranges, encodings, conditions, headers.

use reqwest::{Method, Response, StatusCode};

use crate::support::{TestApp, TestPlayer, packages::course};

async fn ask(app: &TestApp, method: Method, url: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = app.http.request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_video_is_sent_alone() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let url = TestPlayer::launch(&app, &id)
        .await
        .content("media/clip.mp4");
    let part = ask(&app, Method::GET, &url, &[("range", "bytes=5-9")]).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(header(&part, "content-range"), "bytes 5-9/10000");
    assert_eq!(header(&part, "content-type"), "video/mp4");
    assert_eq!(part.text().await.unwrap(), "56789");
    let last = ask(&app, Method::GET, &url, &[("range", "bytes=-3")]).await;
    assert_eq!(last.text().await.unwrap(), "789");
    let beyond = ask(&app, Method::GET, &url, &[("range", "bytes=10000-")]).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&beyond, "content-range"), "bytes */10000");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_goes_out_as_it_lies_in_the_archive_or_plain() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let url = TestPlayer::launch(&app, &id).await.content("a.html");
    let plain = ask(&app, Method::GET, &url, &[]).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    assert!(header(&plain, "content-type").starts_with("text/html"));
    let plain_tag = header(&plain, "etag").to_owned();
    let text = plain.text().await.unwrap();
    assert!(text.ends_with("<p>lezione</p>"));

    let packed = ask(&app, Method::GET, &url, &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    assert_ne!(header(&packed, "etag"), plain_tag);
    let packed = packed.bytes().await.unwrap();
    assert!(packed.len() < text.len() / 4, "{}", packed.len());
    let mut unpacked = String::new();
    let mut decoder = flate2::read::GzDecoder::new(packed.as_ref());
    std::io::Read::read_to_string(&mut decoder, &mut unpacked).unwrap();
    assert_eq!(unpacked, text);

    let same = ask(&app, Method::GET, &url, &[("if-none-match", &plain_tag)]).await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    let other = ask(&app, Method::GET, &url, &[("if-none-match", "\"no\"")]).await;
    assert_eq!(other.status(), StatusCode::OK);
    let head = ask(&app, Method::HEAD, &url, &[]).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(header(&head, "content-length"), text.len().to_string());
    assert!(head.bytes().await.unwrap().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_ranges_come_together_and_of_a_packed_page_comes_the_whole() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let player = TestPlayer::launch(&app, &id).await;
    let url = player.content("media/clip.mp4");
    let parts = ask(&app, Method::GET, &url, &[("range", "bytes=5-9,-2")]).await;
    assert_eq!(parts.status(), StatusCode::PARTIAL_CONTENT);
    let kind = header(&parts, "content-type").to_owned();
    let boundary = kind
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    let text = parts.text().await.unwrap();
    let part = |range: &str, bytes: &str| {
        format!(
            "\r\n--{boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes {range}/10000\r\n\r\n{bytes}"
        )
    };
    let (first, last) = (part("5-9", "56789"), part("9998-9999", "89"));
    assert_eq!(text, format!("{first}{last}\r\n--{boundary}--\r\n"));

    let url = player.content("a.html");
    let plain = ask(&app, Method::GET, &url, &[])
        .await
        .text()
        .await
        .unwrap();
    let last = ask(&app, Method::GET, &url, &[("range", "bytes=-4")]).await;
    assert_eq!(last.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(last.text().await.unwrap(), "</p>");
    let whole = ask(&app, Method::GET, &url, &[("range", "bytes=5-9,-2")]).await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(header(&whole, "content-range"), "");
    assert_eq!(whole.text().await.unwrap(), plain);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_counts_only_while_its_condition_holds() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let player = TestPlayer::launch(&app, &id).await;
    for path in ["media/clip.mp4", "a.html"] {
        let url = player.content(path);
        let whole = ask(&app, Method::GET, &url, &[]).await;
        let tag = header(&whole, "etag").to_owned();
        let length = whole.bytes().await.unwrap().len();
        for (condition, status, sent) in [
            (tag.as_str(), StatusCode::PARTIAL_CONTENT, 5),
            ("\"another\"", StatusCode::OK, length),
        ] {
            let headers = [("range", "bytes=5-9"), ("if-range", condition)];
            let answer = ask(&app, Method::GET, &url, &headers).await;
            assert_eq!(answer.status(), status, "{path} {condition}");
            let bytes = answer.bytes().await.unwrap();
            assert_eq!(bytes.len(), sent, "{path} {condition}");
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_was_lost_comes_back_with_its_file() {
    let app = TestApp::start().await;
    let (package, id) = app.with_course("Uno", "anna").await;
    let url = TestPlayer::launch(&app, &id).await.content("a.html");
    app.lose_blobs();
    let lost = ask(&app, Method::GET, &url, &[]).await;
    assert!(lost.status().is_server_error(), "{}", lost.status());
    let again = app.with_package(course("Uno")).await;
    assert_eq!(again["id"], package);
    assert_eq!(again["version"], 1);
    let there = ask(&app, Method::GET, &url, &[]).await;
    assert_eq!(there.status(), StatusCode::OK);
    assert!(there.text().await.unwrap().ends_with("<p>lezione</p>"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_good_signature_opens_content_and_nothing_else_is_looked_at() {
    let app = TestApp::start().await;
    let (_, id) = app.with_course("Uno", "anna").await;
    let player = TestPlayer::launch(&app, &id).await;
    let url = player.content("a.html");
    let (before, signed) = url.split_once("/content/").unwrap();
    let (signed, path) = signed.split_once('/').unwrap();
    let first = if signed.starts_with('A') { "B" } else { "A" };
    for bad in [
        format!("{before}/content/{first}{}/{path}", &signed[1..]),
        format!("{before}/content/x/{path}"),
        format!("{before}/content/{signed}/no.html"),
        format!("{before}/content/{signed}/%2e%2e/%2e%2e/etc/passwd"),
        // The app's origin has no content.
        format!("{}/content/{signed}/{path}", app.url),
    ] {
        let answer = ask(&app, Method::GET, &bad, &[]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{bad}");
    }
    let good = ask(&app, Method::GET, &url, &[]).await;
    assert_eq!(good.status(), StatusCode::OK);
    assert_eq!(header(&good, "x-content-type-options"), "nosniff");
    assert!(header(&good, "content-security-policy").starts_with("frame-ancestors 'self'"));
    assert!(header(&good, "cache-control").contains("immutable"));
    assert_eq!(header(&good, "cross-origin-resource-policy"), "same-origin");
    let script = ask(&app, Method::GET, &player.content("script.js"), &[]).await;
    assert!(header(&script, "content-type").starts_with("text/javascript"));
    app.stop().await;
}
