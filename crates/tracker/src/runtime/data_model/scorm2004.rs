//! The data model of SCORM 2004 4th Edition: `cmi.*` (RTE 4.2), `adl.nav.*` (SN 5.6), `adl.data.*`
//! (RTE 4.3).

use super::Access::{ReadOnly, ReadWrite, WriteOnly};
use super::data_type::DataType::{
    CharacterString, Language, LearnerResponse, LocalizedString, LongIdentifier, NavigationRequest,
    Pattern, Real, Result, State, Time, TimeInterval,
};
use super::{DataModel, Element, Group, responses};

/// A `real(10,7)` without a range.
const ANY: super::DataType = Real {
    min: f64::NEG_INFINITY,
    max: f64::INFINITY,
};
const SCALED: super::DataType = Real {
    min: -1.0,
    max: 1.0,
};
const MEASURE: super::DataType = Real { min: 0.0, max: 1.0 };
const NOT_NEGATIVE: super::DataType = Real {
    min: 0.0,
    max: f64::INFINITY,
};
const COMPLETION: super::DataType = State(&["completed", "incomplete", "not attempted", "unknown"]);
const SUCCESS: super::DataType = State(&["passed", "failed", "unknown"]);
const SHORT: super::DataType = CharacterString { spm: 250 };
const LONG: super::DataType = CharacterString { spm: 4000 };

/// The tables together.
pub(super) static MODEL: DataModel = DataModel {
    elements: ELEMENTS,
    groups: GROUPS,
    version: "1.0",
};

