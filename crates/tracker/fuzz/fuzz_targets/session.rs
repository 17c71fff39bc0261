//! Any course, any learner, any content: sessions that never panic and always end, whose state survives being
//! written and read, and whose dry runs leave no trace.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use percorso_package::Standard;
use percorso_tracker::session::{
    Begin, Course, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Session, Shown, ViewState,
};

#[path = "../../tests/support/draw.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the property tests")]
mod draw;
#[path = "../../tests/support/packages.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the property tests")]
mod packages;
#[path = "../../tests/support/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the property tests")]
mod random;

/// What content calls. What is not here comes out of the bytes themselves.
const METHODS: &[&str] = &[
    "Initialize", "Terminate", "GetValue", "SetValue", "Commit", "GetLastError", "GetErrorString", "GetDiagnostic",
    "LMSInitialize", "LMSFinish", "LMSGetValue", "LMSSetValue", "LMSCommit", "LMSGetLastError",
];
const ELEMENTS: &[&str] = &[
    "cmi.completion_status", "cmi.success_status", "cmi.score.scaled", "cmi.score.raw", "cmi.exit", "cmi.location",
    "cmi.progress_measure", "cmi.session_time", "cmi.suspend_data", "cmi.objectives.0.id",
    "cmi.objectives.0.success_status", "cmi.objectives.0.completion_status", "cmi.objectives.0.score.scaled",
    "cmi.objectives.1.id", "cmi.objectives._count", "cmi.interactions.0.id", "cmi.interactions.0.type",
    "cmi.interactions.0.learner_response", "cmi.interactions.0.correct_responses.0.pattern",
    "cmi.comments_from_learner.0.comment", "adl.nav.request", "adl.nav.request_valid.continue",
    "adl.nav.request_valid.choice.{target=a2}", "adl.nav.request_valid.jump.{target=a1}", "adl.data.0.store",
    "adl.data.0.id", "cmi.core.lesson_status", "cmi.core.score.raw", "cmi.core.exit", "cmi.core.session_time",
    "cmi.core.lesson_location", "cmi.interactions.0.student_response", "cmi.student_preference.audio",
];
const VALUES: &[&str] = &[
    "", "completed", "incomplete", "not attempted", "passed", "failed", "unknown", "0.5", "1", "-1", "suspend",
    "normal", "logout", "time-out", "PT1M", "00:01:00", "continue", "previous", "exit", "exitAll", "abandon",
    "abandonAll", "suspendAll", "{target=a3}choice", "{target=a2}jump", "_none_", "p", "o", "choice", "matching",
    "numeric", "a[.]b[,]c[.]d", "{order_matters=false}a[,]b", "3[:]4",
];

/// The bytes, taken one by one; zeros when there are no more.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or(0)
    }

    fn number(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// One of these, or so many of the bytes as they are.
    fn text(&mut self, known: &[&str]) -> String {
        let choice = usize::from(self.byte());
        match known.get(choice) {
            Some(known) => (*known).to_owned(),
            None if choice < 250 => known[choice % known.len()].to_owned(),
            None => {
                let length = usize::from(self.byte()).min(self.0.len());
                let (text, rest) = self.0.split_at(length);
                self.0 = rest;
                String::from_utf8_lossy(text).into_owned()
            }
        }
    }

    fn target(&mut self) -> String {
        format!("a{}", usize::from(self.byte()) % (random::MOST + 1))
    }

    fn request(&mut self) -> NavigationRequest {
        match self.byte() % 16 {
            0 => NavigationRequest::Start,
            1 => NavigationRequest::ResumeAll,
            2 | 3 => NavigationRequest::Continue,
            4 => NavigationRequest::Previous,
            5 => NavigationRequest::Exit,
            6 => NavigationRequest::ExitAll,
            7 => NavigationRequest::Abandon,
            8 => NavigationRequest::AbandonAll,
            9 => NavigationRequest::SuspendAll,
            10 | 11 => NavigationRequest::Jump(self.target()),
            _ => NavigationRequest::Choice(self.target()),
        }
    }

    fn event(&mut self) -> Event {
        match self.byte() % 16 {
            0..9 => Event::Call {
                method: self.text(METHODS),
                arguments: match self.byte() % 8 {
                    0 => Vec::new(),
                    1 => vec![String::new()],
                    2 | 3 => vec![self.text(ELEMENTS)],
                    _ => vec![self.text(ELEMENTS), self.text(VALUES)],
                },
            },
            9..13 => Event::Navigate { request: self.request() },
            13 => Event::ContentNavigation,
            14 => Event::ContentGone,
            _ if self.byte() < 200 => Event::Start { activity: (self.byte() < 100).then(|| self.target()) },
            _ => Event::Close,
        }
    }
}

fn begin(course: &Arc<Course>, snapshot: Option<&[u8]>, mode: LaunchMode, globals: LearnerGlobals) -> Session {
    let learner = Learner { id: "l".to_owned(), name: "L".to_owned(), language: "it".to_owned() };
    let begin = Begin { learner, mode, globals, seed: 1, waived: Vec::new() };
    Session::begin(Arc::clone(course), snapshot, begin).expect("its own snapshot")
}

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    let standard = if bytes.byte() % 4 == 0 { Standard::Scorm12 } else { Standard::Scorm2004 };
    let own = bytes.number();
    let count = 1 + usize::from(bytes.byte()) % random::MOST;
    let activities = (0..count).map(|_| (bytes.byte() % 4, bytes.number())).collect();
    let course = Arc::new(Course::new(&random::course(&(own, activities), standard)));
    let mut kept: Option<Vec<u8>> = None;
    let mut globals = LearnerGlobals::default();
    let mut at_ms = 1_700_000_000_000;
    while !bytes.0.is_empty() {
        let mode = if bytes.byte() % 4 == 0 { LaunchMode::Review } else { LaunchMode::Normal };
        let mut session = begin(&course, kept.as_deref(), mode, globals);
        let mut shown = Shown::default();
        session.apply(at_ms, &Event::Start { activity: None });
        while !bytes.0.is_empty() && !matches!(session.view().state, ViewState::Ended | ViewState::Suspended) {
            at_ms += i64::from(bytes.byte()) * 10;
            session.apply(at_ms, &bytes.event());
            let before = session.snapshot();
            let view = session.view();
            assert_eq!(view.state == ViewState::Delivering, view.current_activity.is_some());
            let refresh = session.refresh(&mut shown);
            assert_eq!(refresh.controls, view.controls);
            session.inspect();
            session.progress();
            assert_eq!(session.snapshot(), before, "looking leaves no trace");
            let read = Session::restore(Arc::clone(&course), &before).expect("its own snapshot");
            assert_eq!(read.view(), view, "what is written is read");
        }
        globals = session.globals();
        kept = Some(session.snapshot());
    }
});
