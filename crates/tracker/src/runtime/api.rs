//! The API's state machine: the eight calls of SCORM 2004 (RTE 3.1) and of SCORM 1.2 (RTE 3.3).

use percorso_package::Standard;
use serde::{Deserialize, Serialize};

use super::data_model::{self, Refusal, Values};
use super::error_code::{Fault, code, error_string};
use crate::session::{Answer, NavigationRequest};

/// Where a communication session stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No SCO is delivered: nobody may initialize.
    #[default]
    Absent,
    /// Delivered, Initialize not called yet.
    NotInitialized,
    /// Between Initialize and Terminate.
    Running,
    /// After Terminate.
    Terminated,
}

/// One content's communication with the run-time, from its delivery on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Communication {
    /// The standard whose calls the content uses.
    pub standard: Standard,
    /// Where it stands.
    pub phase: Phase,
    /// The data model's values.
    pub values: Values,
    /// The last error; not part of the state that both ends share, as calls that change nothing
    /// are not journalled.
    #[serde(skip)]
    error: u16,
    #[serde(skip)]
    diagnostic: String,
}

/// What a call may ask of the session around it.
pub struct Around<'a> {
    /// Whether a navigation request would be valid now, for `adl.nav.request_valid`.
    pub is_valid: &'a dyn Fn(&NavigationRequest) -> bool,
    /// Bytes that the values may come to, names included.
    pub room_bytes: &'a dyn Fn() -> usize,
}

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
}

/// What a call led to, beside its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Nothing, or an error.
    Nothing,
    /// The communication session began.
    Initialized,
    /// A value was set.
    Set,
    /// Content wants its values kept.
    Committed,
    /// The communication session ended.
    Terminated,
}

/// A call's answer and what it led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What content gets.
    pub answer: Answer,
    /// What it led to.
    pub happening: Happening,
}

/// The calls, by either standard's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Initialize,
    Terminate,
    GetValue,
    SetValue,
    Commit,
    GetLastError,
    GetErrorString,
    GetDiagnostic,
}

/// SCORM 2004's name, SCORM 1.2's name.
const METHODS: &[(Method, &str, &str)] = &[
    (Method::Initialize, "Initialize", "LMSInitialize"),
    (Method::Terminate, "Terminate", "LMSFinish"),
    (Method::GetValue, "GetValue", "LMSGetValue"),
    (Method::SetValue, "SetValue", "LMSSetValue"),
    (Method::Commit, "Commit", "LMSCommit"),
    (Method::GetLastError, "GetLastError", "LMSGetLastError"),
    (
        Method::GetErrorString,
        "GetErrorString",
        "LMSGetErrorString",
    ),
    (Method::GetDiagnostic, "GetDiagnostic", "LMSGetDiagnostic"),
];

/// The longest diagnostic content may get (RTE 3.1.6.3).
const DIAGNOSTIC_CHARACTERS: usize = 254;

type Called = Result<(String, Happening, Option<String>), Refusal>;

impl Default for Communication {
    fn default() -> Self {
        Self::absent(Standard::Scorm2004)
    }
}

impl Communication {
    /// Nobody to talk to.
    pub fn absent(standard: Standard) -> Self {
        Self::new(standard, Phase::Absent, Values::default())
    }

    /// A delivered SCO that has not called yet.
    pub fn delivered(standard: Standard, values: Values) -> Self {
        Self::new(standard, Phase::NotInitialized, values)
    }

    fn new(standard: Standard, phase: Phase, values: Values) -> Self {
        Self {
            standard,
            phase,
            values,
            error: 0,
            diagnostic: String::new(),
        }
    }

    /// The standard that a method's name belongs to; `None` when it is no method of the API.
    pub fn standard_of(method: &str) -> Option<Standard> {
        METHODS
            .iter()
            .find_map(|(_, scorm_2004, scorm_12)| match method {
                _ if method == *scorm_2004 => Some(Standard::Scorm2004),
                _ if method == *scorm_12 => Some(Standard::Scorm12),
                _ => None,
            })
    }

