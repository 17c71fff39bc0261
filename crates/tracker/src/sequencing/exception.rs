//! The book's exception codes (SN, pseudo code of every process).

use crate::session::Language;

macro_rules! exceptions {
    ($($variant:ident $code:literal $text:literal $italian:literal)*) => {
        /// Why a process refused, by the code of the process that found it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
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

            /// What it says, without the code, in the log's English.
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// What it says, without the code, in the language of the page.
            pub(crate) fn words(self, language: Language) -> &'static str {
                match (language, self) {
                    (Language::English, exception) => exception.text(),
                    $((Language::Italian, Self::$variant) => $italian,)*
                }
            }
        }
    };
}

exceptions! {
    NavigationSessionAlreadyBegun "NB.2.1-1" "the sequencing session has already begun"
        "la sessione è già iniziata"
    NavigationSessionNotBegun "NB.2.1-2" "the sequencing session has not begun"
        "la sessione non è ancora iniziata"
    NavigationNothingSuspended "NB.2.1-3" "no activity is suspended"
        "nessuna attività è sospesa"
    NavigationFlowNotAllowed "NB.2.1-4" "the cluster's control modes do not allow flow"
        "il gruppo dell’attività non permette di andare avanti in sequenza"
    NavigationFlowBackwardNotAllowed "NB.2.1-5" "the cluster's control modes do not allow to flow backwards"
        "il gruppo dell’attività non permette di tornare indietro in sequenza"
    NavigationNothingBeforeTheRoot "NB.2.1-6" "no activity is previous to the root"
        "prima della radice non c’è nessuna attività"
    NavigationRequestNotSupported "NB.2.1-7" "the navigation request is not supported"
        "questa richiesta di navigazione non è prevista"
    NavigationChoiceExitNotAllowed "NB.2.1-8" "an active cluster does not allow to be left by choice"
        "un gruppo attivo non permette di uscirne con una scelta dall’indice"
    NavigationNothingToConsider "NB.2.1-9" "there are no activities to consider"
        "non ci sono attività da considerare"
    NavigationChoiceNotAllowed "NB.2.1-10" "the cluster's control modes do not allow choice"
        "il gruppo non permette la scelta dall’indice"
    NavigationTargetDoesNotExist "NB.2.1-11" "the target activity does not exist"
        "l’attività indicata non esiste"
    NavigationAlreadyTerminated "NB.2.1-12" "the current activity has already been terminated"
        "l’attività corrente è già terminata"
    NavigationRequestNotDefined "NB.2.1-13" "the navigation request is not defined"
        "la richiesta di navigazione non è definita"
    TerminationSessionNotBegun "TB.2.3-1" "the sequencing session has not begun"
        "la sessione non è ancora iniziata"
    TerminationAlreadyTerminated "TB.2.3-2" "the current activity has already been terminated"
        "l’attività corrente è già terminata"
    TerminationInactiveRootNotSuspended "TB.2.3-3" "an inactive root cannot be suspended"
        "una radice non attiva non si può sospendere"
    TerminationRootHasNoParent "TB.2.3-4" "the root has no parent to exit"
        "la radice non ha un gruppo superiore da cui uscire"
    TerminationNothingToSuspend "TB.2.3-5" "there is nothing to suspend"
        "non c’è nulla da sospendere"
    TerminationNothingToAbandon "TB.2.3-6" "there is nothing to abandon"
        "non c’è nulla da abbandonare"
    TerminationRequestNotDefined "TB.2.3-7" "the termination request is not defined"
        "la richiesta di terminazione non è definita"
    FlowTreeLastActivity "SB.2.1-1" "it is the last activity of the tree"
        "è l’ultima attività dell’albero"
    FlowTreeNoAvailableChildren "SB.2.1-2" "the cluster has no available children"
        "il gruppo non ha parti disponibili"
    FlowTreeNothingBeforeTheRoot "SB.2.1-3" "no activity is previous to the root"
        "prima della radice non c’è nessuna attività"
    FlowTreeForwardOnly "SB.2.1-4" "the cluster allows only to go forward"
        "il gruppo permette solo di andare avanti"
    FlowNotAllowed "SB.2.2-1" "the cluster's control modes do not allow flow"
        "il gruppo non permette di procedere in sequenza"
    FlowActivityNotAvailable "SB.2.2-2" "the activity is disabled or has used up its attempts"
        "l’attività è disabilitata o ha esaurito i tentativi"
    ChoiceTraversalStopped "SB.2.4-1" "an activity on the way stops forward traversal"
        "un’attività lungo il percorso ferma chi va avanti"
    ChoiceTraversalForwardOnly "SB.2.4-2" "the cluster allows only to go forward"
        "il gruppo permette solo di andare avanti"
    ChoiceTraversalNothingBeforeTheRoot "SB.2.4-3" "no activity is previous to the root"
        "prima della radice non c’è nessuna attività"
    StartSessionAlreadyBegun "SB.2.5-1" "the sequencing session has already begun"
        "la sessione è già iniziata"
    ResumeAllSessionAlreadyBegun "SB.2.6-1" "the sequencing session has already begun"
        "la sessione è già iniziata"
    ResumeAllNothingSuspended "SB.2.6-2" "no activity is suspended"
        "nessuna attività è sospesa"
    ContinueSessionNotBegun "SB.2.7-1" "the sequencing session has not begun"
        "la sessione non è ancora iniziata"
    ContinueFlowNotAllowed "SB.2.7-2" "the cluster's control modes do not allow flow"
        "il gruppo non permette di procedere in sequenza"
    PreviousSessionNotBegun "SB.2.8-1" "the sequencing session has not begun"
        "la sessione non è ancora iniziata"
    PreviousFlowNotAllowed "SB.2.8-2" "the cluster's control modes do not allow flow"
        "il gruppo non permette di procedere in sequenza"
    ChoiceWithoutTarget "SB.2.9-1" "the choice has no target"
        "la scelta non indica nessuna attività"
    ChoiceTargetNotAvailable "SB.2.9-2" "the target activity is not available"
        "l’attività scelta non è fra quelle disponibili"
    ChoiceTargetHidden "SB.2.9-3" "the target or a cluster it is in is hidden from choice"
        "l’attività scelta, o un gruppo di cui fa parte, è nascosta alla scelta"
    ChoiceNotAllowed "SB.2.9-4" "the target's cluster does not allow choice"
        "il gruppo dell’attività scelta non permette la scelta dall’indice"
    ChoiceNothingToConsider "SB.2.9-5" "the current activity is no longer among those available beside the target"
        "l’attività corrente non è più fra quelle disponibili accanto a quella scelta"
    ChoiceActivationPrevented "SB.2.9-6" "a cluster on the way must not be activated from outside"
        "in un gruppo lungo il percorso non si entra dall’esterno"
    ChoiceExitNotAllowed "SB.2.9-7" "a cluster on the way does not allow to be left by choice"
        "un gruppo lungo il percorso non permette di uscirne con una scelta"
    ChoiceConstrained "SB.2.9-8" "choice is constrained to what is next to the current activities"
        "la scelta è limitata a ciò che sta accanto alle attività correnti"
    ChoiceFlowNotPossible "SB.2.9-9" "the chosen cluster cannot be flowed into"
        "nel gruppo scelto non si può entrare in sequenza"
    RetrySessionNotBegun "SB.2.10-1" "the sequencing session has not begun"
        "la sessione non è ancora iniziata"
    RetryActiveOrSuspended "SB.2.10-2" "the current activity is active or suspended"
        "l’attività corrente è attiva o sospesa"
    RetryFlowNotPossible "SB.2.10-3" "the cluster to be retried cannot be flowed into"
        "nel gruppo da ripetere non si può entrare in sequenza"
    ExitSessionNotBegun "SB.2.11-1" "the sequencing session has not begun"
        "la sessione non è ancora iniziata"
    ExitNotTerminated "SB.2.11-2" "the current activity has not been terminated"
        "l’attività corrente non è terminata"
    SequencingRequestNotDefined "SB.2.12-1" "the sequencing request is not defined"
        "la richiesta di sequenza non è definita"
    JumpSessionNotBegun "SB.2.13-1" "the sequencing session has not begun"
        "la sessione non è ancora iniziata"
    DeliveryOfACluster "DB.1.1-1" "a cluster cannot be delivered"
        "un gruppo non ha un contenuto da aprire"
    DeliveryOfNothing "DB.1.1-2" "there is nothing to deliver"
        "non c’è nulla da aprire"
    DeliveryActivityNotAvailable "DB.1.1-3" "the activity or a cluster it is in is disabled or has used up its attempts"
        "l’attività, o un gruppo di cui fa parte, è disabilitata o ha esaurito i tentativi"
    ContentDeliveryStillActive "DB.2-1" "the current activity is still active"
        "l’attività corrente è ancora attiva"
}
