//! Open Badges of attestati: signed, whole, checkable from what we serve alone, taken back.

use std::io::Read;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{TestApp, expect};

/// A course of one webinar that Anna attended; answers her attestato.
async fn attestato(app: &TestApp) -> Value {
    let put = async |path: &str, body: Value| {
        let request = app.http.put(app.at(path)).json(&body);
        expect(app.send(request).await, StatusCode::OK).await
    };
    let event = json!({ "title": "Webinar", "starts_at": "2026-06-08T08:30:00Z",
        "ends_at": "2026-06-08T10:00:00Z", "threshold_minutes": 60 });
    let event = put("/api/v1/events/w1", event).await;
    let items = json!([{ "event_id": event["id"], "credit_minutes": 90 }]);
    let course = json!({ "title": "Il percorso", "description": "Un webinar.", "items": items });
    let course = put("/api/v1/courses/p1", course).await;
    let path = format!(
        "/api/v1/courses/{}/enrolments",
        course["id"].as_str().unwrap()
    );
    let anna = json!({ "learner": { "id": "anna", "name": "Anna Bianchi", "email": "Anna@comune.example" } });
    let enrolment = expect(app.post(&path, &anna).await, StatusCode::CREATED).await;
    let attended = json!({ "items": [{ "learner_id": "anna", "minutes": 85 }] });
    let path = format!(
        "/api/v1/events/{}/attendance",
        event["id"].as_str().unwrap()
    );
    expect(app.post(&path, &attended).await, StatusCode::OK).await;
    let path = format!(
        "/api/v1/enrolments/{}/certificate",
        enrolment["id"].as_str().unwrap()
    );
    expect(app.post(&path, &json!({})).await, StatusCode::OK).await
}

/// What somebody who is not signed in gets.
async fn text(app: &TestApp, url: &str) -> String {
    let url = match url.starts_with("http") {
        true => url.to_owned(),
        false => app.at(url),
    };
    let answer = app.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    answer.text().await.unwrap()
}

async fn document(app: &TestApp, url: &str) -> Value {
    serde_json::from_str(&text(app, url).await).unwrap()
}

/// What a JWS says, checked with the key that its header points to.
async fn checked(app: &TestApp, jws: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let kid = jsonwebtoken::decode_header(jws).unwrap().kid.unwrap();
    let jwk: Jwk = serde_json::from_value(document(app, &kid).await).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = true;
    jsonwebtoken::decode(jws, &DecodingKey::from_jwk(&jwk).unwrap(), &validation)
        .map(|checked| checked.claims)
}