    /// Answers one call.
    pub fn call(&mut self, method: &str, arguments: &[String], around: &Around<'_>) -> Reply {
        let named = METHODS
            .iter()
            .find(|row| method == row.1 || method == row.2);
        let Some((method, ..)) = named else {
            return self.refused(
                Refusal {
                    fault: Fault::GeneralException,
                    diagnostic: format!("{method} is no method of the API"),
                },
                "",
            );
        };
        let argument = |index: usize| arguments.get(index).map_or("", String::as_str);
        match method {
            Method::GetLastError => self.asked(self.error.to_string()),
            Method::GetErrorString => {
                self.asked(error_string(argument(0), self.standard).to_owned())
            }
            Method::GetDiagnostic => {
                let text = self.diagnostic_for(argument(0));
                self.asked(text)
            }
            Method::Initialize => self.finish(*method, Self::initialize, argument(0)),
            Method::Terminate => self.finish(*method, Self::terminate, argument(0)),
            Method::Commit => self.finish(*method, Self::commit, argument(0)),
            Method::GetValue => {
                let called = self.get_value(argument(0), around.is_valid);
                self.reply(*method, called)
            }
            Method::SetValue => {
                let room_bytes = (around.room_bytes)();
                let called = self.set_value(argument(0), argument(1), room_bytes);
                self.reply(*method, called)
            }
        }
    }

    /// The communication session ends without a Terminate.
    pub fn cut(&mut self) {
        if self.phase == Phase::Running {
            self.phase = Phase::Terminated;
        }
    }

    fn finish(&mut self, method: Method, call: fn(&mut Self) -> Called, argument: &str) -> Reply {
        let called = if argument.is_empty() || self.refuses_first(method) {
            call(self)
        } else {
            Err(Refusal {
                fault: Fault::Argument,
                diagnostic: "the argument must be an empty string".to_owned(),
            })
        };
        self.reply(method, called)
    }

    /// The state is wrong already: its error comes before that of the argument.
    fn refuses_first(&self, method: Method) -> bool {
        match method {
            Method::Initialize => self.phase != Phase::NotInitialized,
            _ => self.phase != Phase::Running,
        }
    }

    fn initialize(&mut self) -> Called {
        match self.phase {
            Phase::NotInitialized => {
                self.phase = Phase::Running;
                Ok(("true".to_owned(), Happening::Initialized, None))
            }
            Phase::Running => fault(Fault::AlreadyInitialized, "Initialize was called before"),
            Phase::Terminated => fault(
                Fault::InstanceTerminated,
                "this content has terminated already",
            ),
            Phase::Absent => fault(
                Fault::InitializationFailure,
                "no SCO is delivered in this session",
            ),
        }
    }

    fn terminate(&mut self) -> Called {
        self.running(
            Fault::TerminateBeforeInitialization,
            Fault::TerminateAfterTermination,
        )?;
        self.phase = Phase::Terminated;
        Ok(("true".to_owned(), Happening::Terminated, None))
    }

    fn commit(&mut self) -> Called {
        self.running(
            Fault::CommitBeforeInitialization,
            Fault::CommitAfterTermination,
        )?;
        Ok(("true".to_owned(), Happening::Committed, None))
    }

    fn get_value(&self, element: &str, is_valid: &dyn Fn(&NavigationRequest) -> bool) -> Called {
        self.running(Fault::GetBeforeInitialization, Fault::GetAfterTermination)?;
        let value = match element.strip_prefix("adl.nav.request_valid.") {
            Some(request) if self.standard == Standard::Scorm2004 => {
                request_valid(request, is_valid)?
            }
            _ => data_model::get(self.standard, &self.values, element)?,
        };
        Ok((value, Happening::Nothing, None))
    }

    fn set_value(&mut self, element: &str, value: &str, room_bytes: usize) -> Called {
        self.running(Fault::SetBeforeInitialization, Fault::SetAfterTermination)?;
        if self.standard == Standard::Scorm2004 && element.starts_with("adl.nav.request_valid.") {
            return fault(
                Fault::ReadOnly,
                "adl.nav.request_valid is read only (SN 5.6.3)",
            );
        }
        let remark = data_model::set(self.standard, &mut self.values, element, value, room_bytes)?;
        Ok(("true".to_owned(), Happening::Set, remark))
    }

    fn running(&self, before: Fault, after: Fault) -> Result<(), Refusal> {
        match self.phase {
            Phase::Running => Ok(()),
            Phase::Terminated => fault(after, "the communication session has ended"),
            Phase::NotInitialized | Phase::Absent => {
                fault(before, "Initialize was not called, or it failed")
            }
        }
    }

