//! What a badge says: the documents of Open Badges 3.0 (issuer profile, achievement, credential) and the
//! credential of a status list. Only building: nothing is signed or read here.

use chrono::{DateTime, NaiveTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Europe::Rome;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    certificates::{Issuer, Said, hours},
    db::paths::badges::{Awarded, Part},
    pages::Language,
};

const VC: &str = "https://www.w3.org/ns/credentials/v2";
const OB: &str = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
/// Defines the type of `credentialSchema`.
const EXTENSIONS: &str = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json";
const SCHEMA: &str =
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json";

/// Where the documents of badges lie, and who issues them.
#[derive(Debug)]
pub(crate) struct Documents<'a> {
    /// The app's origin.
    pub(crate) app: &'a str,
    /// Whom the settings name.
    pub(crate) issuer: Option<Issuer>,
    /// Whether they give a logo.
    pub(crate) has_logo: bool,
}

/// A course as an achievement.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    /// Its id.
    pub(crate) id: Uuid,
    /// The key that its makers know it by.
    pub(crate) code: String,
    /// Title.
    pub(crate) title: String,
    /// What it is about; may be empty.
    pub(crate) description: String,
    /// BCP 47 tag.
    pub(crate) language: String,
    /// What it asks for, in order.
    pub(crate) parts: Vec<Part>,
}

/// What somebody achieved.
#[derive(Debug)]
pub(crate) struct Achieved {
    /// Code of the attestato.
    code: String,
    /// What it says.
    said: Said,
    /// When it was issued.
    issued_at: DateTime<Utc>,
    course: Course,
}

impl Achieved {
    /// From an attestato and what its course asks for.
    ///
    /// # Errors
    /// When the attestato cannot be read.
    pub(crate) fn new(awarded: Awarded, parts: Vec<Part>) -> serde_json::Result<Self> {
        let said: Said = serde_json::from_value(awarded.said)?;
        Ok(Self {
            code: awarded.code,
            issued_at: awarded.issued_at,
            course: Course {
                id: awarded.course_id,
                code: awarded.course_code,
                title: said.course.clone(),
                description: awarded.description,
                language: said.language.clone(),
                parts,
            },
            said,
        })
    }
}

/// Who is given a badge, in words that only who knows them can check.
#[derive(Debug)]
pub(crate) struct Recipient {
    /// Of this badge alone, so that two badges of one person are not known to be so.
    subject: Uuid,
    /// What is hashed: a term of Open Badges.
    kind: &'static str,
    salt: String,
    hash: String,
}

impl Recipient {
    /// Known by their e-mail in small letters, else by their name.
    pub(crate) fn new(email: Option<&str>, name: &str) -> Self {
        let salt = format!("{:032x}", rand::random::<u128>());
        let (kind, identity) = match email {
            Some(email) => ("emailAddress", email.trim().to_lowercase()),
            None => ("name", name.trim().to_owned()),
        };
        let digest = Sha256::digest(format!("{identity}{salt}"));
        let hex = digest.iter().map(|byte| format!("{byte:02x}"));
        Self {
            subject: Uuid::new_v4(),
            kind,
            hash: format!("sha256${}", hex.collect::<String>()),
            salt,
        }
    }
}

/// A place in a status list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// Number of the list.
    pub(crate) list: i32,
    /// Its bit.
    pub(crate) index: i32,
}

