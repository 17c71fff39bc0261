//! Content comes and goes: what a launch puts into the data model, and what is kept of it.

use percorso_package::{ScormType, Standard};

use super::guide::{self, Next};
use super::state::{Delivered, Record, Standing};
use super::{Completion, Effect, LaunchMode, NavigationRequest, Outcome, Session};
use crate::runtime::{
    Communication, ContentReport, Launch, Phase, SharedData, settle_lesson_status,
};

/// Whether content's attempt goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// A new one begins, or this one is over.
    New,
    /// What was kept of it is found again.
    GoesOn,
}

impl Attempt {
    fn of(resumed: bool) -> Self {
        if resumed { Self::GoesOn } else { Self::New }
    }

    fn goes_on(self) -> bool {
        self == Self::GoesOn
    }
}

impl Session {
    /// Processes a request after the content is gone, and delivers what comes of it.
    pub(super) fn go(&mut self, at_ms: i64, request: &NavigationRequest, outcome: &mut Outcome) {
        self.content_gone();
        let left = self.state.delivered.take();
        let report = self.report();
        // RTE 4.2.8: whoever asked for something else, the learner's session is over.
        let over = left.is_some() && self.leaves_for_good(&report.exit);
        let request = if over {
            &NavigationRequest::ExitAll
        } else {
            request
        };
        self.state.asked = None;
        let guided = guide::navigate(&self.course, &mut self.state.tracked, request);
        outcome.decisions.extend(guided.decisions);
        if let Some(left) = &left {
            use NavigationRequest::{Abandon, AbandonAll};
            let abandoned = matches!(request, Abandon | AbandonAll);
            let attempt = match guided.next {
                Next::Stays | Next::End { suspended: true } => Attempt::GoesOn,
                _ if report.exit == "suspend" && !abandoned => Attempt::GoesOn,
                _ => Attempt::New,
            };
            self.put_away(&left.activity, attempt);
        }
        match guided.next {
            Next::Deliver { activity, resumed } => {
                let attempt = Attempt::of(resumed);
                self.deliver(at_ms, &activity, attempt, outcome);
            }
            Next::Stays => match left {
                // The frame is empty already: the same content comes back where it was.
                Some(left) => self.deliver(at_ms, &left.activity, Attempt::GoesOn, outcome),
                None => self.withdraw(outcome),
            },
            Next::Nothing => self.withdraw(outcome),
            Next::End { suspended } => {
                self.state.communication = Communication::absent(self.course.outline.standard);
                self.state.standing = if suspended {
                    Standing::Suspended
                } else {
                    Standing::Ended
                };
                outcome.effects.push(Effect::End { suspended });
            }
        }
        outcome.effects.push(Effect::Refresh);
    }

    /// The page was loaded again: the same content comes back where it was.
    pub(super) fn reload(&mut self, at_ms: i64, outcome: &mut Outcome) {
        self.content_gone();
        self.state.asked = None;
        match self.state.delivered.take() {
            Some(here) => {
                self.put_away(&here.activity, Attempt::GoesOn);
                self.deliver(at_ms, &here.activity, Attempt::GoesOn, outcome);
            }
            None => self.withdraw(outcome),
        }
        outcome.effects.push(Effect::Refresh);
    }

    /// Content terminated with an exit that ends the whole session.
    pub(super) fn leaves_for_good(&self, exit: &str) -> bool {
        let communication = &self.state.communication;
        let scorm_12 = communication.standard == Standard::Scorm12;
        communication.phase == Phase::Terminated
            && (exit == "logout" || (exit == "time-out" && !scorm_12))
    }

    fn withdraw(&mut self, outcome: &mut Outcome) {
        self.state.communication = Communication::absent(self.course.outline.standard);
        outcome.effects.push(Effect::Withdraw);
    }

