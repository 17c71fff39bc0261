//! The words of the page of API clients, and of what scopes allow.

pub(super) const TEXTS: &[(&str, &str, &str)] = &[
    (
        "admin_clients_lead",
        "Programmi che usano l’API con le proprie credenziali.",
        "Programs that use the API with credentials of their own.",
    ),
    ("admin_client_new", "Nuovo client", "New client"),
    (
        "admin_client_id",
        "Identificativo (client_id)",
        "Identifier (client_id)",
    ),
    (
        "admin_client_id_hint",
        "Da 3 a 64 lettere senza accenti, cifre, punti e trattini; non cambia più.",
        "3 to 64 plain letters, digits, dots and dashes; it does not change.",
    ),
    ("admin_scopes", "Che cosa può fare", "What it may do"),
    (
        "scope_packages_write",
        "caricare e archiviare pacchetti",
        "upload and archive packages",
    ),
    ("scope_packages_read", "vedere i pacchetti", "see packages"),
    (
        "scope_registrations_write",
        "iscrivere, avviare, azzerare",
        "register, launch, reset",
    ),
    (
        "scope_registrations_read",
        "vedere iscrizioni e progressi",
        "see registrations and progress",
    ),
    ("scope_reports_read", "vedere i resoconti", "see reports"),
    (
        "scope_xapi_write",
        "scrivere dichiarazioni e documenti xAPI, definire le attività",
        "write xAPI statements and documents, define activities",
    ),
    (
        "scope_xapi_read",
        "leggere tutte le dichiarazioni e i documenti xAPI",
        "read all xAPI statements and documents",
    ),
    (
        "scope_xapi_read_mine",
        "leggere le proprie dichiarazioni xAPI",
        "read its own xAPI statements",
    ),
    (
        "scope_statements_write",
        "xAPI: scrivere dichiarazioni",
        "xAPI: write statements",
    ),
    (
        "scope_statements_read",
        "xAPI: leggere tutte le dichiarazioni",
        "xAPI: read all statements",
    ),
    (
        "scope_statements_read_mine",
        "xAPI: leggere le proprie dichiarazioni",
        "xAPI: read its own statements",
    ),
    (
        "scope_state",
        "xAPI: leggere e scrivere i documenti di stato",
        "xAPI: read and write state documents",
    ),
    (
        "scope_define",
        "xAPI: definire le attività con ciò che le dichiarazioni ne dicono",
        "xAPI: define activities by what statements say of them",
    ),
    (
        "scope_profile",
        "xAPI: leggere e scrivere i profili di attività e persone",
        "xAPI: read and write profiles of activities and people",
    ),
    (
        "scope_all_read",
        "xAPI: leggere tutto",
        "xAPI: read everything",
    ),
    (
        "scope_all",
        "xAPI: leggere e scrivere tutto",
        "xAPI: read and write everything",
    ),
    (
        "scope_webhooks_write",
        "gestire i webhook",
        "manage webhooks",
    ),
    ("scope_admin", "tutto", "everything"),
    ("admin_revoked", "Revocato", "Revoked"),
    (
        "admin_old_secret_until",
        "il segreto di prima vale fino al",
        "the secret before is good until",
    ),
    ("admin_rotate", "Cambia il segreto", "Rotate the secret"),
    (
        "admin_rotate_text",
        "Il client riceve un segreto nuovo, mostrato una volta sola. Quello di prima vale ancora per le ore che scegli, così il programma non si ferma.",
        "The client gets a new secret, shown once. The one before is good for as many hours as you choose, so that the program goes on.",
    ),
    (
        "admin_overlap",
        "Ore in cui valgono entrambi",
        "Hours in which both are good",
    ),
    ("admin_revoke", "Revoca il client", "Revoke the client"),
    (
        "admin_revoke_text",
        "Entro mezzo minuto ogni sua richiesta è respinta. Cambiandogli il segreto torna in uso.",
        "Within half a minute all its requests are refused. Rotating its secret takes it back into use.",
    ),
    (
        "admin_client_made",
        "Credenziali del client",
        "The client’s credentials",
    ),
    (
        "admin_secret_show",
        "Il segreto si vede solo adesso: copialo dove il programma lo può leggere.",
        "The secret is shown only now: copy it to where the program can read it.",
    ),
    ("admin_secret", "Segreto", "Secret"),
    ("admin_secret_kept", "L’ho copiato", "I have copied it"),
    (
        "admin_client_wrong",
        "Servono un identificativo libero, un nome e almeno un permesso.",
        "A free identifier, a name and at least one right are needed.",
    ),
];
