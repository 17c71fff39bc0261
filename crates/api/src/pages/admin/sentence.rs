//! A statement as a sentence, in Italian or English.

use std::collections::HashMap;

use serde_json::Value;

use crate::{certificates::hours, pages::words::Language};

/// Beginning of the video profile's extensions.
const VIDEO: &str = "https://w3id.org/xapi/video/extensions/";

/// Verbs that are well known: IRI, Italian, English.
pub(super) const VERBS: &[(&str, &str, &str)] = &[
    (
        "http://adlnet.gov/expapi/verbs/launched",
        "ha aperto",
        "launched",
    ),
    (
        "http://adlnet.gov/expapi/verbs/initialized",
        "ha iniziato",
        "began",
    ),
    (
        "http://adlnet.gov/expapi/verbs/attempted",
        "ha affrontato",
        "attempted",
    ),
    (
        "http://adlnet.gov/expapi/verbs/experienced",
        "ha seguito",
        "experienced",
    ),
    (
        "http://adlnet.gov/expapi/verbs/progressed",
        "è andato avanti in",
        "made progress in",
    ),
    (
        "http://adlnet.gov/expapi/verbs/answered",
        "ha risposto a",
        "answered",
    ),
    (
        "http://adlnet.gov/expapi/verbs/interacted",
        "ha usato",
        "interacted with",
    ),
    (
        "http://adlnet.gov/expapi/verbs/scored",
        "ha ottenuto un punteggio in",
        "scored in",
    ),
    (
        "http://adlnet.gov/expapi/verbs/completed",
        "ha completato",
        "completed",
    ),
    (
        "http://adlnet.gov/expapi/verbs/passed",
        "ha superato",
        "passed",
    ),
    (
        "http://adlnet.gov/expapi/verbs/failed",
        "non ha superato",
        "failed",
    ),
    (
        "http://adlnet.gov/expapi/verbs/mastered",
        "ha padroneggiato",
        "mastered",
    ),
    (
        "http://adlnet.gov/expapi/verbs/suspended",
        "ha interrotto",
        "suspended",
    ),
    (
        "http://adlnet.gov/expapi/verbs/resumed",
        "ha ripreso",
        "resumed",
    ),
    (
        "http://adlnet.gov/expapi/verbs/terminated",
        "ha lasciato",
        "left",
    ),
    (
        "http://adlnet.gov/expapi/verbs/exited",
        "è uscito da",
        "exited",
    ),
    (
        "http://adlnet.gov/expapi/verbs/registered",
        "si è iscritto a",
        "registered for",
    ),
    (
        "http://adlnet.gov/expapi/verbs/attended",
        "ha partecipato a",
        "attended",
    ),
    (
        "http://adlnet.gov/expapi/verbs/voided",
        "ha annullato",
        "voided",
    ),
    (
        "https://w3id.org/xapi/adl/verbs/abandoned",
        "ha abbandonato",
        "abandoned",
    ),
    (
        "https://w3id.org/xapi/adl/verbs/satisfied",
        "ha soddisfatto",
        "satisfied",
    ),
    (
        "https://w3id.org/xapi/adl/verbs/waived",
        "è stato dispensato da",
        "was waived from",
    ),
    (
        "https://w3id.org/xapi/video/verbs/played",
        "ha avviato",
        "played",
    ),
    (
        "https://w3id.org/xapi/video/verbs/paused",
        "ha messo in pausa",
        "paused",
    ),
    (
        "https://w3id.org/xapi/video/verbs/seeked",
        "ha cambiato punto in",
        "moved within",
    ),
];

/// The sentence of a statement. `names` are those of activities that the statement only names by id.
pub(super) fn of(statement: &Value, names: &HashMap<String, Value>, language: Language) -> String {
    let object = object(&statement["object"], names, language);
    let actor = agent(&statement["actor"]);
    let result = result(&statement["result"], language);
    if let Some((verb, place)) = of_video(statement, language) {
        return format!("{actor} {verb} {object} {place}{result}.");
    }
    let verb = verb(&statement["verb"], language);
    format!("{actor} {verb} {object}{result}.")
}

/// Verb and place of a statement of the video profile that has a second of its video.
fn of_video(statement: &Value, language: Language) -> Option<(String, String)> {
    let extensions = &statement["result"]["extensions"];
    let second = |name: &str| extensions[format!("{VIDEO}{name}")].as_f64().map(clock);
    let id = statement["verb"]["id"].as_str()?;
    let word = |key: &str| language.t(key).to_owned();
    let own = || verb(&statement["verb"], language);
    let one = |key: &str| Some(format!("{} {}", language.t(key), second("time")?));
    Some(match id.rsplit('/').next()? {
        "played" => (own(), one("video_from")?),
        "paused" => (word("video_watched"), one("video_until")?),
        "terminated" => (own(), one("video_at")?),
        "interacted" => (word("video_adjusted"), one("video_at")?),
        "seeked" => {
            let (from, to) = (second("time-from")?, second("time-to")?);
            let [begin, end] = ["video_from", "video_to"].map(|key| language.t(key));
            (word("video_moved"), format!("{begin} {from} {end} {to}"))
        }
        _ => return None,
    })
}

