//! What an AU may state: the checks that come before the xAPI's own, each with the requirement it
//! keeps. [`Session::judge`] looks only; [`Session::take`] changes what is known.

use serde_json::Value;

use super::{
    Course, Refusal, Registration, Session, Unit, context, require,
    session::LaunchMode,
    vocabulary::{self as v, Verb},
};
use crate::{runtime::duration, session::Score};

/// Scores nearer than this are equal.
const NEAR: f64 = 1e-9;

/// What a statement of an AU is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// cmi5 defined, with this verb.
    Defined(Verb),
    /// cmi5 allowed.
    Allowed,
}

impl Session {
    /// Judges a statement that arrived while the session was open; the registration is that of the session.
    ///
    /// A unit need not wait for one answer before it sends the next request, and requests overtake each
    /// other. What was under way when `terminated` was taken is judged all the same, where its timestamp is
    /// not after that of `terminated`: so long the LMS waits (9.3.8.0-4). Who comes to a session that is over
    /// already is refused before anything is judged.
    ///
    /// # Errors
    /// When the AU may not state this, or not now.
    pub fn judge(&self, of: &Registration, statement: &Value) -> Result<Stated, Refusal> {
        self.check_open(statement)?;
        let has_id = statement["id"].as_str().is_some_and(|id| !id.is_empty());
        require(has_id, "9.1.0.0-1", "the statement has no id")?;
        check_timestamp(statement)?;
        let verb = statement["verb"]["id"].as_str().unwrap_or_default();
        require(
            verb != v::VOIDED,
            "6.3.0.0-1",
            "an AU may not void statements",
        )?;
        let stated_in = &statement["context"];
        let defined = context::names(stated_in, "category", v::CATEGORY_CMI5);
        let verb = Verb::of(verb);
        self.check_order(verb.filter(|_| defined))?;
        self.check_actor(statement, defined)?;
        context::check(self, stated_in, defined || verb.is_some())?;
        let result = &statement["result"];
        let bears = result.get("success").is_some() || result.get("completion").is_some();
        let marked = context::names_anywhere(stated_in, v::CATEGORY_MOVE_ON);
        let only =
            "only cmi5 defined statements with success or completion have the category moveOn";
        require(!marked || defined, "9.6.2.2-2", only)?;
        if !defined {
            return Ok(Stated::Allowed);
        }
        let verb = usable(verb)?;
        self.check_object(&statement["object"])?;
        self.check_mode(verb)?;
        self.check_repetition(verb, &of.unit(&self.au))?;
        check_result(verb, result)?;
        self.check_mastery(verb, result, stated_in)?;
        require(
            !bears || context::names(stated_in, "category", v::CATEGORY_MOVE_ON),
            "9.6.2.2-1",
            "a statement with success or completion needs the category moveOn",
        )?;
        require(!marked || bears, "9.6.2.2-2", only)?;
        Ok(Stated::Defined(verb))
    }

    /// Takes a statement that was judged and stored; answers the blocks and the course that are
    /// satisfied by it.
    pub fn take(
        &mut self,
        of: &mut Registration,
        course: &Course,
        statement: &Value,
        stated: Stated,
        now_ms: i64,
    ) -> Vec<usize> {
        self.last_statement_ms = Some(now_ms);
        let counts = self.mode == LaunchMode::Normal;
        let result = &statement["result"];
        let unit = of.unit_mut(&self.au);
        let percent = result["extensions"][v::PROGRESS].as_f64();
        if let Some(percent) = percent.filter(|percent| counts && (0.0..=100.0).contains(percent)) {
            unit.progress = Some(percent / 100.0);
        }
        let Stated::Defined(verb) = stated else {
            return Vec::new();
        };
        self.verbs.insert(verb.name().to_owned());
        match verb {
            Verb::Initialized => {
                self.initialized_ms = Some(now_ms);
                unit.sessions += u32::from(counts);
                unit.open = true;
            }
            Verb::Completed => {
                unit.completed = true;
                unit.progress = Some(1.0);
            }
            Verb::Passed | Verb::Failed => {
                unit.passed |= verb == Verb::Passed;
                unit.failed = verb == Verb::Failed;
                if let Some(score) = score(&result["score"]) {
                    unit.score = score;
                }
            }
            Verb::Terminated => {
                self.terminated_ms = Some(now_ms);
                self.terminated_at = statement["timestamp"].as_str().map(str::to_owned);
                unit.open = false;
                if counts {
                    unit.total_time_ms += duration_ms(result);
                }
            }
            Verb::Launched | Verb::Abandoned | Verb::Waived | Verb::Satisfied => {}
        }
        of.newly_satisfied(course)
    }

