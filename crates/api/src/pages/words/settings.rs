//! The settings in Italian, for the administrators' page. In English they are described by `.env.example`; a test
//! beside that page finds those that have no words here.

/// The title of a group of settings.
pub(crate) fn title(english: &str) -> Option<&'static str> {
    find(TITLES, english)
}

/// What a setting means, by its name.
pub(crate) fn meaning(name: &str) -> Option<&'static str> {
    find(MEANINGS, name)
}

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| *known == key)
        .map(|(_, text)| *text)
}

#[rustfmt::skip]
const TITLES: &[(&str, &str)] = &[
    ("Where things are", "Dove si trovano le cose"),
    ("Database", "Database"),
    ("Archives", "Archivi"),
    ("Access", "Accesso"),
    ("cmi5", "cmi5"),
    ("Sign-in through an identity provider", "Accesso con un gestore di identità"),
    ("Who issues attestati", "Chi rilascia gli attestati"),
    ("Retention", "Conservazione"),
    ("The learning record store", "L’archivio delle dichiarazioni (LRS)"),
    ("Webhooks", "Webhook"),
    ("Logs", "Log"),
];

#[rustfmt::skip]
const MEANINGS: &[(&str, &str)] = &[
    ("PERCORSO_DATA_DIR", "Cartella di tutto ciò che è conservato: gli archivi e, senza DATABASE_URL, il Postgres privato. Avviato come root con una cartella in cui l’account di Postgres non può entrare, il Postgres privato sta in una cartella di /var/lib/percorso, che postgres.home e il registro di ogni avvio nominano: va nella copia di sicurezza anche quella."),
    ("PERCORSO_LISTEN", "Indirizzo e porta dell’applicazione: API, pagine, documentazione."),
    ("PERCORSO_PLAYER_LISTEN", "Indirizzo e porta dell’origine del player, che serve i contenuti di altri."),
    ("PERCORSO_PUBLIC_URL", "L’origine dell’applicazione come la vedono i browser. Con https i cookie sono Secure. Predefinita: questa macchina, alla porta di PERCORSO_LISTEN."),
    ("PERCORSO_PLAYER_URL", "L’origine del player come la vedono i browser. Dev’essere diversa da quella dell’applicazione: un altro nome, o almeno un’altra porta. Predefinita: 127.0.0.1, alla porta di PERCORSO_PLAYER_LISTEN."),
    ("PERCORSO_PROXIES", "Quanti reverse proxy stanno davanti al server, ognuno dei quali aggiunge a X-Forwarded-For l’indirizzo che vede. Gli accessi falliti si contano per indirizzo: con un proxy non contato qui, tutti hanno quello del proxy. Con 0 conta l’indirizzo della connessione."),
    ("PERCORSO_FRAME_ANCESTORS", "Chi può mettere il player in un riquadro, come elenco di origini CSP (per esempio https://lms.example), separate da spazi, solo lettere ASCII. Predefinita: l’origine dell’applicazione."),
    ("DATABASE_URL", "Un Postgres da usare, come URL (postgres://utente:password@host/database). Predefinito: nessuno; ne gira uno privato nella cartella dei dati."),
    ("PERCORSO_POOL_SIZE", "Connessioni tenute aperte verso il database, al massimo."),
    ("PERCORSO_POSTGRES_BIN", "Cartella dei programmi di Postgres per quello privato. Predefinita: si cerca nel path, con pg_config e nei luoghi abituali, altrimenti si scarica."),
    ("PERCORSO_BLOB_DIR", "Cartella degli archivi dei pacchetti. Predefinita: blobs nella cartella dei dati."),
    ("PERCORSO_BLOB_URL", "Un bucket compatibile con S3 in cui tenerli invece, come s3://bucket/prefisso; l’accesso si imposta con AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT e AWS_ALLOW_HTTP, o con le variabili di un ruolo; una variabile AWS_… non compresa ferma l’avvio. Il bucket lasci cadere in un giorno o due i caricamenti a pezzi mai finiti: li lascia un server interrotto di colpo."),
    ("PERCORSO_MAX_UPLOAD_BYTES", "Caricamento più grande, in byte. Predefinito: 4 GiB."),
    ("PERCORSO_MAX_ENTRIES", "Quanti file può avere un archivio, al massimo."),
    ("PERCORSO_MAX_UNPACKED_BYTES", "Somma più grande di tutti i file una volta estratti, in byte. Predefinita: 16 GiB."),
    ("PERCORSO_MAX_ENTRY_BYTES", "File più grande una volta estratto, in byte. Predefinito: 4 GiB."),
    ("PERCORSO_MAX_RATIO", "Quanti byte può dare un byte compresso, al massimo: in un file oltre i 16 MiB, e in tutto oltre i 64 MiB."),
    ("PERCORSO_MAX_DIRECTORY_BYTES", "Indice più grande di un archivio, in byte: si legge intero prima di tutto il resto. Predefinito: 64 MiB."),
    ("PERCORSO_CLIENT_ID", "Il primo client API, creato all’avvio con tutti i permessi quando ci sono entrambi i valori e non esiste ancora."),
    ("PERCORSO_CLIENT_SECRET", "Il segreto del primo client API, creato all’avvio con PERCORSO_CLIENT_ID."),
    ("PERCORSO_ADMIN_EMAIL", "L’indirizzo del primo amministratore: all’avvio lo si crea, o gli si ridanno questa password e questo ruolo."),
    ("PERCORSO_ADMIN_PASSWORD", "La password del primo amministratore, di almeno 12 caratteri. Un account disattivato resta tale."),
    ("PERCORSO_TOKEN_SECONDS", "Durata di un token d’accesso dell’API, in secondi (da 60 a 86400)."),
    ("PERCORSO_LAUNCH_LINK_SECONDS", "Per quanto si può aprire un collegamento di avvio, in secondi (da 1 a 86400)."),
    ("PERCORSO_PLAYER_TOKEN_SECONDS", "Durata del token di una pagina del player, in secondi (da 2 a 86400). La pagina lo rinnova mentre si lavora, e per un giorno dopo la scadenza."),
    ("PERCORSO_SIGN_IN_HOURS", "Per quanto un browser resta collegato, in ore (da 1 a 720)."),
    ("PERCORSO_KEY_DAYS", "Una chiave di firma si sostituisce dopo questi giorni; ciò che ha firmato vale fino alla scadenza."),
    ("PERCORSO_USER_PASSWORD", "Password della persona creata da percorso user add, perché non debba stare sulla riga di comando. Predefinita: se ne crea una e si mostra."),
    ("PERCORSO_CMI5_START_MINUTES", "Un’unità avviata deve cominciare (stato initialized) entro questi minuti (da 1 a 10080)."),
    ("PERCORSO_CMI5_IDLE_MINUTES", "La sessione di un’unità che tace per più di questi minuti è abbandonata (da 1 a 10080)."),
    ("PERCORSO_CMI5_ENTITLEMENT", "Chiave concordata con chi fornisce i contenuti: entitlementKey.alternate in LMS.LaunchData."),
    ("PERCORSO_OIDC_ISSUER", "Emittente di un gestore OpenID Connect, come nel suo documento di discovery. Predefinito: nessuno, si accede solo con la password. Il gestore deve conoscere gli indirizzi /login/oidc/callback e, dopo l’uscita, /login."),
    ("PERCORSO_OIDC_CLIENT_ID", "Con che nome ci conosce il gestore."),
    ("PERCORSO_OIDC_CLIENT_SECRET", "Il segreto che lo accompagna; nessuno per un client pubblico (PKCE si usa in ogni caso)."),
    ("PERCORSO_OIDC_NAME", "Nome del gestore sul pulsante della pagina di accesso. Predefinito: l’host dell’emittente."),
    ("PERCORSO_OIDC_SCOPES", "Che cosa si chiede, separato da spazi."),
    ("PERCORSO_OIDC_ROLE_CLAIM", "Claim i cui valori danno i ruoli: il suo nome, o un percorso con punti come realm_access.roles. Predefinito: nessuno, i ruoli si danno qui, in /admin/users."),
    ("PERCORSO_OIDC_ROLES", "Quale valore di quel claim dà quale ruolo, separati da virgole: valore=ruolo con i ruoli learner, author, coordinator e admin. Di più d’uno conta il maggiore, a ogni accesso."),
    ("PERCORSO_OIDC_DEFAULT_ROLE", "Ruolo di tutti gli altri che accedono così; con none non entra nessun altro."),
    ("PERCORSO_OIDC_BODY_CLAIM", "Claim con il codice dell’ente della persona."),
    ("PERCORSO_OIDC_TRUST_EMAIL", "Considera verificati gli indirizzi e-mail del gestore anche se non lo dice (email_verified): solo per un gestore in cui nessuno sceglie il proprio. true o false."),
    ("PERCORSO_ISSUER_NAME", "Nome dell’ente che rilascia attestati e badge: sta sul PDF, sulla pagina di verifica e nel badge. Predefinito: nessuno; il badge porta allora l’indirizzo dell’applicazione."),
    ("PERCORSO_ISSUER_TAX_CODE", "Il suo codice fiscale, o il codice nell’indice delle pubbliche amministrazioni (IPA)."),
    ("PERCORSO_ISSUER_URL", "Il suo sito, http o https."),
    ("PERCORSO_ISSUER_LOGO", "Il suo logo, negli stessi luoghi: il percorso di un file PNG di 1 MiB al massimo."),
    ("PERCORSO_KEEP_JOURNAL_MONTHS", "Mesi dopo la fine di una sessione in cui se ne conserva il diario (ogni passo registrato dai contenuti); tempi ed esiti restano. 0: per sempre."),
    ("PERCORSO_KEEP_PERSON_MONTHS", "Mesi senza attività dopo i quali una persona è cancellata, come dice docs/privacy.md. 0: mai."),
    ("PERCORSO_OWN_STATEMENTS", "Ciò che si fa nei contenuti SCORM e ai webinar si dichiara nell’archivio, come dice docs/lrs.md. true o false."),
    ("PERCORSO_WEBHOOK_PRIVATE", "I destinatari di webhook e dichiarazioni possono avere indirizzi privati e http semplice: per i programmi della propria rete. Chi li può creare fa allora chiamare a questo server tutto ciò che raggiunge. true o false."),
    ("PERCORSO_WEBHOOK_TRIES", "Tentativi di una consegna prima di rinunciare (da 1 a 100): 12 sono circa tre giorni."),
    ("PERCORSO_WEBHOOK_TIMEOUT_SECONDS", "Quanto può metterci un destinatario a rispondere, in secondi (da 1 a 120)."),
    ("PERCORSO_WEBHOOK_KEEP_DAYS", "Eventi e consegne si conservano per questi giorni, da guardare e ripetere (da 1 a 3650)."),
    ("PERCORSO_LOG", "Che cosa si scrive nei log, come direttive di tracing (per esempio info,percorso_api=debug)."),
    ("PERCORSO_LOG_FORMAT", "Forma dei log: text per le persone, json per un oggetto a riga."),
];
