//! The book's exception codes (SN, pseudo code of every process).

use serde::{Deserialize, Serialize};

macro_rules! exceptions {
    ($($variant:ident $code:literal $text:literal)*) => {
        /// Why a process refused, by the code of the process that found it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
        pub enum SequencingException {
            $(#[doc = concat!($code, ": ", $text, ".")]
              #[error("{}: {}", $code, $text)]
              $variant,)*
        }

        impl SequencingException {
            /// Every exception.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code alone, e.g. `SB.2.9-3`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// What it says, without the code.
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
    };
}

exceptions! {
    Nb1 "NB.2.1-1" "the sequencing session has already begun"
    Nb2 "NB.2.1-2" "the sequencing session has not begun"
    Nb3 "NB.2.1-3" "no activity is suspended"
    Nb4 "NB.2.1-4" "the cluster's control modes do not allow flow"
    Nb5 "NB.2.1-5" "the cluster's control modes do not allow to flow backwards"
    Nb6 "NB.2.1-6" "no activity is previous to the root"
    Nb7 "NB.2.1-7" "the navigation request is not supported"
    Nb8 "NB.2.1-8" "an active cluster does not allow to be left by choice"
    Nb9 "NB.2.1-9" "there are no activities to consider"
    Nb10 "NB.2.1-10" "the cluster's control modes do not allow choice"
    Nb11 "NB.2.1-11" "the target activity does not exist"
    Nb12 "NB.2.1-12" "the current activity has already been terminated"
    Nb13 "NB.2.1-13" "the navigation request is not defined"
    Tb1 "TB.2.3-1" "the sequencing session has not begun"
    Tb2 "TB.2.3-2" "the current activity has already been terminated"
    Tb3 "TB.2.3-3" "an inactive root cannot be suspended"
    Tb4 "TB.2.3-4" "the root has no parent to exit"
    Tb5 "TB.2.3-5" "there is nothing to suspend"
    Tb6 "TB.2.3-6" "there is nothing to abandon"
    Tb7 "TB.2.3-7" "the termination request is not defined"
    Sb21x1 "SB.2.1-1" "it is the last activity of the tree"
    Sb21x2 "SB.2.1-2" "the cluster has no available children"
    Sb21x3 "SB.2.1-3" "no activity is previous to the root"
    Sb21x4 "SB.2.1-4" "the cluster allows only to go forward"
    Sb22x1 "SB.2.2-1" "the cluster's control modes do not allow flow"
    Sb22x2 "SB.2.2-2" "the activity is disabled or has used up its attempts"
    Sb24x1 "SB.2.4-1" "an activity on the way stops forward traversal"
    Sb24x2 "SB.2.4-2" "the cluster allows only to go forward"
    Sb24x3 "SB.2.4-3" "no activity is previous to the root"
    Sb25x1 "SB.2.5-1" "the sequencing session has already begun"
    Sb26x1 "SB.2.6-1" "the sequencing session has already begun"
    Sb26x2 "SB.2.6-2" "no activity is suspended"
    Sb27x1 "SB.2.7-1" "the sequencing session has not begun"
    Sb27x2 "SB.2.7-2" "the cluster's control modes do not allow flow"
    Sb28x1 "SB.2.8-1" "the sequencing session has not begun"
    Sb28x2 "SB.2.8-2" "the cluster's control modes do not allow flow"
    Sb29x1 "SB.2.9-1" "the choice has no target"
    Sb29x2 "SB.2.9-2" "the target activity is not available"
    Sb29x3 "SB.2.9-3" "the target or a cluster it is in is hidden from choice"
    Sb29x4 "SB.2.9-4" "the target's cluster does not allow choice"
    Sb29x5 "SB.2.9-5" "there are no activities to consider"
    Sb29x6 "SB.2.9-6" "a cluster on the way must not be activated from outside"
    Sb29x7 "SB.2.9-7" "a cluster on the way does not allow to be left by choice"
    Sb29x8 "SB.2.9-8" "choice is constrained to what is next to the current activities"
    Sb29x9 "SB.2.9-9" "the chosen cluster cannot be flowed into"
    Sb210x1 "SB.2.10-1" "the sequencing session has not begun"
    Sb210x2 "SB.2.10-2" "the current activity is active or suspended"
    Sb210x3 "SB.2.10-3" "the cluster to be retried cannot be flowed into"
    Sb211x1 "SB.2.11-1" "the sequencing session has not begun"
    Sb211x2 "SB.2.11-2" "the current activity has not been terminated"
    Sb212x1 "SB.2.12-1" "the sequencing request is not defined"
    Sb213x1 "SB.2.13-1" "the sequencing session has not begun"
    Db11x1 "DB.1.1-1" "a cluster cannot be delivered"
    Db11x2 "DB.1.1-2" "there is nothing to deliver"
    Db11x3 "DB.1.1-3" "the activity or a cluster it is in is disabled or has used up its attempts"
    Db2x1 "DB.2-1" "the current activity is still active"
}
