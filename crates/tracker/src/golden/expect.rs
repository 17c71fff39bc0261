//! What a step of a golden case may expect:
//!
//! | field | what it is compared with |
//! | --- | --- |
//! | `delivers` | the activity whose content is in the frame, or null |
//! | `returns`, `error` | the call's answer |
//! | `refused` | the exception code of the last decision that has one |
//! | `ends` | `true`, `"suspended"` or `false` |
//! | `time_is_up`, `refreshes` | whether the page is told so |
//! | `valid` | by control, or `choice a`: whether it is offered |
//! | `visible` | by control: whether it is not hidden |
//! | `refusals` | by control, or `choice a`: the code of why it is not offered, or null |
//! | `why_not` | by request as JSON text: the sentence in `it` and `en`, or null |
//! | `sentence` | the last decision in words, `it` and `en` |
//! | `progress` | by activity: any of its fields |
//! | `why` | `it` and `en`: the sentences of why the course is not complete |

use serde_json::{Value, json};

use super::Replay;
use crate::session::{ActivityProgress, Effect, View, ViewState};

impl Replay {
    pub(super) fn expect(&mut self, number: usize, step: &Value) {
        let view = self.session.view();
        let mut wrong = self.outcome_deviations(step, &view);
        wrong.extend(view_deviations(step, &view));
        wrong.extend(self.word_deviations(step));
        wrong.extend(self.progress_deviations(step));
        let with_step = wrong
            .into_iter()
            .map(|wrong| format!("step {number}: {wrong}"));
        self.deviations.extend(with_step);
    }

    fn outcome_deviations(&self, step: &Value, view: &View) -> Vec<String> {
        let answer = self.outcome.answer.as_ref();
        let decisions = self.outcome.decisions.iter().rev();
        let mut exceptions = decisions.filter_map(|decision| decision.exception.clone());
        let ended = match view.state {
            ViewState::Suspended => json!("suspended"),
            ViewState::Ended => json!(true),
            _ => json!(false),
        };
        let told = |effect| json!(self.outcome.effects.contains(&effect));
        let found = [
            ("delivers", json!(view.current_activity)),
            ("returns", json!(answer.map(|answer| answer.result.clone()))),
            ("error", json!(answer.map(|answer| answer.error))),
            ("refused", json!(exceptions.next())),
            ("ends", ended),
            ("time_is_up", told(Effect::TimeIsUp)),
            ("refreshes", told(Effect::Refresh)),
        ];
        let mut wrong = Vec::new();
        for (what, found) in found {
            if let Some(expected) = step.get(what) {
                wrong.extend(differs(what, &found, expected));
            }
        }
        wrong
    }

    /// What is said in words, in either language.
    fn word_deviations(&self, step: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(expected) = step.get("sentence") {
            let last = self.outcome.decisions.last();
            let said = |language| last.map(|last| self.session.sentence(last, language));
            let found = json!({ "it": said("it"), "en": said("en") });
            wrong.extend(differs("sentence", &found, expected));
        }
        if let Some(expected) = step.get("why") {
            let reasons = self.session.progress().why_incomplete;
            let said = |language| -> Vec<String> {
                let reasons = reasons.iter();
                reasons.map(|reason| reason.sentence(language)).collect()
            };
            let found = json!({ "it": said("it"), "en": said("en") });
            wrong.extend(differs("why", &found, expected));
        }
        for (request, expected) in fields(step, "why_not") {
            let Ok(asked) = serde_json::from_str(request) else {
                wrong.push(format!("{request} is no request"));
                continue;
            };
            let said = |language| self.session.why_not(&asked, language);
            let found = match (said("it"), said("en")) {
                (None, None) => Value::Null,
                (italian, english) => json!({ "it": italian, "en": english }),
            };
            wrong.extend(differs(&format!("why not {request}"), &found, expected));
        }
        wrong
    }

    fn progress_deviations(&self, step: &Value) -> Vec<String> {
        let progress = self.session.progress();
        let mut wrong = Vec::new();
        for (id, expected) in fields(step, "progress") {
            let found = find(&progress.root, id).map_or(Value::Null, |found| json!(found));
            for (field, expected) in expected.as_object().into_iter().flatten() {
                wrong.extend(differs(
                    &format!("{field} of {id}"),
                    &found[field],
                    expected,
                ));
            }
        }
        wrong
    }
}

fn view_deviations(step: &Value, view: &View) -> Vec<String> {
    let mut wrong = Vec::new();
    let control = |request: &str| view.controls.iter().find(|one| one.request == request);
    let entry = |id: &str| view.contents.iter().find(|entry| entry.id == id);
    for (request, expected) in fields(step, "valid") {
        let valid = match request.split_once(' ') {
            Some((_, target)) => entry(target).is_some_and(|entry| entry.selectable),
            None => control(request).is_some_and(|control| control.enabled),
        };
        wrong.extend(differs(
            &format!("{request} valid"),
            &json!(valid),
            expected,
        ));
    }
    for (request, expected) in fields(step, "visible") {
        let visible = control(request).is_some_and(|control| control.visible);
        wrong.extend(differs(
            &format!("{request} visible"),
            &json!(visible),
            expected,
        ));
    }
    for (request, expected) in fields(step, "refusals") {
        let refusal = match request.split_once(' ') {
            Some((_, target)) => entry(target).and_then(|entry| entry.refusal),
            None => control(request).and_then(|control| control.refusal),
        };
        wrong.extend(differs(
            &format!("refusal of {request}"),
            &json!(refusal),
            expected,
        ));
    }
    wrong
}

fn fields<'a>(step: &'a Value, of: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    step.get(of)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn differs(what: &str, found: &Value, expected: &Value) -> Option<String> {
    (!same(found, expected)).then(|| format!("{what} is {found}, expected {expected}"))
}

/// Equal, `80` and `80.0` being one number: JavaScript writes the first for the second.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

fn find<'a>(progress: &'a ActivityProgress, id: &str) -> Option<&'a ActivityProgress> {
    if progress.id == id {
        return Some(progress);
    }
    progress.children.iter().find_map(|child| find(child, id))
}