    fn check_open(&self, statement: &Value) -> Result<(), Refusal> {
        let ended = "the session is over: ";
        require(
            self.abandoned_ms.is_none(),
            "9.3.6.0-2",
            &format!("{ended}it was abandoned"),
        )?;
        let stated = statement["timestamp"].as_str();
        require(
            self.terminated_ms.is_none() || is_not_after(stated, self.terminated_at.as_deref()),
            "9.3.0.0-5",
            &format!("{ended}terminated was its last statement"),
        )
    }

    /// `initialized` comes first, and the learner's preferences before it.
    fn check_order(&self, defined: Option<Verb>) -> Result<(), Refusal> {
        if self.initialized_ms.is_some() {
            return Ok(());
        }
        require(
            defined == Some(Verb::Initialized),
            "9.3.0.0-4",
            "the first statement of a session is initialized",
        )?;
        require(
            self.preferences_read,
            "11.0.0.0-3",
            "the AU reads the agent profile cmi5LearnerPreferences before it states initialized",
        )
    }

    fn check_actor(&self, statement: &Value, defined: bool) -> Result<(), Refusal> {
        let actor = &statement["actor"];
        if self.actor.is(actor) {
            return Ok(());
        }
        if defined {
            let object_type = actor.get("objectType");
            require(
                object_type.is_none_or(|stated| stated == "Agent"),
                "9.2.0.0-2",
                "the actor is not an Agent",
            )?;
            require(
                actor["account"].is_object(),
                "9.2.0.0-3",
                "the actor is not named by its account",
            )?;
        }
        Err(Refusal::new(
            "8.1.3.0-3",
            "the actor is not the one of the launch",
        ))
    }

    fn check_object(&self, object: &Value) -> Result<(), Refusal> {
        let is_activity = object.is_object()
            && object
                .get("objectType")
                .is_none_or(|stated| stated == "Activity");
        require(
            is_activity,
            "9.4.0.0-1",
            "the object of a cmi5 defined statement is the AU's activity",
        )?;
        let message = format!("the object's id is not the activityId {}", self.activity_id);
        require(
            object["id"] == self.activity_id.as_str(),
            "8.1.5.0-6",
            &message,
        )
    }

    fn check_mode(&self, verb: Verb) -> Result<(), Refusal> {
        let requirement = match self.mode {
            LaunchMode::Normal => return Ok(()),
            LaunchMode::Browse => "10.2.2.0-2",
            LaunchMode::Review => "10.2.2.0-3",
        };
        let message = format!("{} is not stated in mode {}", verb.name(), self.mode.name());
        let is_judgement = matches!(verb, Verb::Completed | Verb::Passed | Verb::Failed);
        require(!is_judgement, requirement, &message)
    }

    fn check_repetition(&self, verb: Verb, unit: &Unit) -> Result<(), Refusal> {
        let requirement = match verb {
            Verb::Initialized => "9.3.2.0-3",
            _ => "9.3.0.0-2",
        };
        let message = format!("this session has stated {} already", verb.name());
        require(!self.has_stated(verb), requirement, &message)?;
        let judged = self.has_stated(Verb::Passed) || self.has_stated(Verb::Failed);
        match verb {
            Verb::Completed => require(
                !unit.completed,
                "9.3.0.0-6",
                "the registration has a completed of this AU already",
            ),
            Verb::Passed => {
                require(
                    !judged,
                    "9.3.0.0-3",
                    "this session has stated failed already",
                )?;
                require(
                    !unit.passed,
                    "9.3.0.0-7",
                    "the registration has a passed of this AU already",
                )
            }
            Verb::Failed => {
                let message = "the AU is passed in this registration: failed cannot follow";
                require(!unit.passed, "9.3.0.0-8", message)?;
                require(
                    !judged,
                    "9.3.0.0-3",
                    "this session has stated passed already",
                )
            }
            _ => Ok(()),
        }
    }

    fn check_mastery(&self, verb: Verb, result: &Value, context: &Value) -> Result<(), Refusal> {
        let (Some(mastery), Some(score)) = (self.mastery_score, result.get("score")) else {
            return Ok(());
        };
        let scaled = score["scaled"].as_f64();
        if let Some(scaled) = scaled {
            let reached = scaled >= mastery - NEAR;
            require(
                verb != Verb::Passed || reached,
                "9.3.4.0-2",
                &format!("passed with {scaled}, below the mastery score {mastery}"),
            )?;
            require(
                verb != Verb::Failed || !reached,
                "9.3.5.0-2",
                &format!("failed with {scaled}, not below the mastery score {mastery}"),
            )?;
        }
        let stated = context["extensions"][v::MASTERY_SCORE].as_f64();
        require(
            stated.is_some_and(|stated| (stated - mastery).abs() < NEAR),
            "9.6.3.2-2",
            &format!("the masteryScore extension of the context must be {mastery}"),
        )
    }
}