impl Documents<'_> {
    /// Address of something of badges.
    fn at(&self, path: &str) -> String {
        format!("{}/api/v1/badges/{path}", self.app)
    }

    fn issuer_id(&self) -> String {
        self.at("issuer")
    }

    /// The issuer, as a `Profile`; `issuer` is who it was on the day of issue.
    fn profile(&self, issuer: Option<&Issuer>) -> Value {
        let mut profile = Map::new();
        profile.insert("id".into(), self.issuer_id().into());
        profile.insert("type".into(), json!(["Profile"]));
        let name = issuer.map_or(self.app, |issuer| issuer.name.as_str());
        profile.insert("name".into(), name.into());
        let url = issuer.and_then(|issuer| issuer.url.as_deref());
        profile.insert("url".into(), url.unwrap_or(self.app).into());
        if let Some(code) = issuer.and_then(|issuer| issuer.tax_code.as_ref()) {
            let identifier = json!([{ "type": "IdentifierEntry", "identifier": code, "identifierType": "ext:codiceFiscale" }]);
            profile.insert("otherIdentifier".into(), identifier);
        }
        if self.has_logo {
            let image = json!({ "id": self.at("issuer/logo"), "type": "Image", "caption": name });
            profile.insert("image".into(), image);
        }
        Value::Object(profile)
    }

    /// The issuer's document.
    pub(crate) fn issuer(&self) -> Value {
        let mut document = self.profile(self.issuer.as_ref());
        document["@context"] = json!([VC, OB]);
        document
    }

    fn achievement(&self, course: &Course) -> Value {
        let description = match course.description.as_str() {
            "" => course.title.as_str(),
            description => description,
        };
        let id = self.at(&format!("achievements/{}", course.id));
        json!({
            "id": id,
            "type": ["Achievement"],
            "achievementType": "CertificateOfCompletion",
            "name": course.title,
            "description": description,
            "humanCode": course.code,
            "inLanguage": course.language,
            "criteria": { "narrative": narrative(course) },
            "image": { "id": format!("{id}/image"), "type": "Image", "caption": course.title },
        })
    }

    /// A course's document.
    pub(crate) fn course(&self, course: &Course) -> Value {
        let mut document = self.achievement(course);
        document["@context"] = json!([VC, OB]);
        document["creator"] = self.profile(self.issuer.as_ref());
        document
    }

    /// The credential of an attestato with the claims of its JWT.
    pub(crate) fn credential(
        &self,
        achieved: &Achieved,
        recipient: &Recipient,
        slot: Slot,
    ) -> Value {
        let Achieved { code, said, .. } = achieved;
        let language = Language::of_tag(&said.language).unwrap_or(Language::English);
        let id = format!("{}/api/v1/certificates/{code}/badge", self.app);
        let subject = recipient.subject.urn().to_string();
        let list = self.at(&format!("status/{}", slot.list));
        let from = seconds(achieved.issued_at);
        let name = language.pick(
            "Attestato e sua verifica",
            "Certificate and its verification",
        );
        #[expect(
            clippy::cast_precision_loss,
            reason = "nobody learns for so many minutes"
        )]
        let credits = (said.minutes as f64 / 60.0 * 100.0).round() / 100.0;
        json!({
            "@context": [VC, OB, EXTENSIONS],
            "id": id,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": said.course,
            "issuer": self.profile(said.issuer.as_ref().or(self.issuer.as_ref())),
            "validFrom": from,
            "awardedDate": from,
            "credentialSubject": {
                "id": subject,
                "type": ["AchievementSubject"],
                "identifier": [{
                    "type": "IdentityObject", "hashed": true, "identityType": recipient.kind,
                    "identityHash": recipient.hash, "salt": recipient.salt,
                }],
                "activityEndDate": seconds(end_of(said)),
                "creditsEarned": credits,
                "achievement": self.achievement(&achieved.course),
            },
            "evidence": [{
                "id": format!("{}/verifica/{code}", self.app),
                "type": ["Evidence"],
                "name": name,
                "narrative": evidence(said, language),
            }],
            "credentialSchema": [{ "id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019" }],
            "credentialStatus": {
                "id": format!("{list}#{}", slot.index),
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": slot.index.to_string(),
                "statusListCredential": list,
            },
            "iss": self.issuer_id(),
            "sub": subject,
            "jti": id,
            "nbf": achieved.issued_at.timestamp(),
        })
    }

    /// The credential of a status list with the claims of its JWT.
    pub(crate) fn status_list(&self, list: i32, encoded: &str, now: DateTime<Utc>) -> Value {
        let id = self.at(&format!("status/{list}"));
        json!({
            "@context": [VC],
            "id": id,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.issuer_id(),
            "validFrom": seconds(now),
            "credentialSubject": {
                "id": format!("{id}#list"),
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": encoded,
            },
            "iss": self.issuer_id(),
            "sub": format!("{id}#list"),
            "jti": id,
            "nbf": now.timestamp(),
        })
    }
}

