//! SR.1 and SR.2: which children of a cluster are available, and in which order.

use percorso_package::SelectionTiming;

use super::Sequencer;
use crate::activity_tree::ActivityIdx;

impl Sequencer<'_> {
    /// Applies selection and randomization to the whole tree before its first activity is sought.
    pub(super) fn prepare_tree(&mut self) {
        if self.state.prepared {
            return;
        }
        self.state.prepared = true;
        for idx in self.tree.indices() {
            self.select_children(idx, SelectionTiming::Never);
            self.randomize_children(idx, SelectionTiming::Never);
        }
    }

    /// A cluster's attempt has ended: the next one finds its children selected and ordered anew.
    pub(super) fn prepare_for_new_attempt(&mut self, idx: ActivityIdx) {
        self.select_children(idx, SelectionTiming::Once);
        self.randomize_children(idx, SelectionTiming::Once);
    }

    /// SR.1 Select Children Process, unless the timing is `too_seldom`.
    fn select_children(&mut self, idx: ActivityIdx, too_seldom: SelectionTiming) {
        let definition = self.definition(idx);
        let tracking = self.state.of(idx);
        // 1: a leaf has no children; 2: an attempt is under way
        let children = &self.tree.activity(idx).children;
        if children.is_empty() || tracking.suspended || tracking.active {
            return;
        }
        // 3–5: timing
        let timing = definition.selection_timing;
        if timing == SelectionTiming::Never || timing == too_seldom {
            return;
        }
        let Some(count) = definition
            .select_count
            .filter(|count| *count < children.len())
        else {
            return;
        };
        let mut drawn = children.clone();
        self.shuffle(&mut drawn);
        drawn.truncate(count);
        drawn.sort_unstable();
        self.state.of_mut(idx).available = Some(drawn);
    }

    /// SR.2 Randomize Children Process, unless the timing is `too_seldom`.
    fn randomize_children(&mut self, idx: ActivityIdx, too_seldom: SelectionTiming) {
        let definition = self.definition(idx);
        let tracking = self.state.of(idx);
        // 1–2
        let children = &self.tree.activity(idx).children;
        if children.is_empty() || tracking.suspended || tracking.active {
            return;
        }
        // 3–5
        let timing = definition.randomization_timing;
        if timing == SelectionTiming::Never || timing == too_seldom || !definition.reorder_children
        {
            return;
        }
        let mut order = tracking
            .available
            .clone()
            .unwrap_or_else(|| children.clone());
        self.shuffle(&mut order);
        self.state.of_mut(idx).available = Some(order);
    }

    /// Fisher and Yates, from the end.
    fn shuffle(&mut self, list: &mut [ActivityIdx]) {
        for last in (1..list.len()).rev() {
            let drawn = self.random() % (last as u64 + 1);
            list.swap(
                last,
                usize::try_from(drawn).expect("not above an index of the list"),
            );
        }
    }

    /// SplitMix64: small, and the same everywhere.
    fn random(&mut self) -> u64 {
        self.state.random = self.state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
