//! What content finds in its data model when it is launched: the manifest's facts, the learner's,
//! and what an earlier session kept.

use percorso_package::{Standard, TimeLimitAction};

use super::data_model::Values;
use super::duration;
use crate::session::{Completion, LaunchMode, Learner, Score, Success};

/// An objective as tracking knows it at launch (RTE 4.2.17).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectiveSeed {
    /// Its id.
    pub id: String,
    /// Success, [`Success::Unknown`] when tracking has none.
    pub success: Success,
    /// Completion, [`Completion::Unknown`] when tracking has none.
    pub completion: Completion,
    /// Scores known.
    pub score: Score,
    /// 0 to 1.
    pub progress_measure: Option<f64>,
}

/// A shared data store the activity may reach (RTE 4.3.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedData {
    /// `adlcp:map/@targetID`.
    pub id: String,
    /// What is stored; `None` before the first write.
    pub store: Option<String>,
    /// It may be read.
    pub readable: bool,
    /// It may be written.
    pub writable: bool,
}

/// Everything a launch puts into the data model.
#[derive(Debug, Clone)]
pub struct Launch<'a> {
    /// The standard whose data model it is.
    pub standard: Standard,
    /// Who learns.
    pub learner: &'a Learner,
    /// For credit or not.
    pub mode: LaunchMode,
    /// Values that an earlier session of the same attempt kept.
    pub kept: Option<&'a Values>,
    /// `cmi.entry` is `resume`.
    pub resumed: bool,
    /// It was launched before; SCORM 1.2 then says neither `ab-initio` nor `resume`.
    pub seen: bool,
    /// `cmi.total_time` so far.
    pub total_time_ms: u64,
    /// `dataFromLMS`.
    pub launch_data: Option<&'a str>,
    /// `cmi.completion_threshold`.
    pub completion_threshold: Option<f64>,
    /// `cmi.scaled_passing_score`.
    pub scaled_passing_score: Option<f64>,
    /// `masteryscore`, as authored.
    pub mastery_score: Option<&'a str>,
    /// Maximum time of an attempt.
    pub max_time_ms: Option<u64>,
    /// `timeLimitAction`.
    pub time_limit_action: Option<TimeLimitAction>,
    /// Objectives of the activity, SCORM 2004 only.
    pub objectives: Vec<ObjectiveSeed>,
    /// Shared data stores, SCORM 2004 only.
    pub shared_data: Vec<SharedData>,
}

