//! Signed statements: the algorithm, what is signed, and the certificate that comes along.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::header;

use super::{
    attachments::{mixed, sum},
    *,
};

/// Of the key that signs here.
const CERTIFICATE: &str = include_str!("../support/signer-certificate.pem");

fn jws(header: &Header, payload: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(include_bytes!("../support/signer.pem")).unwrap();
    encode(header, payload, &key).unwrap()
}

fn certified(algorithm: Algorithm, certificate: &str) -> Header {
    let mut header = Header::new(algorithm);
    header.x5c = Some(vec![certificate.to_owned()]);
    header
}

/// The certificate as `x5c` has it: no lines, no frame.
fn certificate() -> String {
    let lines = CERTIFICATE
        .lines()
        .filter(|line| !line.starts_with("-----"));
    lines.collect()
}

/// Posts a statement with a signature.
async fn post(lrs: &Lrs, statement: &Value, jws: &str) -> Response {
    let mut whole = statement.clone();
    whole["attachments"] = json!([{
        "usageType": "http://adlnet.gov/expapi/attachments/signature",
        "display": { "it": "Firma" },
        "contentType": "application/octet-stream",
        "length": jws.len(),
        "sha2": sum(jws.as_bytes()),
    }]);
    let body = mixed(&whole, &[(&sum(jws.as_bytes()), jws.as_bytes())]);
    let request = lrs.request(Method::POST, "statements");
    let request = request.header(header::CONTENT_TYPE, "multipart/mixed; boundary=sep");
    request.body(body).send().await.unwrap()
}

async fn refused(lrs: &Lrs, statement: &Value, jws: &str, word: &str) {
    let problem = expect(post(lrs, statement, jws).await, StatusCode::BAD_REQUEST).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("attachments[0]: ") && detail.contains(word),
        "{word}: {detail}"
    );
    assert_eq!(problem["requirement"], "xAPI Data 2.6");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_algorithm_of_rsa_is_taken_and_no_other() {
    let lrs = Lrs::start().await;
    for algorithm in [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512] {
        let one = statement(&id(), "anna", "did", "it");
        let bare = jws(&Header::new(algorithm), &one);
        expect(post(&lrs, &one, &bare).await, StatusCode::OK).await;
        let one = statement(&id(), "anna", "did", "it");
        let with = jws(&certified(algorithm, &certificate()), &one);
        expect(post(&lrs, &one, &with).await, StatusCode::OK).await;
    }
    let one = statement(&id(), "anna", "did", "it");
    let other = jws(&Header::new(Algorithm::PS256), &one);
    refused(&lrs, &one, &other, "PS256").await;
    refused(&lrs, &one, "no jws", "compact form").await;
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_over_the_statement_it_comes_with() {
    let lrs = Lrs::start().await;
    let header = Header::new(Algorithm::RS256);
    let one = statement(&id(), "anna", "did", "it");
    let other = statement(one["id"].as_str().unwrap(), "anna", "did", "more");
    refused(&lrs, &one, &jws(&header, &other), "another statement").await;
    let elsewhere = statement(&id(), "anna", "did", "it");
    refused(&lrs, &one, &jws(&header, &elsewhere), "another statement").await;
    // Id and timestamp may have been added after it was signed, and a moment can be written otherwise.
    let mut bare = one.clone();
    bare.as_object_mut().unwrap().remove("id");
    let mut timed = one.clone();
    timed["timestamp"] = "2026-11-23T10:00:00Z".into();
    expect(
        post(&lrs, &timed, &jws(&header, &bare)).await,
        StatusCode::OK,
    )
    .await;
    let mut again = statement(&id(), "anna", "did", "it");
    again["timestamp"] = "2026-11-23T10:00:00.000Z".into();
    let mut signed = again.clone();
    signed["timestamp"] = "2026-11-23T11:00:00+01:00".into();
    expect(
        post(&lrs, &again, &jws(&header, &signed)).await,
        StatusCode::OK,
    )
    .await;
    lrs.app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_comes_along_made_the_signature() {
    let lrs = Lrs::start().await;
    let one = statement(&id(), "anna", "did", "it");
    let good = jws(&certified(Algorithm::RS256, &certificate()), &one);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    // The signature of other words, by the same key.
    let other = statement(&id(), "anna", "did", "it");
    let strange = jws(&certified(Algorithm::RS256, &certificate()), &other);
    let strange = strange.rsplit_once('.').unwrap().1;
    assert_ne!(signature, strange);
    let forged = format!("{signed}.{strange}");
    refused(&lrs, &one, &forged, "not made by the key").await;
    let no_certificate = jws(&certified(Algorithm::RS256, "AAAA"), &one);
    refused(&lrs, &one, &no_certificate, "no X.509 certificate").await;
    expect(post(&lrs, &one, &good).await, StatusCode::OK).await;
    lrs.app.stop().await;
}
