//! Draws the [`View`]: controls and contents, from the same processes run as a dry run. The page asks
//! for what changed in it since it last asked: [`Session::refresh`].

use super::guide::{self, Outlook};
use super::outline::Activity;
use super::state::Standing;
use super::view::Line;
use super::{
    ChangedEntry, Choosable, ContentsEntry, Control, NavigationRequest, Refresh, Refusal, Session,
    Shown, Verdict, View, ViewState,
};
use percorso_package::HideLmsUi;

/// The controls in their fixed order.
const CONTROLS: [NavigationRequest; 7] = [
    NavigationRequest::Continue,
    NavigationRequest::Previous,
    NavigationRequest::Exit,
    NavigationRequest::ExitAll,
    NavigationRequest::Abandon,
    NavigationRequest::AbandonAll,
    NavigationRequest::SuspendAll,
];
/// What of `hideLMSUI` hides each.
const HIDDEN_BY: [HideLmsUi; 7] = [
    HideLmsUi::Continue,
    HideLmsUi::Previous,
    HideLmsUi::Exit,
    HideLmsUi::ExitAll,
    HideLmsUi::Abandon,
    HideLmsUi::AbandonAll,
    HideLmsUi::SuspendAll,
];

impl Session {
    /// What the player shows now: buttons, contents, state.
    pub fn view(&self) -> View {
        let outlook = self.outlook();
        let lines = self.lines(&outlook.choices);
        View {
            state: self.view_state(),
            current_activity: self.delivered_activity().map(str::to_owned),
            controls: self.controls(&outlook.verdicts),
            contents: lines.iter().map(|line| self.entry(*line)).collect(),
        }
    }

    /// How the view differs from what `shown` remembers of it, which then remembers this one.
    pub fn refresh(&self, shown: &mut Shown) -> Refresh {
        let outlook = self.outlook();
        let lines = self.lines(&outlook.choices);
        let same_activities = shown.0.as_ref().is_some_and(|drawn| {
            let mut places = drawn.iter().zip(&lines);
            drawn.len() == lines.len() && places.all(|(was, is)| was.index == is.index)
        });
        let drawn = shown.0.take().unwrap_or_default();
        let (contents, changed) = if same_activities {
            let places = (0..).zip(drawn.iter().zip(&lines));
            let changed = places.filter(|(_, (was, is))| was != is);
            let changed = changed.map(|(place, (_, is))| ChangedEntry::new(place, *is));
            (None, changed.collect())
        } else {
            let all = lines.iter().map(|line| self.entry(*line));
            (Some(all.collect()), Vec::new())
        };
        shown.0 = Some(lines);
        Refresh {
            state: self.view_state(),
            current_activity: self.delivered_activity().map(str::to_owned),
            controls: self.controls(&outlook.verdicts),
            contents,
            changed,
        }
    }

    fn view_state(&self) -> ViewState {
        match (self.state.standing, self.delivered_activity()) {
            (Standing::Suspended, _) => ViewState::Suspended,
            (Standing::Ended, _) => ViewState::Ended,
            (_, Some(_)) => ViewState::Delivering,
            (_, None) => ViewState::Waiting,
        }
    }

    /// What is valid now, by one dry run with what running content says.
    fn outlook(&self) -> Outlook {
        if self.state.standing != Standing::Open {
            return Outlook {
                verdicts: vec![Err(Refusal::NotOpen); CONTROLS.len()],
                choices: Vec::new(),
            };
        }
        let report = self.running_report();
        let live = self.delivered_activity().zip(report.as_ref());
        guide::outlook(&self.course, &self.state.tracked, live, &CONTROLS)
    }

    fn controls(&self, verdicts: &[Verdict]) -> Vec<Control> {
        let current = match self.delivered_activity() {
            Some(delivered) => Some(delivered.to_owned()),
            None => guide::current(&self.course, &self.state.tracked),
        };
        let hidden = current
            .and_then(|id| self.course.outline.activity(&id))
            .map(|activity| activity.item.hide_lms_ui.as_slice())
            .unwrap_or_default();
        let requests = CONTROLS.iter().zip(HIDDEN_BY).zip(verdicts);
        requests
            .map(|((request, hidden_by), verdict)| Control {
                request: guide::word(request).to_owned(),
                visible: !hidden.contains(&hidden_by),
                enabled: verdict.is_ok(),
                refusal: verdict.err(),
            })
            .collect()
    }

    /// The lines of the contents; none when there is nothing to choose from.
    fn lines(&self, choices: &[Choosable]) -> Vec<Line> {
        let mut lines = Vec::new();
        if !choices.is_empty() && !self.course.outline.is_single_by_default() {
            let delivered = self.delivered_activity();
            let delivered = delivered.and_then(|id| self.course.outline.find(id));
            lines.reserve(choices.len());
            self.list(0, delivered, choices, &mut lines);
        }
        lines
    }

    fn list(
        &self,
        index: usize,
        delivered: Option<usize>,
        choices: &[Choosable],
        lines: &mut Vec<Line>,
    ) {
        let activity: &Activity = &self.course.outline.activities[index];
        let refusal = match choices[index] {
            Choosable::Hidden => return,
            Choosable::Yes => None,
            Choosable::No(refusal) => Some(refusal),
        };
        if activity.is_visible() {
            let reached = self.reached(index);
            lines.push(Line {
                index,
                current: delivered == Some(index),
                refusal,
                completion: reached.completion,
                success: reached.success,
            });
        }
        for child in &activity.children {
            self.list(*child, delivered, choices, lines);
        }
    }

    fn entry(&self, line: Line) -> ContentsEntry {
        let activity = &self.course.outline.activities[line.index];
        ContentsEntry {
            id: activity.id.clone(),
            title: activity.title.clone(),
            depth: activity.depth,
            kind: activity.kind(),
            leaf: activity.is_leaf(),
            current: line.current,
            selectable: line.refusal.is_none(),
            refusal: line.refusal,
            completion: line.completion,
            success: line.success,
        }
    }
}