#[rustfmt::skip]
static ELEMENTS: &[Element] = &[
    Element::new("cmi.comments_from_learner.n.comment", LocalizedString { spm: 4000 }, ReadWrite, "RTE 4.2.2"),
    Element::new("cmi.comments_from_learner.n.location", SHORT, ReadWrite, "RTE 4.2.2"),
    Element::new("cmi.comments_from_learner.n.timestamp", Time, ReadWrite, "RTE 4.2.2"),
    Element::new("cmi.comments_from_lms.n.comment", LocalizedString { spm: 4000 }, ReadOnly, "RTE 4.2.3"),
    Element::new("cmi.comments_from_lms.n.location", SHORT, ReadOnly, "RTE 4.2.3"),
    Element::new("cmi.comments_from_lms.n.timestamp", Time, ReadOnly, "RTE 4.2.3"),
    Element::new("cmi.completion_status", COMPLETION, ReadWrite, "RTE 4.2.4").initially("unknown").answered_by(super::completion_status),
    Element::new("cmi.completion_threshold", MEASURE, ReadOnly, "RTE 4.2.5"),
    Element::new("cmi.credit", State(&["credit", "no-credit"]), ReadOnly, "RTE 4.2.6"),
    Element::new("cmi.entry", State(&["ab-initio", "resume", ""]), ReadOnly, "RTE 4.2.7"),
    Element::new("cmi.exit", State(&["time-out", "suspend", "logout", "normal", ""]), WriteOnly, "RTE 4.2.8"),
    Element::new("cmi.interactions.n.id", LongIdentifier, ReadWrite, "RTE 4.2.9"),
    Element::new("cmi.interactions.n.type", State(responses::TYPES), ReadWrite, "RTE 4.2.9").needs(&["id"]),
    Element::new("cmi.interactions.n.objectives.n.id", LongIdentifier, ReadWrite, "RTE 4.2.9").unique().of_parent(&["id"]),
    Element::new("cmi.interactions.n.timestamp", Time, ReadWrite, "RTE 4.2.9").needs(&["id"]),
    Element::new("cmi.interactions.n.correct_responses.n.pattern", Pattern, ReadWrite, "RTE 4.2.9.1").of_parent(&["id", "type"]).checked_by(super::check_pattern),
    Element::new("cmi.interactions.n.weighting", ANY, ReadWrite, "RTE 4.2.9").needs(&["id"]),
    Element::new("cmi.interactions.n.learner_response", LearnerResponse, ReadWrite, "RTE 4.2.9.2").needs(&["id", "type"]).checked_by(super::check_response),
    Element::new("cmi.interactions.n.result", Result(&["correct", "incorrect", "unanticipated", "neutral"]), ReadWrite, "RTE 4.2.9").needs(&["id"]),
    Element::new("cmi.interactions.n.latency", TimeInterval, ReadWrite, "RTE 4.2.9").needs(&["id"]),
    Element::new("cmi.interactions.n.description", LocalizedString { spm: 250 }, ReadWrite, "RTE 4.2.9").needs(&["id"]),
    Element::new("cmi.launch_data", LONG, ReadOnly, "RTE 4.2.10"),
    Element::new("cmi.learner_id", LongIdentifier, ReadOnly, "RTE 4.2.11"),
    Element::new("cmi.learner_name", LocalizedString { spm: 250 }, ReadOnly, "RTE 4.2.12"),
    Element::new("cmi.learner_preference.audio_level", NOT_NEGATIVE, ReadWrite, "RTE 4.2.13").initially("1"),
    Element::new("cmi.learner_preference.language", Language, ReadWrite, "RTE 4.2.13").initially(""),
    Element::new("cmi.learner_preference.delivery_speed", NOT_NEGATIVE, ReadWrite, "RTE 4.2.13").initially("1"),
    Element::new("cmi.learner_preference.audio_captioning", State(&["-1", "0", "1"]), ReadWrite, "RTE 4.2.13").initially("0"),
    Element::new("cmi.location", CharacterString { spm: 1000 }, ReadWrite, "RTE 4.2.14"),
    Element::new("cmi.max_time_allowed", TimeInterval, ReadOnly, "RTE 4.2.15"),
    Element::new("cmi.mode", State(&["browse", "normal", "review"]), ReadOnly, "RTE 4.2.16"),
    Element::new("cmi.objectives.n.id", LongIdentifier, ReadWrite, "RTE 4.2.17").unique().write_once(),
    Element::new("cmi.objectives.n.score.scaled", SCALED, ReadWrite, "RTE 4.2.17").needs(&["id"]),
    Element::new("cmi.objectives.n.score.raw", ANY, ReadWrite, "RTE 4.2.17").needs(&["id"]),
    Element::new("cmi.objectives.n.score.min", ANY, ReadWrite, "RTE 4.2.17").needs(&["id"]),
    Element::new("cmi.objectives.n.score.max", ANY, ReadWrite, "RTE 4.2.17").needs(&["id"]),
    Element::new("cmi.objectives.n.success_status", SUCCESS, ReadWrite, "RTE 4.2.17").initially("unknown").needs(&["id"]),
    Element::new("cmi.objectives.n.completion_status", COMPLETION, ReadWrite, "RTE 4.2.17").initially("unknown").needs(&["id"]),
    Element::new("cmi.objectives.n.progress_measure", MEASURE, ReadWrite, "RTE 4.2.17").needs(&["id"]),
    Element::new("cmi.objectives.n.description", LocalizedString { spm: 250 }, ReadWrite, "RTE 4.2.17").needs(&["id"]),
    Element::new("cmi.progress_measure", MEASURE, ReadWrite, "RTE 4.2.18"),
    Element::new("cmi.scaled_passing_score", SCALED, ReadOnly, "RTE 4.2.19"),
    Element::new("cmi.score.scaled", SCALED, ReadWrite, "RTE 4.2.20"),
    Element::new("cmi.score.raw", ANY, ReadWrite, "RTE 4.2.20"),
    Element::new("cmi.score.min", ANY, ReadWrite, "RTE 4.2.20"),
    Element::new("cmi.score.max", ANY, ReadWrite, "RTE 4.2.20"),
    Element::new("cmi.session_time", TimeInterval, WriteOnly, "RTE 4.2.21"),
    Element::new("cmi.success_status", SUCCESS, ReadWrite, "RTE 4.2.22").initially("unknown").answered_by(super::success_status),
    Element::new("cmi.suspend_data", CharacterString { spm: 64_000 }, ReadWrite, "RTE 4.2.23"),
    Element::new("cmi.time_limit_action", State(&["exit,message", "continue,message", "exit,no message", "continue,no message"]), ReadOnly, "RTE 4.2.24").initially("continue,no message"),
    Element::new("cmi.total_time", TimeInterval, ReadOnly, "RTE 4.2.25").initially("PT0S"),
    Element::new("adl.nav.request", NavigationRequest, ReadWrite, "SN 5.6.2").initially("_none_"),
    Element::new("adl.nav.request_valid.continue", State(&[]), ReadOnly, "SN 5.6.3"),
    Element::new("adl.nav.request_valid.previous", State(&[]), ReadOnly, "SN 5.6.3"),
    Element::new("adl.data.n.id", LongIdentifier, ReadOnly, "RTE 4.3.1"),
    Element::new("adl.data.n.store", CharacterString { spm: 64_000 }, ReadWrite, "RTE 4.3.1").empty_is_unset(),
];

#[rustfmt::skip]
static GROUPS: &[Group] = &[
    Group { name: "cmi.comments_from_learner", children: Some("comment,location,timestamp"), counted: true },
    Group { name: "cmi.comments_from_lms", children: Some("comment,location,timestamp"), counted: true },
    Group { name: "cmi.interactions", children: Some("id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description"), counted: true },
    Group { name: "cmi.interactions.n.objectives", children: None, counted: true },
    Group { name: "cmi.interactions.n.correct_responses", children: None, counted: true },
    Group { name: "cmi.learner_preference", children: Some("audio_level,language,delivery_speed,audio_captioning"), counted: false },
    Group { name: "cmi.objectives", children: Some("id,score,success_status,completion_status,progress_measure,description"), counted: true },
    Group { name: "cmi.objectives.n.score", children: Some("scaled,raw,min,max"), counted: false },
    Group { name: "cmi.score", children: Some("scaled,raw,min,max"), counted: false },
    Group { name: "adl.data", children: Some("id,store"), counted: true },
];