/// 83.2 is `1:23`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is no second of a video is shown as 0:00, or as very many hours"
)]
fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// An agent or group as people know it.
pub(super) fn agent(agent: &Value) -> String {
    let account = &agent["account"];
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let members = agent["member"].as_array();
    text(&agent["name"])
        .filter(|name| !name.is_empty())
        .or_else(|| text(&agent["mbox"]).map(|mbox| mbox.trim_start_matches("mailto:").to_owned()))
        .or_else(|| text(&account["name"]))
        .or_else(|| text(&agent["openid"]))
        .or_else(|| text(&agent["mbox_sha1sum"]))
        .or_else(|| {
            let names: Vec<_> = members?.iter().map(self::agent).collect();
            Some(names.join(", "))
        })
        .unwrap_or_else(|| "?".to_owned())
}

fn verb(verb: &Value, language: Language) -> String {
    let id = verb["id"].as_str().unwrap_or_default();
    let known = VERBS.iter().find(|(iri, ..)| *iri == id);
    match (known, language) {
        (Some((_, it, _)), Language::Italian) => (*it).to_owned(),
        (Some((.., en)), Language::English) => (*en).to_owned(),
        (None, _) => in_language(&verb["display"], language)
            .unwrap_or_else(|| id.rsplit(['/', '#', ':']).next().unwrap_or(id).to_owned()),
    }
}

/// A text of a language map: in this language, else in any.
fn in_language(map: &Value, language: Language) -> Option<String> {
    let map = map.as_object()?;
    let own = map
        .iter()
        .find(|(tag, _)| Language::of_tag(tag) == Some(language));
    let (_, text) = own.or_else(|| map.iter().next())?;
    text.as_str().map(ToOwned::to_owned)
}

fn object(object: &Value, names: &HashMap<String, Value>, language: Language) -> String {
    let id = object["id"].as_str().unwrap_or_default();
    match object["objectType"].as_str() {
        Some("Agent" | "Group") => agent(object),
        Some("StatementRef") => format!("{} {id}", language.t("statement_ref")),
        Some("SubStatement") => {
            let inner = of(object, names, language);
            format!("«{}»", inner.trim_end_matches('.'))
        }
        _ => {
            let own = in_language(&object["definition"]["name"], language);
            let known = || names.get(id).and_then(|name| in_language(name, language));
            let name = own.or_else(known).unwrap_or_else(|| id.to_owned());
            format!("«{name}»")
        }
    }
}

fn result(result: &Value, language: Language) -> String {
    let mut parts = Vec::new();
    match result["success"].as_bool() {
        Some(true) => parts.push(language.t("result_success").to_owned()),
        Some(false) => parts.push(language.t("result_failure").to_owned()),
        None => {}
    }
    let score = &result["score"];
    match (
        score["scaled"].as_f64(),
        score["raw"].as_f64(),
        score["max"].as_f64(),
    ) {
        (Some(scaled), ..) => parts.push(format!(
            "{} {:.0} %",
            language.t("result_score"),
            scaled * 100.0
        )),
        (None, Some(raw), Some(max)) => {
            parts.push(format!("{} {raw} / {max}", language.t("result_score")));
        }
        (None, Some(raw), None) => parts.push(format!("{} {raw}", language.t("result_score"))),
        _ => {}
    }
    if let Some(response) = result["response"].as_str().filter(|text| !text.is_empty()) {
        parts.push(format!("{} “{response}”", language.t("result_response")));
    }
    if let Some(progress) = result["extensions"][format!("{VIDEO}progress")].as_f64() {
        parts.push(format!(
            "{} {:.0} %",
            language.t("result_seen"),
            progress * 100.0
        ));
    }
    if let Some(duration) = result["duration"].as_str() {
        let duration = time_of(duration).unwrap_or_else(|| duration.to_owned());
        parts.push(format!("{} {duration}", language.t("result_duration")));
    }
    match parts.is_empty() {
        true => String::new(),
        false => format!(" ({})", parts.join(", ")),
    }
}