/// Whether a moment is not after another, both in UTC; `false` where either cannot be told.
fn is_not_after(moment: Option<&str>, other: Option<&str>) -> bool {
    let (moment, other) = (moment.and_then(instant), other.and_then(instant));
    moment.is_some_and(|moment| other.is_some_and(|other| moment <= other))
}

/// What a timestamp in UTC is compared by: to the second, and the digits of its fraction.
fn instant(timestamp: &str) -> Option<(String, &str)> {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let whole = timestamp.get(..SHAPE.len())?.to_ascii_uppercase();
    let fits = |(byte, shape): (u8, &u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        _ => byte == *shape,
    };
    if !whole.bytes().zip(SHAPE).all(fits) {
        return None;
    }
    let rest = timestamp[SHAPE.len()..]
        .strip_prefix('.')
        .unwrap_or_default();
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let fraction = &rest[..end.unwrap_or(rest.len())];
    Some((whole, fraction.trim_end_matches('0')))
}

/// There is one, in UTC (9.7).
fn check_timestamp(statement: &Value) -> Result<(), Refusal> {
    let timestamp = statement["timestamp"].as_str();
    let timestamp =
        timestamp.ok_or_else(|| Refusal::new("9.7.0.0-1", "the statement has no timestamp"))?;
    let is_utc = ["Z", "z", "+00:00", "+0000", "+00"]
        .iter()
        .any(|zone| timestamp.ends_with(zone));
    require(is_utc, "9.7.0.0-2", "the timestamp is not in UTC")
}

/// Verbs of cmi5 defined statements that are an AU's.
fn usable(verb: Option<Verb>) -> Result<Verb, Refusal> {
    let verb = verb.ok_or_else(|| {
        let message = "the category cmi5 is for the verbs that cmi5 defines";
        Refusal::new("7.1.3.0-1", message)
    })?;
    let requirement = match verb {
        Verb::Launched => "9.3.1.0-2",
        Verb::Abandoned => "9.3.0.0-10",
        Verb::Waived => "9.3.0.0-11",
        Verb::Satisfied => "9.3.9.0-1",
        _ => return Ok(verb),
    };
    let message = format!("{} is the LMS's to state", verb.name());
    Err(Refusal::new(requirement, message))
}

fn check_result(verb: Verb, result: &Value) -> Result<(), Refusal> {
    let judges = matches!(verb, Verb::Passed | Verb::Failed);
    if let Some(score) = result.get("score") {
        require(judges, "9.5.1.0-2", "only passed and failed have a score")?;
        let ranged = score.get("min").is_some() && score.get("max").is_some();
        let message = "a raw score needs min and max";
        require(score.get("raw").is_none() || ranged, "9.5.1.0-3", message)?;
    }
    let success = result.get("success");
    let completion = result.get("completion");
    match verb {
        Verb::Passed => {
            let message = "passed needs result.success true";
            require(success == Some(&Value::Bool(true)), "9.5.2.0-1", message)?;
        }
        Verb::Failed => {
            let message = "failed needs result.success false";
            require(success == Some(&Value::Bool(false)), "9.5.2.0-2", message)?;
        }
        _ => require(
            success.is_none(),
            "9.5.2.0-3",
            "only passed and failed have a success",
        )?,
    }
    if verb == Verb::Completed {
        let message = "completed needs result.completion true";
        require(completion == Some(&Value::Bool(true)), "9.5.3.0-1", message)?;
    } else {
        require(
            completion.is_none(),
            "9.5.3.0-2",
            "only completed has a completion",
        )?;
    }
    let requirement = match verb {
        Verb::Terminated => "9.5.4.1-1",
        Verb::Completed => "9.5.4.1-2",
        Verb::Passed => "9.5.4.1-3",
        Verb::Failed => "9.5.4.1-4",
        _ => return Ok(()),
    };
    let message = format!("{} needs a duration", verb.name());
    require(result["duration"].is_string(), requirement, &message)
}

fn score(score: &Value) -> Option<Score> {
    score.as_object()?;
    Some(Score {
        scaled: score["scaled"].as_f64(),
        raw: score["raw"].as_f64(),
        min: score["min"].as_f64(),
        max: score["max"].as_f64(),
    })
}

fn duration_ms(result: &Value) -> u64 {
    let stated = result["duration"].as_str();
    stated.and_then(duration::parse_iso).unwrap_or_default()
}