    fn deliver(&mut self, at_ms: i64, activity: &str, attempt: Attempt, outcome: &mut Outcome) {
        let resumed = attempt.goes_on();
        let launch = self
            .course
            .outline
            .activity(activity)
            .and_then(|activity| activity.item.launch.clone());
        let Some(launch) = launch else {
            return self.withdraw(outcome);
        };
        let standard = self.course.outline.standard;
        let record = self
            .state
            .tracked
            .records
            .entry(activity.to_owned())
            .or_default();
        if !resumed && standard != Standard::Scorm12 {
            record.kept = None;
            record.attempt_time_ms = 0;
        }
        record.attempts += u32::from(!resumed || record.attempts == 0);
        record.launches += 1;
        self.state.communication = match launch.scorm_type {
            ScormType::Sco => self.communication(activity, standard, attempt),
            ScormType::Asset => Communication::absent(standard),
        };
        if launch.scorm_type == ScormType::Asset && standard == Standard::Scorm12 {
            // An asset says nothing: to have seen it is to have completed it.
            self.note(
                activity,
                &ContentReport {
                    completion: Completion::Completed,
                    ..ContentReport::default()
                },
            );
        }
        self.state.delivered = Some(Delivered {
            activity: activity.to_owned(),
            resumed,
            at_ms,
            counted_ms: 0,
            time_is_up: false,
        });
        outcome.effects.push(Effect::Deliver {
            activity: activity.to_owned(),
            path: launch.path,
            suffix: launch.suffix,
        });
    }

    /// The data model as content finds it.
    fn communication(&self, id: &str, standard: Standard, attempt: Attempt) -> Communication {
        let empty = Record::default();
        let record = self.state.tracked.records.get(id).unwrap_or(&empty);
        let activity = self
            .course
            .outline
            .activity(id)
            .expect("only known activities are delivered");
        let shared_data = activity.item.data_maps.iter().map(|map| SharedData {
            id: map.target_id.clone(),
            store: self.state.tracked.shared_data.get(&map.target_id).cloned(),
            readable: map.read_shared_data,
            writable: map.write_shared_data,
        });
        let launch = Launch {
            standard,
            learner: &self.state.learner,
            mode: self.state.mode,
            kept: record.kept.as_ref(),
            resumed: attempt.goes_on() && record.kept.is_some(),
            seen: record.launches > 1,
            total_time_ms: record.attempt_time_ms,
            launch_data: activity.item.data_from_lms.as_deref(),
            completion_threshold: activity.completion_threshold(),
            scaled_passing_score: activity.scaled_passing_score(),
            mastery_score: activity.item.mastery_score.as_deref(),
            max_time_ms: activity.max_time_ms(),
            time_limit_action: activity.item.time_limit_action,
            objectives: guide::objectives(&self.course, &self.state.tracked, id),
            shared_data: shared_data.collect(),
        };
        Communication::delivered(standard, launch.values())
    }

    /// Content that speaks the other standard than its manifest gets that one's data model.
    pub(super) fn speak(&mut self, standard: Standard) {
        let waiting = self.state.communication.phase == Phase::NotInitialized;
        if !waiting || self.state.communication.standard == standard {
            return;
        }
        if let Some(delivered) = self.state.delivered.clone() {
            let attempt = Attempt::of(delivered.resumed);
            self.state.communication = self.communication(&delivered.activity, standard, attempt);
        }
    }

    /// What the content in the frame says at the moment.
    pub(super) fn report(&self) -> ContentReport {
        let communication = &self.state.communication;
        ContentReport::of(communication.standard, &communication.values)
    }

    /// Takes what content said into tracking: at Commit, at Terminate, and when it is gone.
    pub(super) fn keep(&mut self) {
        let Some(delivered) = self.state.delivered.clone() else {
            return;
        };
        let report = self.report();
        self.note(&delivered.activity, &report);
        self.keep_shared_data(&delivered.activity);
        if self.state.communication.phase == Phase::Terminated {
            self.count_time(&delivered, report.session_time_ms);
        }
        guide::transfer(
            &self.course,
            &mut self.state.tracked,
            &delivered.activity,
            &report,
        );
    }

    /// Terminate: the status is settled, then everything is kept.
    pub(super) fn terminated(&mut self) {
        if self.state.communication.standard == Standard::Scorm12 {
            settle_lesson_status(&mut self.state.communication.values);
        }
        self.keep();
    }

