//! The data model of SCORM 1.2 (RTE 3.4), with every optional element.

use super::Access::{ReadOnly, ReadWrite, WriteOnly};
use super::data_type::DataType::{
    CharacterString, CmiDecimal, CmiFeedback, CmiIdentifier, CmiInteger, CmiTime, CmiTimespan,
    Result, State,
};
use super::{DataModel, Element, Group};

const SCORE: super::DataType = CmiDecimal {
    min: 0.0,
    max: 100.0,
};
const STATUS: super::DataType = State(&["passed", "completed", "failed", "incomplete", "browsed"]);
const OBJECTIVE_STATUS: super::DataType = State(&[
    "passed",
    "completed",
    "failed",
    "incomplete",
    "browsed",
    "not attempted",
]);
const STRING_255: super::DataType = CharacterString { spm: 255 };
const STRING_4096: super::DataType = CharacterString { spm: 4096 };

/// The types of interaction of SCORM 1.2.
const TYPES: super::DataType = State(&[
    "true-false",
    "choice",
    "fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
]);

/// The tables together.
pub(super) static MODEL: DataModel = DataModel {
    elements: ELEMENTS,
    groups: GROUPS,
    version: "3.4",
};

#[rustfmt::skip]
static ELEMENTS: &[Element] = &[
    Element::new("cmi.core.student_id", CmiIdentifier, ReadOnly, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.core.student_name", STRING_255, ReadOnly, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.core.lesson_location", STRING_255, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.core.credit", State(&["credit", "no-credit"]), ReadOnly, "RTE 1.2 3.4.4").initially("credit"),
    Element::new("cmi.core.lesson_status", STATUS, ReadWrite, "RTE 1.2 3.4.4").initially("not attempted"),
    Element::new("cmi.core.entry", State(&["ab-initio", "resume", ""]), ReadOnly, "RTE 1.2 3.4.4").initially("ab-initio"),
    Element::new("cmi.core.score.raw", SCORE, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.core.score.max", SCORE, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.core.score.min", SCORE, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.core.total_time", CmiTimespan, ReadOnly, "RTE 1.2 3.4.4").initially("0000:00:00.00"),
    Element::new("cmi.core.lesson_mode", State(&["browse", "normal", "review"]), ReadOnly, "RTE 1.2 3.4.4").initially("normal"),
    Element::new("cmi.core.exit", State(&["time-out", "suspend", "logout", ""]), WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.core.session_time", CmiTimespan, WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.suspend_data", STRING_4096, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.launch_data", STRING_4096, ReadOnly, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.comments", STRING_4096, ReadWrite, "RTE 1.2 3.4.4").initially("").appended(),
    Element::new("cmi.comments_from_lms", STRING_4096, ReadOnly, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.objectives.n.id", CmiIdentifier, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.objectives.n.score.raw", SCORE, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.objectives.n.score.max", SCORE, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.objectives.n.score.min", SCORE, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.objectives.n.status", OBJECTIVE_STATUS, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.student_data.mastery_score", SCORE, ReadOnly, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.student_data.max_time_allowed", CmiTimespan, ReadOnly, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.student_data.time_limit_action", State(&["exit,message", "continue,message", "exit,no message", "continue,no message"]), ReadOnly, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.student_preference.audio", CmiInteger { min: -1, max: 100 }, ReadWrite, "RTE 1.2 3.4.4").initially("0"),
    Element::new("cmi.student_preference.language", STRING_255, ReadWrite, "RTE 1.2 3.4.4").initially(""),
    Element::new("cmi.student_preference.speed", CmiInteger { min: -100, max: 100 }, ReadWrite, "RTE 1.2 3.4.4").initially("0"),
    Element::new("cmi.student_preference.text", CmiInteger { min: -1, max: 1 }, ReadWrite, "RTE 1.2 3.4.4").initially("0"),
    Element::new("cmi.interactions.n.id", CmiIdentifier, WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.interactions.n.objectives.n.id", CmiIdentifier, WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.interactions.n.time", CmiTime, WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.interactions.n.type", TYPES, WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.interactions.n.correct_responses.n.pattern", CmiFeedback, WriteOnly, "RTE 1.2 3.4.4").checked_by(super::check_feedback_pattern),
    Element::new("cmi.interactions.n.weighting", CmiDecimal { min: f64::NEG_INFINITY, max: f64::INFINITY }, WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.interactions.n.student_response", CmiFeedback, WriteOnly, "RTE 1.2 3.4.4").checked_by(super::check_feedback_response),
    Element::new("cmi.interactions.n.result", Result(&["correct", "wrong", "unanticipated", "neutral"]), WriteOnly, "RTE 1.2 3.4.4"),
    Element::new("cmi.interactions.n.latency", CmiTimespan, WriteOnly, "RTE 1.2 3.4.4"),
];

#[rustfmt::skip]
static GROUPS: &[Group] = &[
    Group { name: "cmi.core", children: Some("student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time"), counted: false },
    Group { name: "cmi.core.score", children: Some("raw,min,max"), counted: false },
    Group { name: "cmi.objectives", children: Some("id,score,status"), counted: true },
    Group { name: "cmi.objectives.n.score", children: Some("raw,min,max"), counted: false },
    Group { name: "cmi.student_data", children: Some("mastery_score,max_time_allowed,time_limit_action"), counted: false },
    Group { name: "cmi.student_preference", children: Some("audio,language,speed,text"), counted: false },
    Group { name: "cmi.interactions", children: Some("id,objectives,time,type,correct_responses,weighting,student_response,result,latency"), counted: true },
    Group { name: "cmi.interactions.n.objectives", children: None, counted: true },
    Group { name: "cmi.interactions.n.correct_responses", children: None, counted: true },
];