    fn reply(&mut self, method: Method, called: Called) -> Reply {
        let (result, happening, remark) = match called {
            Ok(called) => called,
            Err(refusal) => {
                let result = if method == Method::GetValue {
                    ""
                } else {
                    "false"
                };
                return self.refused(refusal, result);
            }
        };
        self.error = 0;
        self.diagnostic = shorten(remark.unwrap_or_default());
        let answer = Answer {
            result,
            error: 0,
            diagnostic: self.diagnostic.clone(),
            journalled: method != Method::GetValue,
        };
        Reply { answer, happening }
    }

    fn refused(&mut self, refusal: Refusal, result: &str) -> Reply {
        self.error = code(refusal.fault, self.standard);
        self.diagnostic = shorten(refusal.diagnostic);
        let answer = Answer {
            result: result.to_owned(),
            error: self.error,
            diagnostic: self.diagnostic.clone(),
            journalled: self.error != 0,
        };
        Reply {
            answer,
            happening: Happening::Nothing,
        }
    }

    /// A question about errors, which leaves the last error as it is.
    fn asked(&self, result: String) -> Reply {
        let answer = Answer {
            result,
            error: self.error,
            diagnostic: self.diagnostic.clone(),
            journalled: false,
        };
        Reply {
            answer,
            happening: Happening::Nothing,
        }
    }

    /// GetDiagnostic: about the last error when asked for nothing or for its code, else the code's
    /// string.
    fn diagnostic_for(&self, asked: &str) -> String {
        if (asked.is_empty() || asked == self.error.to_string()) && !self.diagnostic.is_empty() {
            return self.diagnostic.clone();
        }
        let about = if asked.is_empty() {
            self.error.to_string()
        } else {
            asked.to_owned()
        };
        error_string(&about, self.standard).to_owned()
    }
}

fn fault<T>(fault: Fault, diagnostic: &str) -> Result<T, Refusal> {
    Err(Refusal {
        fault,
        diagnostic: diagnostic.to_owned(),
    })
}

fn shorten(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(DIAGNOSTIC_CHARACTERS) {
        text.truncate(end);
    }
    text
}

/// `adl.nav.request_valid.*` (SN 5.6.3).
fn request_valid(
    request: &str,
    is_valid: &dyn Fn(&NavigationRequest) -> bool,
) -> Result<String, Refusal> {
    let asked = match request {
        "continue" => NavigationRequest::Continue,
        "previous" => NavigationRequest::Previous,
        _ => match targeted(request) {
            Some(asked) => asked,
            None if matches!(request, "_children" | "_count" | "choice" | "jump") => {
                return fault(Fault::GetOutOfBounds, "a {target=…} is expected (SN 5.6.3)");
            }
            None => {
                return fault(
                    Fault::Undefined,
                    "there is no such navigation request (SN 5.6.3)",
                );
            }
        },
    };
    Ok(is_valid(&asked).to_string())
}