/// A moment to the second: what a JWT's `nbf` says too.
fn seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The end of the day of completion, in Italy.
fn end_of(said: &Said) -> DateTime<Utc> {
    let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
    let end = Rome.from_local_datetime(&said.completed_on.and_time(last));
    end.latest().map_or_else(Utc::now, |end| end.to_utc())
}

/// What has to be done, in the course's language.
fn narrative(course: &Course) -> String {
    let language = Language::of_tag(&course.language).unwrap_or(Language::English);
    let rule = language.t("path_rule");
    let parts = course.parts.iter().map(|part| match part.minutes {
        Some(minutes) => format!("\n- {} ({minutes} min)", part.title),
        None => format!("\n- {}", part.title),
    });
    format!("{rule}{}", parts.collect::<String>())
}

/// What was done, in words.
fn evidence(said: &Said, language: Language) -> String {
    let credited = language.pick("Ore di formazione riconosciute", "Training hours credited");
    let done = language.pick("Completati", "Completed");
    let list = said.items.join(" \u{b7} ");
    match list.as_str() {
        "" => format!("{credited}: {}.", hours(said.minutes)),
        list => format!("{credited}: {}. {done}: {list}.", hours(said.minutes)),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn said() -> Said {
        Said {
            name: "Anna Bianchi".into(),
            body: Some("Comune".into()),
            course: "Il percorso".into(),
            language: "it".into(),
            items: vec!["Webinar".into(), "Uno".into()],
            minutes: 125,
            completed_on: NaiveDate::from_ymd_opt(2026, 6, 11).unwrap(),
            issuer: None,
        }
    }

    fn credential(issuer: Option<Issuer>) -> Value {
        let documents = Documents {
            app: "https://percorso.example",
            issuer,
            has_logo: false,
        };
        let said = said();
        let achieved = Achieved {
            code: "ABCD".into(),
            issued_at: "2026-06-12T08:00:00.123Z".parse().unwrap(),
            course: Course {
                id: Uuid::nil(),
                code: "p1".into(),
                title: said.course.clone(),
                description: String::new(),
                language: "it".into(),
                parts: vec![Part {
                    title: "Uno".into(),
                    minutes: Some(30),
                }],
            },
            said,
        };
        let slot = Slot { list: 0, index: 7 };
        documents.credential(
            &achieved,
            &Recipient::new(Some("Anna@Comune.example"), "Anna"),
            slot,
        )
    }

    #[test]
    fn claims_and_credential_say_the_same_and_no_name_is_in_it() {
        let credential = credential(None);
        for (claim, said) in [
            ("jti", &credential["id"]),
            ("iss", &credential["issuer"]["id"]),
            ("sub", &credential["credentialSubject"]["id"]),
        ] {
            assert_eq!(&credential[claim], said, "{claim}");
        }
        assert_eq!(credential["validFrom"], "2026-06-12T08:00:00Z");
        assert_eq!(credential["nbf"], 1_781_251_200);
        assert_eq!(credential["credentialSubject"]["creditsEarned"], 2.08);
        let text = credential.to_string();
        assert!(
            !text.contains("Bianchi") && !text.to_lowercase().contains("anna@"),
            "{text}"
        );
        assert!(!text.contains("null") && !text.contains("[]"), "{text}");
    }

    #[test]
    fn whoever_knows_the_address_can_check_whose_it_is() {
        let credential = credential(None);
        let identity = &credential["credentialSubject"]["identifier"][0];
        let salt = identity["salt"].as_str().unwrap();
        let digest = Sha256::digest(format!("anna@comune.example{salt}"));
        let hex = digest
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(identity["identityHash"], format!("sha256${hex}"));
        assert_eq!(identity["identityType"], "emailAddress");
    }

    #[test]
    fn an_issuer_is_named_with_its_code_and_site() {
        let credential = credential(Some(Issuer {
            name: "Associazione".into(),
            tax_code: Some("800".into()),
            url: Some("https://a.example".into()),
        }));
        assert_eq!(credential["issuer"]["name"], "Associazione");
        assert_eq!(credential["issuer"]["url"], "https://a.example");
        assert_eq!(
            credential["issuer"]["otherIdentifier"][0]["identifier"],
            "800"
        );
    }
}