/// `1 h 15 min` of `PT75M`: what days, hours, minutes and seconds say. Others stay as they are written.
fn time_of(text: &str) -> Option<String> {
    let mut seconds = 0.0;
    let mut number = String::new();
    let mut is_time = false;
    for letter in text.strip_prefix('P')?.chars() {
        let unit = match letter {
            'T' => {
                is_time = true;
                continue;
            }
            '0'..='9' | '.' => {
                number.push(letter);
                continue;
            }
            'D' if !is_time => 86_400.0,
            'H' if is_time => 3600.0,
            'M' if is_time => 60.0,
            'S' if is_time => 1.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    let known = number.is_empty() && (0.0..1e9).contains(&seconds);
    known.then(|| {
        if seconds < 60.0 {
            return format!("{seconds:.0} s");
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than 1e9")]
        hours((seconds / 60.0).round() as i64)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(statement: &Value, it: &str, en: &str) {
        let names = HashMap::from([("urn:known".to_owned(), json!({ "it": "Il noto" }))]);
        assert_eq!(of(statement, &names, Language::Italian), it);
        assert_eq!(of(statement, &names, Language::English), en);
    }

    #[test]
    fn statements_are_sentences() {
        let anna = json!({ "name": "Anna Bianchi", "mbox": "mailto:anna@x.example" });
        check(
            &json!({ "actor": anna, "verb": { "id": "http://adlnet.gov/expapi/verbs/passed" },
                "object": { "id": "urn:a", "definition": { "name": { "it": "Il test", "en-GB": "The test" } } },
                "result": { "success": true, "score": { "scaled": 0.85 }, "duration": "PT5M" } }),
            "Anna Bianchi ha superato «Il test» (esito positivo, punteggio 85 %, durata 5 min).",
            "Anna Bianchi passed «The test» (successful, score 85 %, duration 5 min).",
        );
        let ext = |name: &str| format!("{VIDEO}{name}");
        for (verb, extensions, it, en) in [
            (
                "https://w3id.org/xapi/video/verbs/paused",
                json!({ ext("time"): 83.2, ext("progress"): 0.347 }),
                "Anna Bianchi ha guardato «Uno» fino a 1:23 (visto 35 %).",
                "Anna Bianchi watched «Uno» up to 1:23 (seen 35 %).",
            ),
            (
                "https://w3id.org/xapi/video/verbs/played",
                json!({ ext("time"): 0 }),
                "Anna Bianchi ha avviato «Uno» da 0:00.",
                "Anna Bianchi played «Uno» from 0:00.",
            ),
            (
                "https://w3id.org/xapi/video/verbs/seeked",
                json!({ ext("time-from"): 59.9, ext("time-to"): 3725 }),
                "Anna Bianchi ha spostato «Uno» da 0:59 a 1:02:05.",
                "Anna Bianchi moved «Uno» from 0:59 to 1:02:05.",
            ),
            (
                "http://adlnet.gov/expapi/verbs/interacted",
                json!({ ext("time"): 7 }),
                "Anna Bianchi ha regolato «Uno» a 0:07.",
                "Anna Bianchi adjusted «Uno» at 0:07.",
            ),
            (
                "http://adlnet.gov/expapi/verbs/terminated",
                json!({ ext("time"): 7 }),
                "Anna Bianchi ha lasciato «Uno» a 0:07.",
                "Anna Bianchi left «Uno» at 0:07.",
            ),
            (
                "http://adlnet.gov/expapi/verbs/terminated",
                json!({}),
                "Anna Bianchi ha lasciato «Uno».",
                "Anna Bianchi left «Uno».",
            ),
        ] {
            let object = json!({ "id": "urn:a", "definition": { "name": { "it": "Uno" } } });
            let result = json!({ "extensions": extensions });
            let statement = json!({ "actor": anna, "verb": { "id": verb }, "object": object, "result": result });
            check(&statement, it, en);
        }
        check(
            &json!({ "actor": { "mbox": "mailto:b@x.example" },
                "verb": { "id": "urn:x:danced", "display": { "en": "danced with" } },
                "object": { "id": "urn:known" } }),
            "b@x.example danced with «Il noto».",
            "b@x.example danced with «Il noto».",
        );
        check(
            &json!({ "actor": { "objectType": "Group", "member": [anna, { "account": { "homePage": "h", "name": "7" } }] },
                "verb": { "id": "urn:x/danced" }, "object": { "objectType": "StatementRef", "id": "1-2" } }),
            "Anna Bianchi, 7 danced la dichiarazione 1-2.",
            "Anna Bianchi, 7 danced statement 1-2.",
        );
    }

    #[test]
    fn durations_are_for_people() {
        for (text, expected) in [
            ("PT75M", Some("1 h 15 min")),
            ("PT1H2M3.45S", Some("1 h 2 min")),
            ("PT42.6S", Some("43 s")),
            ("P1DT1H", Some("25 h")),
            ("P1M", None),
            ("PT5", None),
        ] {
            assert_eq!(time_of(text).as_deref(), expected, "{text}");
        }
    }
}