/// `choice.{target=activity}` and `jump.{target=activity}`.
fn targeted(request: &str) -> Option<NavigationRequest> {
    let (word, target) = request.split_once('.')?;
    let target = target
        .strip_prefix("{target=")?
        .strip_suffix('}')?
        .to_owned();
    match word {
        "choice" => Some(NavigationRequest::Choice(target)),
        "jump" => Some(NavigationRequest::Jump(target)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AROUND: Around<'static> = Around {
        is_valid: &|_| true,
        room_bytes: &|| 1000,
    };

    /// Calls in order, each with the expected result and last error.
    fn check(standard: Standard, phase: Phase, calls: &[(&str, &[&str], &str, u16)]) {
        let mut communication = Communication::new(standard, phase, Values::default());
        for (method, arguments, result, error) in calls {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            let reply = communication.call(method, &arguments, &AROUND);
            assert_eq!(
                (reply.answer.result.as_str(), reply.answer.error),
                (*result, *error),
                "{method}({arguments:?}): {}",
                reply.answer.diagnostic
            );
            assert!(reply.answer.diagnostic.chars().count() < 255);
        }
    }

    #[test]
    fn scorm_2004_goes_through_its_states() {
        check(
            Standard::Scorm2004,
            Phase::NotInitialized,
            &[
                ("GetLastError", &[], "0", 0),
                ("Commit", &[""], "false", 142),
                ("SetValue", &["cmi.location", "x"], "false", 132),
                ("GetValue", &["cmi.location"], "", 122),
                ("Terminate", &[""], "false", 112),
                ("Initialize", &["illegal"], "false", 201),
                ("GetLastError", &[], "201", 201),
                ("GetErrorString", &["201"], "General Argument Error", 201),
                ("GetErrorString", &[""], "", 201),
                ("Initialize", &[""], "true", 0),
                ("Initialize", &[""], "false", 103),
                ("SetValue", &["", "x"], "false", 351),
                ("GetValue", &[""], "", 301),
                ("GetValue", &["cmi.location"], "", 403),
                ("SetValue", &["cmi.location", "x"], "true", 0),
                ("GetValue", &["cmi.location"], "x", 0),
                ("Commit", &["illegal"], "false", 201),
                ("Commit", &[""], "true", 0),
                ("GetValue", &["adl.nav.request_valid.continue"], "true", 0),
                (
                    "GetValue",
                    &["adl.nav.request_valid.choice.{target=a.b}"],
                    "true",
                    0,
                ),
                (
                    "GetValue",
                    &["adl.nav.request_valid.jump.{target=a}"],
                    "true",
                    0,
                ),
                ("GetValue", &["adl.nav.request_valid.choice"], "", 301),
                ("GetValue", &["adl.nav.request_valid.exit"], "", 401),
                (
                    "SetValue",
                    &["adl.nav.request_valid.continue", "true"],
                    "false",
                    404,
                ),
                ("Dance", &[], "", 101),
                ("Terminate", &["illegal"], "false", 201),
                ("Terminate", &[""], "true", 0),
                ("Terminate", &[""], "false", 113),
                ("GetValue", &["cmi.location"], "", 123),
                ("SetValue", &["cmi.location", "y"], "false", 133),
                ("Commit", &[""], "false", 143),
                ("Initialize", &[""], "false", 104),
            ],
        );
        check(
            Standard::Scorm2004,
            Phase::Absent,
            &[("Initialize", &[""], "false", 102)],
        );
    }

    #[test]
    fn scorm_12_goes_through_its_states() {
        check(
            Standard::Scorm12,
            Phase::NotInitialized,
            &[
                ("LMSGetValue", &["cmi.core.student_id"], "", 301),
                ("LMSSetValue", &["cmi.suspend_data", "x"], "false", 301),
                ("LMSCommit", &[""], "false", 301),
                ("LMSFinish", &[""], "false", 301),
                ("LMSInitialize", &["x"], "false", 201),
                ("LMSInitialize", &[""], "true", 0),
                ("LMSInitialize", &[""], "false", 101),
                ("LMSGetErrorString", &["301"], "Not initialized", 101),
                (
                    "LMSGetValue",
                    &["cmi.core.lesson_status"],
                    "not attempted",
                    0,
                ),
                ("LMSFinish", &[""], "true", 0),
                ("LMSGetValue", &["cmi.core.student_id"], "", 301),
            ],
        );
    }

    #[test]
    fn what_has_no_room_is_refused_by_each_standards_code() {
        let long = "x".repeat(600);
        for (standard, initialize, set, code) in [
            (Standard::Scorm2004, "Initialize", "SetValue", 351),
            (Standard::Scorm12, "LMSInitialize", "LMSSetValue", 101),
        ] {
            let [first, second, third] = match standard {
                Standard::Scorm12 => [
                    "cmi.suspend_data",
                    "cmi.comments",
                    "cmi.core.lesson_location",
                ],
                _ => ["cmi.suspend_data", "cmi.location", "cmi.exit"],
            };
            let last = if standard == Standard::Scorm12 {
                "p7"
            } else {
                "suspend"
            };
            check(
                standard,
                Phase::NotInitialized,
                &[
                    (initialize, &[""], "true", 0),
                    (set, &[first, &long], "true", 0),
                    (set, &[second, &long], "false", code),
                    (set, &[third, last], "true", 0),
                    (set, &[first, &long[1..]], "true", 0),
                ],
            );
        }
    }

    #[test]
    fn only_what_changes_something_or_fails_is_journalled() {
        let mut communication = Communication::delivered(Standard::Scorm2004, Values::default());
        let mut journalled = |method: &str, arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            communication
                .call(method, &arguments, &AROUND)
                .answer
                .journalled
        };
        assert!(journalled("Initialize", &[""]));
        assert!(journalled("SetValue", &["cmi.location", "x"]));
        assert!(!journalled("GetValue", &["cmi.location"]));
        assert!(journalled("GetValue", &["cmi.nothing"]));
        assert!(!journalled("GetLastError", &[]));
        assert!(journalled("Commit", &[""]));
        assert!(journalled("Terminate", &[""]));
    }
}