    /// The content is out of the frame; what it set so far counts.
    pub(super) fn content_gone(&mut self) {
        if self.state.communication.phase != Phase::Running {
            return;
        }
        self.state.communication.cut();
        self.keep();
    }

    fn note(&mut self, activity: &str, report: &ContentReport) {
        let record = self
            .state
            .tracked
            .records
            .entry(activity.to_owned())
            .or_default();
        record.completion = report.completion;
        record.success = report.success;
        record.score = report.score;
        record.progress_measure = report.progress_measure;
        let status = self
            .state
            .communication
            .values
            .get("cmi.core.lesson_status");
        record.lesson_status = match (status, report.completion) {
            (Some(status), _) => status.to_owned(),
            (None, Completion::Completed) => "completed".to_owned(),
            (None, _) => String::new(),
        };
    }

    /// Session time goes into the totals exactly once, when the communication session is over.
    fn count_time(&mut self, delivered: &Delivered, session_time_ms: u64) {
        let more = session_time_ms.saturating_sub(delivered.counted_ms);
        if let Some(delivered) = &mut self.state.delivered {
            delivered.counted_ms += more;
        }
        let record = self
            .state
            .tracked
            .records
            .entry(delivered.activity.clone())
            .or_default();
        record.attempt_time_ms = record.attempt_time_ms.saturating_add(more);
        record.total_time_ms = record.total_time_ms.saturating_add(more);
    }

    fn keep_shared_data(&mut self, activity: &str) {
        let Some(activity) = self.course.outline.activity(activity) else {
            return;
        };
        for (index, map) in activity.item.data_maps.iter().enumerate() {
            let stored = self
                .state
                .communication
                .values
                .get(&format!("adl.data.{index}.store"));
            if let (true, Some(stored)) = (map.write_shared_data, stored) {
                self.state
                    .tracked
                    .shared_data
                    .insert(map.target_id.clone(), stored.to_owned());
            }
        }
    }

    /// What the next launch finds: everything where the attempt goes on, nothing where it ended.
    /// SCORM 1.2 knows no attempts and keeps everything.
    fn put_away(&mut self, activity: &str, attempt: Attempt) {
        let communication = &self.state.communication;
        if communication.phase == Phase::Absent {
            return;
        }
        let scorm_12 = self.course.outline.standard == Standard::Scorm12;
        let used = communication.phase == Phase::Terminated;
        let values = communication.values.clone();
        let record = self
            .state
            .tracked
            .records
            .entry(activity.to_owned())
            .or_default();
        if used {
            record.kept = (attempt.goes_on() || scorm_12).then_some(values);
            record.resumes = attempt.goes_on();
        }
    }

    /// The time allowed is over: judged by the entries' own time, said once.
    pub(super) fn watch_the_clock(&mut self, at_ms: i64, outcome: &mut Outcome) {
        use percorso_package::TimeLimitAction::{ContinueMessage, ExitMessage, ExitNoMessage};
        let Some(delivered) = self.state.delivered.clone().filter(|d| !d.time_is_up) else {
            return;
        };
        let Some(activity) = self.course.outline.activity(&delivered.activity) else {
            return;
        };
        let Some(allowed) = activity.max_time_ms() else {
            return;
        };
        let earlier = self
            .state
            .tracked
            .records
            .get(&delivered.activity)
            .map_or(0, |record| {
                record.attempt_time_ms - delivered.counted_ms.min(record.attempt_time_ms)
            });
        let here = u64::try_from(at_ms - delivered.at_ms).unwrap_or(0);
        if earlier.saturating_add(here) < allowed || self.state.mode != LaunchMode::Normal {
            return;
        }
        let action = activity.item.time_limit_action;
        if let Some(delivered) = &mut self.state.delivered {
            delivered.time_is_up = true;
        }
        if matches!(action, Some(ExitMessage | ContinueMessage)) {
            outcome.effects.push(Effect::TimeIsUp);
        }
        if matches!(action, Some(ExitMessage | ExitNoMessage)) && self.state.asked.is_none() {
            self.state.asked = Some(NavigationRequest::Exit);
            outcome.effects.push(Effect::TakeUp);
        }
    }
}