impl Launch<'_> {
    /// The values of the data model at launch.
    pub fn values(&self) -> Values {
        match self.standard {
            Standard::Scorm12 => self.scorm_12(),
            _ => self.scorm_2004(),
        }
    }

    fn scorm_2004(&self) -> Values {
        let mut values = self.kept.cloned().unwrap_or_default();
        for gone in ["cmi.exit", "cmi.session_time", "adl.nav.request"] {
            values.forget(gone);
        }
        values.set("cmi.learner_id", self.learner.id.as_str());
        values.set("cmi.learner_name", self.learner.name.as_str());
        values.set("cmi.mode", mode(self.mode));
        values.set("cmi.credit", credit(self.mode));
        values.set(
            "cmi.entry",
            if self.resumed { "resume" } else { "ab-initio" },
        );
        values.set("cmi.total_time", duration::format_iso(self.total_time_ms));
        values.put("cmi.launch_data", self.launch_data.map(str::to_owned));
        values.put(
            "cmi.completion_threshold",
            self.completion_threshold.map(real),
        );
        values.put(
            "cmi.scaled_passing_score",
            self.scaled_passing_score.map(real),
        );
        values.put(
            "cmi.max_time_allowed",
            self.max_time_ms.map(duration::format_iso),
        );
        if let Some(action) = self.time_limit_action {
            values.set("cmi.time_limit_action", time_limit_action(action));
        }
        if self.kept.is_none() && !self.learner.language.is_empty() {
            values.set(
                "cmi.learner_preference.language",
                self.learner.language.as_str(),
            );
        }
        self.objectives
            .iter()
            .for_each(|objective| seed_objective(&mut values, objective));
        values.clear("adl.data");
        for (index, shared) in self.shared_data.iter().enumerate() {
            let store = format!("adl.data.{index}.store");
            values.set(format!("adl.data.{index}.id"), shared.id.as_str());
            values.put(&store, shared.store.clone());
            if !shared.readable {
                values.forbid_reading(&store);
            }
            if !shared.writable {
                values.forbid_writing(&store);
            }
        }
        values.grow("adl.data", self.shared_data.len());
        values
    }

    fn scorm_12(&self) -> Values {
        let mut values = self.kept.cloned().unwrap_or_default();
        for gone in ["cmi.core.exit", "cmi.core.session_time"] {
            values.forget(gone);
        }
        let entry = match (self.resumed, self.seen) {
            (true, _) => "resume",
            (false, true) => "",
            (false, false) => "ab-initio",
        };
        values.set("cmi.core.student_id", self.learner.id.as_str());
        values.set("cmi.core.student_name", self.learner.name.as_str());
        values.set("cmi.core.lesson_mode", mode(self.mode));
        values.set("cmi.core.credit", credit(self.mode));
        values.set("cmi.core.entry", entry);
        values.set(
            "cmi.core.total_time",
            duration::format_timespan(self.total_time_ms),
        );
        values.put("cmi.launch_data", self.launch_data.map(str::to_owned));
        values.put(
            "cmi.student_data.mastery_score",
            self.mastery_score.map(str::to_owned),
        );
        values.put(
            "cmi.student_data.max_time_allowed",
            self.max_time_ms.map(duration::format_timespan),
        );
        values.put(
            "cmi.student_data.time_limit_action",
            self.time_limit_action
                .map(time_limit_action)
                .map(str::to_owned),
        );
        if self.kept.is_none() && !self.learner.language.is_empty() {
            values.set(
                "cmi.student_preference.language",
                self.learner.language.as_str(),
            );
        }
        values
    }
}

/// Puts what tracking knows of an objective into `cmi.objectives`, in a new record when there is
/// none of that id.
fn seed_objective(values: &mut Values, objective: &ObjectiveSeed) {
    let count = values.count("cmi.objectives");
    let found = (0..count)
        .find(|n| values.get(&format!("cmi.objectives.{n}.id")) == Some(objective.id.as_str()));
    let index = found.unwrap_or(count);
    values.grow("cmi.objectives", index + 1);
    let mut known = |element: &str, value: Option<String>| {
        if let Some(value) = value {
            values.set(format!("cmi.objectives.{index}.{element}"), value);
        }
    };
    known("id", Some(objective.id.clone()));
    let word = |word: Option<&str>| word.map(str::to_owned);
    known("success_status", word(objective.success.cmi_word()));
    known("completion_status", word(objective.completion.cmi_word()));
    known("score.scaled", objective.score.scaled.map(real));
    known("score.raw", objective.score.raw.map(real));
    known("score.min", objective.score.min.map(real));
    known("score.max", objective.score.max.map(real));
    known("progress_measure", objective.progress_measure.map(real));
}

/// A `real(10,7)` as text, whole numbers with one decimal.
pub(super) fn real(value: f64) -> String {
    let text = format!("{value:.7}");
    let text = text.trim_end_matches('0');
    if text.ends_with('.') {
        format!("{text}0")
    } else {
        text.to_owned()
    }
}

fn mode(mode: LaunchMode) -> &'static str {
    match mode {
        LaunchMode::Normal => "normal",
        LaunchMode::Browse => "browse",
        LaunchMode::Review => "review",
    }
}

fn credit(mode: LaunchMode) -> &'static str {
    if mode == LaunchMode::Normal {
        "credit"
    } else {
        "no-credit"
    }
}

fn time_limit_action(action: TimeLimitAction) -> &'static str {
    match action {
        TimeLimitAction::ExitMessage => "exit,message",
        TimeLimitAction::ExitNoMessage => "exit,no message",
        TimeLimitAction::ContinueMessage => "continue,message",
        TimeLimitAction::ContinueNoMessage => "continue,no message",
    }
}
