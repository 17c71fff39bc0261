//! Draws the [`View`]: controls and contents, from the same processes run as a dry run.

use super::guide;
use super::outline::Activity;
use super::state::Standing;
use super::{Choosable, ContentsEntry, Control, NavigationRequest, Session, View, ViewState};
use crate::runtime::Phase;
use percorso_package::HideLmsUi;

/// The controls in their fixed order.
const CONTROLS: &[(NavigationRequest, HideLmsUi)] = &[
    (NavigationRequest::Continue, HideLmsUi::Continue),
    (NavigationRequest::Previous, HideLmsUi::Previous),
    (NavigationRequest::Exit, HideLmsUi::Exit),
    (NavigationRequest::ExitAll, HideLmsUi::ExitAll),
    (NavigationRequest::Abandon, HideLmsUi::Abandon),
    (NavigationRequest::AbandonAll, HideLmsUi::AbandonAll),
    (NavigationRequest::SuspendAll, HideLmsUi::SuspendAll),
];

impl Session {
    /// What the player shows now: buttons, contents, state.
    pub fn view(&self) -> View {
        let current = guide::current(&self.course, &self.state.tracked);
        let delivered = self
            .state
            .delivered
            .as_ref()
            .map(|delivered| delivered.activity.clone());
        let state = match (self.state.standing, &delivered) {
            (Standing::Suspended, _) => ViewState::Suspended,
            (Standing::Ended, _) => ViewState::Ended,
            (_, Some(_)) => ViewState::Delivering,
            (_, None) => ViewState::Waiting,
        };
        let open = self.state.standing == Standing::Open;
        View {
            state,
            controls: self.controls(delivered.as_deref().or(current.as_deref())),
            contents: if open {
                self.contents(delivered.as_deref())
            } else {
                Vec::new()
            },
            current_activity: delivered,
        }
    }

    fn controls(&self, current: Option<&str>) -> Vec<Control> {
        let hidden = current
            .and_then(|id| self.course.outline.activity(id))
            .map(|activity| activity.item.hide_lms_ui.as_slice())
            .unwrap_or_default();
        let requests: Vec<&NavigationRequest> =
            CONTROLS.iter().map(|(request, _)| request).collect();
        let validity = self.validity(&requests);
        CONTROLS
            .iter()
            .zip(validity)
            .map(|((request, hide), verdict)| Control {
                request: guide::word(request).to_owned(),
                visible: !hidden.contains(hide),
                enabled: verdict.is_ok(),
                refusal: verdict.err(),
            })
            .collect()
    }

    fn contents(&self, delivered: Option<&str>) -> Vec<ContentsEntry> {
        if self.course.outline.is_single_by_default() {
            return Vec::new();
        }
        let mut entries = Vec::new();
        let running = self.state.communication.phase == Phase::Running;
        let report = running.then(|| self.report());
        let live = delivered.zip(report.as_ref());
        let choosable = guide::choices(&self.course, &self.state.tracked, live);
        self.list(0, delivered, &choosable, &mut entries);
        entries
    }

    fn list(
        &self,
        index: usize,
        delivered: Option<&str>,
        choosable: &[Choosable],
        entries: &mut Vec<ContentsEntry>,
    ) {
        let activity: &Activity = &self.course.outline.activities[index];
        let refusal = match choosable[index] {
            Choosable::Hidden => return,
            Choosable::Yes => None,
            Choosable::No(refusal) => Some(refusal),
        };
        if activity.is_visible() {
            let reached = self.reached(index);
            entries.push(ContentsEntry {
                id: activity.id.clone(),
                title: activity.title.clone(),
                depth: activity.depth,
                kind: activity.kind(),
                leaf: activity.is_leaf(),
                current: delivered == Some(activity.id.as_str()),
                selectable: refusal.is_none(),
                refusal,
                completion: reached.completion,
                success: reached.success,
            });
        }
        for child in &activity.children {
            self.list(*child, delivered, choosable, entries);
        }
    }
}
