//! A learner before the player: launches, content's calls and clicks, carried out on the session as the
//! page carries them out.

use std::{collections::HashMap, sync::Arc};

use percorso_package::Package;
use percorso_tracker::session::{
    Begin, Course, Effect, Event, LaunchMode, Learner, LearnerGlobals, NavigationRequest, Session,
    View, ViewState,
};

use crate::{
    case::{Action, Call, Look, Step, Terminate},
    compare::{Got, judge},
};

/// A package ready to be launched.
pub(crate) struct Ready {
    package: Package,
    course: Arc<Course>,
}

impl Ready {
    pub(crate) fn new(package: Package) -> Self {
        let course = Arc::new(Course::new(&package));
        Self { package, course }
    }

    /// The identifier of an activity by its title, as the cases name it.
    fn identifier(&self, title: &str) -> Option<String> {
        fn below<'a>(items: &'a [percorso_package::Item], title: &str) -> Option<&'a str> {
            items.iter().find_map(|item| {
                let is_it = item.title.trim() == title;
                is_it
                    .then_some(item.identifier.as_str())
                    .or_else(|| below(&item.items, title))
            })
        }
        let organization = self.package.organization();
        if title.starts_with("the activity that corresponds to the root") {
            return Some(organization.identifier.clone());
        }
        below(&organization.items, title).map(str::to_owned)
    }
}

/// What is in the frame.
#[derive(Debug, Clone)]
pub(crate) struct Delivered {
    pub(crate) path: String,
    pub(crate) suffix: String,
}

/// The learner, the session and what is in the frame.
pub(crate) struct Desk<'a> {
    ready: &'a HashMap<String, Ready>,
    pub(crate) package: String,
    pub(crate) learner_id: String,
    name: String,
    globals: LearnerGlobals,
    kept: HashMap<String, Vec<u8>>,
    session: Option<Session>,
    /// Delivered and not looked at yet.
    fresh: Option<Delivered>,
    /// What the content does while it is unloaded.
    unload: Option<(Terminate, Option<String>)>,
    at_ms: i64,
}

type Checked = Result<(), String>;

impl<'a> Desk<'a> {
    pub(crate) fn new(
        ready: &'a HashMap<String, Ready>,
        learner: (&str, &str),
        globals: LearnerGlobals,
    ) -> Self {
        Self {
            ready,
            package: String::new(),
            learner_id: learner.0.to_owned(),
            name: learner.1.to_owned(),
            globals,
            kept: HashMap::new(),
            session: None,
            fresh: None,
            unload: None,
            at_ms: 1_700_000_000_000,
        }
    }

    /// Ends what is open, and gives what the learner takes along.
    pub(crate) fn leave(mut self) -> LearnerGlobals {
        self.put_away();
        self.globals
    }

    fn put_away(&mut self) {
        if let Some(session) = self.session.take() {
            self.globals.take(session.globals());
            self.kept.insert(self.package.clone(), session.snapshot());
        }
    }

    /// A launch of a package on the learner's registration.
    pub(crate) fn launch(&mut self, package: &str) -> Checked {
        self.put_away();
        package.clone_into(&mut self.package);
        let ready = self
            .ready
            .get(package)
            .ok_or_else(|| format!("there is no package {package}"))?;
        let begin = Begin {
            learner: Learner {
                id: self.learner_id.clone(),
                name: self.name.clone(),
                language: String::new(),
            },
            mode: LaunchMode::Normal,
            globals: self.globals.clone(),
            seed: 7,
            waived: Vec::new(),
        };
        let kept = self.kept.get(package).map(Vec::as_slice);
        let session = Session::begin(Arc::clone(&ready.course), kept, begin);
        self.session = Some(session.map_err(|error| error.to_string())?);
        (self.fresh, self.unload) = (None, None);
        self.apply(&Event::Start { activity: None });
        Ok(())
    }

    fn view(&self) -> View {
        self.session.as_ref().map_or_else(
            || View {
                state: ViewState::Ended,
                current_activity: None,
                controls: Vec::new(),
                contents: Vec::new(),
            },
            Session::view,
        )
    }

    fn is_over(&self) -> bool {
        matches!(self.view().state, ViewState::Ended | ViewState::Suspended)
    }

    /// What was delivered since the last step.
    pub(crate) fn take_delivered(&mut self) -> Result<Delivered, String> {
        let state = self.view().state;
        self.fresh
            .take()
            .ok_or_else(|| format!("not delivered, the player is {state:?}"))
    }