/// Whether a badge's bit is set in the list that it names.
async fn is_revoked(app: &TestApp, badge: &Value) -> bool {
    let status = &badge["credentialStatus"];
    let list = status["statusListCredential"].as_str().unwrap();
    let list = checked(app, &text(app, list).await).await.unwrap();
    assert_eq!(list["id"], status["statusListCredential"]);
    assert_eq!(list["issuer"], badge["issuer"]["id"]);
    assert_eq!(list["credentialSubject"]["statusPurpose"], "revocation");
    let encoded = list["credentialSubject"]["encodedList"].as_str().unwrap();
    let gzip = URL_SAFE_NO_PAD.decode(encoded.strip_prefix('u').unwrap());
    let mut bits = Vec::new();
    flate2::read::GzDecoder::new(&gzip.unwrap()[..])
        .read_to_end(&mut bits)
        .unwrap();
    let index: usize = status["statusListIndex"].as_str().unwrap().parse().unwrap();
    bits[index / 8] & (0x80 >> (index % 8)) != 0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_is_signed_and_says_what_the_attestato_does() {
    let issuer = [
        ("PERCORSO_ISSUER_NAME", "Associazione di prova"),
        ("PERCORSO_ISSUER_TAX_CODE", "80012345678"),
    ];
    let app = TestApp::with_settings(&issuer).await;
    let certificate = attestato(&app).await;
    let url = certificate["badge_url"].as_str().unwrap();
    let jws = text(&app, url).await;
    assert_eq!(jws, text(&app, url).await, "signed once");
    let badge = checked(&app, &jws).await.unwrap();

    assert_eq!(
        badge["@context"].as_array().unwrap()[..2],
        [
            json!("https://www.w3.org/ns/credentials/v2"),
            json!("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
        ]
    );
    assert_eq!(
        badge["type"],
        json!(["VerifiableCredential", "OpenBadgeCredential"])
    );
    let code = certificate["code"].as_str().unwrap();
    assert_eq!(
        badge["evidence"][0]["id"],
        app.at(&format!("/verifica/{code}"))
    );
    assert_eq!(badge["credentialSubject"]["creditsEarned"], 1.5);
    let id = badge["id"].as_str().unwrap();
    assert_eq!(text(&app, id).await, jws, "its id is where it lies");
    let request = app.http.get(id).header("accept", "application/json");
    let plain: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(plain, badge);
    assert!(!badge.to_string().contains("Bianchi"), "{badge}");

    let profile = document(&app, badge["issuer"]["id"].as_str().unwrap()).await;
    assert_eq!(profile["name"], "Associazione di prova");
    assert_eq!(profile["otherIdentifier"][0]["identifier"], "80012345678");
    let achievement = &badge["credentialSubject"]["achievement"];
    let served = document(&app, achievement["id"].as_str().unwrap()).await;
    for same in ["id", "type", "name", "description", "criteria", "image"] {
        assert_eq!(achievement[same], served[same], "{same}");
    }
    let narrative = achievement["criteria"]["narrative"].as_str().unwrap();
    assert!(narrative.contains("Webinar (90 min)"), "{narrative}");
    let image = text(&app, achievement["image"]["id"].as_str().unwrap()).await;
    assert!(image.contains("<svg ") && !image.contains("openbadges"));

    let baked = certificate["badge_image_url"].as_str().unwrap();
    let baked = text(&app, baked).await;
    assert!(
        baked.contains(&format!("<openbadges:credential verify=\"{jws}\">")),
        "{baked}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_that_was_tampered_with_or_taken_back_shows_it() {
    let app = TestApp::start().await;
    let certificate = attestato(&app).await;
    let url = certificate["badge_url"].as_str().unwrap();
    let jws = text(&app, url).await;
    let badge = checked(&app, &jws).await.unwrap();
    let mut more = badge.clone();
    more["credentialSubject"]["creditsEarned"] = json!(40.0);
    let more = URL_SAFE_NO_PAD.encode(more.to_string());
    let parts: Vec<&str> = jws.split('.').collect();
    let tampered = [parts[0], &more, parts[2]].join(".");
    assert!(checked(&app, &tampered).await.is_err());

    assert!(!is_revoked(&app, &badge).await);
    let revoke = format!(
        "/api/v1/certificates/{}/revoke",
        certificate["code"].as_str().unwrap()
    );
    let reason = json!({ "reason": "rilasciato per errore" });
    expect(app.post(&revoke, &reason).await, StatusCode::OK).await;
    assert!(is_revoked(&app, &badge).await);
    let gone = app.http.get(app.at(url)).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::CONFLICT);
    let none = app.http.get(app.at("/api/v1/badges/status/7")).send().await;
    assert_eq!(none.unwrap().status(), StatusCode::NOT_FOUND);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_is_good_after_its_key_was_replaced() {
    let app = TestApp::start().await;
    let certificate = attestato(&app).await;
    let jws = text(&app, certificate["badge_url"].as_str().unwrap()).await;
    let rotated = app.command(&["rotate-badge-key"]);
    assert!(
        rotated.status.success(),
        "{}",
        String::from_utf8_lossy(&rotated.stderr)
    );
    let keys = document(&app, "/api/v1/badges/keys").await;
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert!(key.get("d").is_none(), "no private part: {key}");
    }
    let badge = checked(&app, &jws).await.unwrap();
    let list = badge["credentialStatus"]["statusListCredential"].as_str();
    let list = text(&app, list.unwrap()).await;
    let kid = |jws: &str| jsonwebtoken::decode_header(jws).unwrap().kid;
    assert_ne!(kid(&list), kid(&jws), "the new key signs");
    assert!(!is_revoked(&app, &badge).await);
    app.stop().await;
}
