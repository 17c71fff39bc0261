//! The words of the pages about other record stores.

pub(super) const TEXTS: &[(&str, &str, &str)] = &[
    ("admin_forwards", "Inoltro xAPI", "xAPI forwarding"),
    (
        "forwards_lead",
        "Altri archivi (LRS) che ricevono le dichiarazioni, nell’ordine in cui sono state registrate.",
        "Other record stores (LRS) that get the statements, in the order of storing.",
    ),
    ("forward_new", "Nuovo inoltro", "New forwarding"),
    (
        "forward_paused",
        "In pausa: le dichiarazioni aspettano",
        "Paused: statements wait",
    ),
    (
        "forward_failing",
        "Non riceve: si riprova",
        "Not receiving: tried again",
    ),
    (
        "forward_failing_text",
        "L’ultimo invio non è riuscito. Nulla è perso: si riprova da soli, sempre più di rado.",
        "The last request failed. Nothing is lost: it is tried again by itself, less and less often.",
    ),
    ("forward_arrived_n", "arrivate", "arrived"),
    ("forward_refused_n", "rifiutate", "refused"),
    ("forward_url", "Indirizzo xAPI (endpoint)", "xAPI endpoint"),
    (
        "forward_url_hint",
        "Comincia con https:// e non comprende /statements.",
        "It begins with https:// and does not include /statements.",
    ),
    ("forward_version", "Versione di xAPI", "Version of xAPI"),
    (
        "forward_username",
        "Nome utente o chiave",
        "User name or key",
    ),
    (
        "forward_password_hint",
        "Lascia vuoto per tenere quella che c’è.",
        "Leave it empty to keep the one there is.",
    ),
    ("forward_origin", "Quali dichiarazioni", "Which statements"),
    ("forward_verbs", "Solo questi verbi", "These verbs only"),
    (
        "forward_verbs_hint",
        "Un IRI per riga; vuoto vuol dire tutti.",
        "One IRI a line; empty means all.",
    ),
    (
        "forward_activities",
        "Solo queste attività",
        "These activities only",
    ),
    (
        "forward_activities_hint",
        "L’inizio dell’IRI, uno per riga: vale anche per le parti di un corso. Vuoto vuol dire tutte.",
        "The beginning of the IRI, one a line: it holds for the parts of a course too. Empty means all.",
    ),
    ("forward_since", "A partire dal", "From"),
    (
        "forward_since_hint",
        "Comprende quelle già registrate da quel giorno; vuoto vuol dire solo le prossime.",
        "Includes those stored since that day; empty means only those to come.",
    ),
    (
        "forward_enabled",
        "Attivo (in pausa le dichiarazioni aspettano)",
        "Enabled (while paused, statements wait)",
    ),
    (
        "forward_wrong",
        "Così non si può salvare:",
        "It cannot be saved like this:",
    ),
    ("forward_refused", "Rifiutate", "Refused"),
    (
        "forward_refused_none",
        "Nessuna dichiarazione è stata rifiutata.",
        "No statement was refused.",
    ),
    (
        "forward_refused_text",
        "L’altro archivio non le accetta così come sono. Corretta la causa, si possono rimandare.",
        "The other store does not accept them as they are. Once the cause is mended they can be sent again.",
    ),
    (
        "forward_retry",
        "Rimanda le rifiutate",
        "Send the refused again",
    ),
    ("forward_replay", "Inviare di nuovo", "Sending again"),
    (
        "forward_replay_text",
        "Rimanda tutto quel che è stato registrato da un giorno in poi. Ciò che l’altro archivio ha già resta una volta sola.",
        "Sends everything stored since a day again. What the other store has already stays there once.",
    ),
    (
        "forward_delete_text",
        "Non si inoltra più nulla a questo archivio; quel che aspettava non parte. Le dichiarazioni restano qui.",
        "Nothing more is forwarded to this store; what waited is not sent. The statements stay here.",
    ),
    (
        "health_forward_waiting",
        "Dichiarazioni da inoltrare",
        "Statements to forward",
    ),
    (
        "health_forward_refused",
        "Dichiarazioni rifiutate",
        "Statements refused",
    ),
    (
        "health_forward_failing",
        "Archivi che non ricevono",
        "Stores that do not receive",
    ),
];