    /// Applies an event; whether content left a request that is to be taken up.
    fn apply(&mut self, event: &Event) -> (String, bool) {
        let Some(session) = &mut self.session else {
            return (String::new(), false);
        };
        self.at_ms += 10;
        let outcome = session.apply(self.at_ms, event);
        let mut takes_up = false;
        for effect in outcome.effects {
            match effect {
                Effect::Deliver { path, suffix, .. } => {
                    self.fresh = Some(Delivered { path, suffix });
                    self.unload = None;
                }
                Effect::TakeUp => takes_up = true,
                _ => {}
            }
        }
        let answer = outcome.answer.map(|answer| answer.result);
        (answer.unwrap_or_default(), takes_up)
    }

    fn call(&mut self, method: &str, arguments: &[&str]) -> (String, bool) {
        self.apply(&Event::Call {
            method: method.to_owned(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
        })
    }

    fn get(&mut self, element: &str) -> String {
        self.call("GetValue", &[element]).0
    }

    /// The navigation as a step expects it, then the calls of its content.
    pub(crate) fn take(&mut self, step: &Step, deviations: &mut Vec<String>) {
        deviations.extend(step.ui.iter().filter_map(|look| self.look(look)));
        let mut takes_up = false;
        let mut terminated = false;
        for (number, call) in step.commands.iter().enumerate() {
            let (wrong, up) = self.answer(call);
            takes_up |= up;
            terminated |= call.method == "Terminate";
            deviations.extend(wrong.map(|wrong| format!("call {number}: {wrong}")));
        }
        if step.terminate == Terminate::AfterCommands && !terminated {
            let (answer, up) = self.call("Terminate", &[""]);
            takes_up |= up;
            if answer != "true" {
                deviations.push(format!("Terminate returned {answer:?}"));
            }
        }
        self.unload = Some((step.terminate, step.on_unload_request.clone()));
        if takes_up {
            self.clear_the_frame();
            self.apply(&Event::ContentNavigation);
        }
    }

    fn answer(&mut self, call: &Call) -> (Option<String>, bool) {
        if call.method == "CompareObjectiveIds" {
            return (self.objective_ids(&call.expect.ids), false);
        }
        let mut element = call.element.clone().unwrap_or_default();
        if let Some(lookup) = &call.lookup {
            let count: usize = self
                .get(&format!("{}._count", lookup.collection))
                .parse()
                .unwrap_or(0);
            let found = (0..count)
                .find(|at| self.get(&format!("{}.{at}.id", lookup.collection)) == lookup.id);
            let parts: Vec<&str> = element.split('&').collect();
            match (found, parts.as_slice()) {
                (Some(at), [before, _, after, ..]) => element = format!("{before}{at}{after}"),
                _ => return (Some(format!("no record with the id {}", lookup.id)), false),
            }
        }
        let parameter = call.param.clone().unwrap_or_default();
        let (value, takes_up) = match call.method.as_str() {
            "GetValue" => self.call("GetValue", &[&element]),
            "SetValue" => {
                let value = call.value.clone().unwrap_or_default();
                self.call("SetValue", &[&element, &value])
            }
            "GetLastError" => self.call("GetLastError", &[]),
            method => self.call(method, &[&parameter]),
        };
        let (error, _) = self.call("GetLastError", &[]);
        let wrong = judge(call, &Got { value, error }, &self.learner_id);
        (wrong, takes_up)
    }

    fn objective_ids(&mut self, expected: &[String]) -> Option<String> {
        let count: usize = self.get("cmi.objectives._count").parse().unwrap_or(0);
        let found: Vec<String> = (0..count)
            .map(|at| self.get(&format!("cmi.objectives.{at}.id")))
            .collect();
        let same = found.len() == expected.len() && found.iter().all(|id| expected.contains(id));
        (!same).then(|| format!("objectives {found:?}, expected {expected:?}"))
    }

    fn look(&self, look: &Look) -> Option<String> {
        let view = self.view();
        let offers = |request: &str| {
            let mut controls = view.controls.iter();
            controls.any(|one| one.request == request && one.visible && one.enabled)
        };
        let id = look
            .title
            .as_deref()
            .and_then(|title| self.ready[&self.package].identifier(title));
        let entry = view
            .contents
            .iter()
            .find(|entry| Some(&entry.id) == id.as_ref());
        let found = match look.check.as_str() {
            "continue.enabled" => offers("continue"),
            "previous.enabled" => offers("previous"),
            "continue.disabled" => !offers("continue"),
            "previous.disabled" => !offers("previous"),
            "toc.enabled" => view.contents.iter().any(|entry| entry.selectable),
            "toc.enabled.selectable" => entry.is_some_and(|entry| entry.selectable),
            "toc.visible" => entry.is_some(),
            unknown => return Some(format!("{unknown} is no check of the navigation")),
        };
        let found = if found { "Y" } else { "N" };
        (found != look.expected).then(|| {
            format!(
                "{} of {:?} is {found}, expected {}",
                look.check, look.title, look.expected
            )
        })
    }

    /// The learner does something. `next` is what the next step expects to be delivered.
    pub(crate) fn act(&mut self, action: &Action, next: Option<&str>) -> Checked {
        match action.op.as_str() {
            "continue" => self.press("continue", NavigationRequest::Continue),
            "previous" => self.press("previous", NavigationRequest::Previous),
            "exitAll" => self.press("exitAll", NavigationRequest::ExitAll),
            "suspendAll" => self.press("suspendAll", NavigationRequest::SuspendAll),
            "choice" => self.choose(action, next),
            "leave" => {
                self.leave_the_course();
                Ok(())
            }
            "relaunch" => self.launch(action.package.as_deref().unwrap_or_default()),
            "expectEnded" if self.is_over() => Ok(()),
            "expectNoContent" if self.view().state == ViewState::Waiting => Ok(()),
            op => Err(format!("{op}: the player is {:?}", self.view().state)),
        }
    }

    fn press(&mut self, control: &str, request: NavigationRequest) -> Checked {
        let view = self.view();
        let mut controls = view.controls.iter();
        if !controls.any(|one| one.request == control && one.visible && one.enabled) {
            return Err(format!("the control {control} is not offered"));
        }
        self.navigate(request);
        Ok(())
    }

    fn choose(&mut self, action: &Action, next: Option<&str>) -> Checked {
        if let (true, Some(delivered)) = (action.if_not_delivered, &self.fresh)
            && next.is_some_and(|act| acts(&delivered.suffix, &delivered.path) == Some(act))
        {
            return Ok(());
        }
        let ready = &self.ready[&self.package];
        let id = match (&action.title, action.root) {
            (Some(title), false) => ready.identifier(title),
            _ => Some(ready.package.organization().identifier.clone()),
        };
        let id = id.ok_or_else(|| format!("no activity {:?}", action.title))?;
        let view = self.view();
        match view.contents.iter().find(|entry| entry.id == id) {
            None => return Err(format!("{id} is not in the contents")),
            Some(entry) if !entry.selectable => return Err(format!("{id} cannot be chosen")),
            Some(_) => {}
        }
        self.fresh = None;
        self.navigate(NavigationRequest::Choice(id));
        Ok(())
    }

    /// Where neither control is offered the learner just closes the page.
    fn leave_the_course(&mut self) {
        if self.is_over() {
            return;
        }
        let exits = self.press("exitAll", NavigationRequest::ExitAll);
        let _closed = exits.or_else(|_| self.press("suspendAll", NavigationRequest::SuspendAll));
    }

    fn navigate(&mut self, request: NavigationRequest) {
        self.clear_the_frame();
        self.apply(&Event::Navigate { request });
    }

    /// The content is unloaded: its handlers may still call, then it is gone.
    fn clear_the_frame(&mut self) {
        if let Some((Terminate::OnUnload, request)) = self.unload.take() {
            if let Some(request) = request {
                self.call("SetValue", &["adl.nav.request", &request]);
            }
            self.call("Terminate", &[""]);
        }
        self.apply(&Event::ContentGone);
    }

    /// The session has ended, where the case says that it must have.
    pub(crate) fn must_be_over(&self) -> Checked {
        match self.is_over() {
            true => Ok(()),
            false => Err(format!(
                "the session should have ended, the player is {:?}",
                self.view().state
            )),
        }
    }
}

/// The number that content is told by its address, `act=…`.
pub(crate) fn acts<'a>(suffix: &'a str, path: &'a str) -> Option<&'a str> {
    [suffix, path].into_iter().find_map(|text| {
        let (_, rest) = text.split_once("act=")?;
        rest.split(['&', '#', '^']).next()
    })
}
