//! What somebody has reached in the items of a course, and in the course by that: the one place that says so,
//! for pages, the API and reports. What an item has reached stands in the view `enrolment_items`.

/// What was reached in one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Done: it counts.
    Done,
    /// Asked of nobody any more, and not done.
    Waived,
    /// Begun.
    Begun,
    /// Nothing yet.
    NotBegun,
}

impl Reached {
    /// As the view's column says it.
    pub(crate) fn of_column(text: &str) -> Self {
        match text {
            "done" => Self::Done,
            "waived" => Self::Waived,
            "begun" => Self::Begun,
            _ => Self::NotBegun,
        }
    }
}

/// Whether the course is complete without an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// It is not.
    Required,
    /// It may be.
    Optional,
}

impl Demand {
    /// As the column `required` says it.
    pub(crate) fn of_column(required: bool) -> Self {
        match required {
            true => Self::Required,
            false => Self::Optional,
        }
    }
}

/// The items of an enrolment, counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Required items, waived ones left out.
    pub(crate) needed: usize,
    /// Of them done.
    pub(crate) done: usize,
    begun: usize,
}

impl Tally {
    /// Counts these items.
    pub(crate) fn of(items: impl IntoIterator<Item = (Demand, Reached)>) -> Self {
        let mut tally = Self::default();
        for (demand, reached) in items {
            tally.add(demand, reached);
        }
        tally
    }

    /// Counts one more.
    pub(crate) fn add(&mut self, demand: Demand, reached: Reached) {
        if demand == Demand::Required && reached != Reached::Waived {
            self.needed += 1;
            self.done += usize::from(reached == Reached::Done);
        }
        self.begun += usize::from(matches!(reached, Reached::Done | Reached::Begun));
    }

    /// `completed` when something is needed and all of it done; `incomplete` when anything is begun;
    /// `not_attempted`.
    pub(crate) fn status(self) -> &'static str {
        match (self.needed > 0 && self.done == self.needed, self.begun) {
            (true, _) => "completed",
            (false, 1..) => "incomplete",
            (false, 0) => "not_attempted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand::*, Reached::*, *};

    #[test]
    fn a_course_is_complete_when_all_that_is_needed_is_done() {
        let check = |items: &[(Demand, Reached)], (status, done, needed)| {
            let tally = Tally::of(items.iter().copied());
            assert_eq!(
                (tally.status(), tally.done, tally.needed),
                (status, done, needed),
                "{items:?}"
            );
        };
        check(&[(Required, Done), (Required, Done)], ("completed", 2, 2));
        check(
            &[(Required, Done), (Optional, NotBegun)],
            ("completed", 1, 1),
        );
        check(&[(Required, Done), (Required, Begun)], ("incomplete", 1, 2));
        check(
            &[(Optional, Done), (Required, NotBegun)],
            ("incomplete", 0, 1),
        );
        check(&[(Required, NotBegun)], ("not_attempted", 0, 1));
    }

    #[test]
    fn what_is_called_off_asks_nothing_and_gives_nothing() {
        let status = |items: &[(Demand, Reached)]| Tally::of(items.iter().copied()).status();
        assert_eq!(status(&[(Required, Done), (Required, Waived)]), "completed");
        assert_eq!(
            status(&[(Required, NotBegun), (Required, Waived)]),
            "not_attempted"
        );
        assert_eq!(
            status(&[(Required, Waived), (Required, Waived)]),
            "not_attempted",
            "nothing was done"
        );
        assert_eq!(status(&[]), "not_attempted");
    }
}
