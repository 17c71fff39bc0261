//! The words of the pages, in Italian and English. The player has its own (`player/i18n.js`).

mod admin;
mod author;
mod clients;
mod coordinator;
pub(crate) mod findings;
mod forwards;
mod learner;
mod migrations;
pub(crate) mod settings;

/// A language of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Italian.
    #[default]
    Italian,
    /// English.
    English,
}

impl Language {
    /// The language of a BCP 47 tag, when it is one of ours.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        match tag.trim().get(..2)?.to_ascii_lowercase().as_str() {
            "it" => Some(Self::Italian),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The first of ours in an `Accept-Language` header.
    pub(crate) fn of_header(header: &str) -> Option<Self> {
        header.split(',').find_map(Self::of_tag)
    }

    /// Its BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Italian => "it",
            Self::English => "en",
        }
    }

    /// The text under `key`; the key itself when there is none.
    pub(crate) fn t(self, key: &str) -> &str {
        ALL.iter()
            .flat_map(|texts| texts.iter())
            .find(|(name, _, _)| *name == key)
            .map_or(key, |(_, italian, english)| self.pick(italian, english))
    }

    /// The one of two texts that is in it.
    pub(crate) fn pick<'a>(self, italian: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Italian => italian,
            Self::English => english,
        }
    }

    /// A count with its noun: `singular` and `plural` are keys.
    pub(crate) fn count(self, number: usize, singular: &str, plural: &str) -> String {
        format!(
            "{number} {}",
            self.t(if number == 1 { singular } else { plural })
        )
    }
}

/// Every table of words; a key stands in one of them.
const ALL: &[&[(&str, &str, &str)]] = &[
    TEXTS,
    author::TEXTS,
    coordinator::TEXTS,
    learner::TEXTS,
    admin::TEXTS,
    clients::TEXTS,
    forwards::TEXTS,
    migrations::TEXTS,
];

const TEXTS: &[(&str, &str, &str)] = &[
    (
        "tagline",
        "Formazione per la pubblica amministrazione",
        "Training for public administration",
    ),
    (
        "skip_main",
        "Vai al contenuto principale",
        "Skip to the main content",
    ),
    ("skip_footer", "Vai al piè di pagina", "Skip to the footer"),
    ("language", "Lingua", "Language"),
    ("sign_in", "Accedi", "Sign in"),
    ("sign_out", "Esci", "Sign out"),
    (
        "footer",
        "Percorso eroga corsi SCORM e cmi5. Il tuo lavoro si salva da solo.",
        "Percorso delivers SCORM and cmi5 courses. Your work saves itself.",
    ),
    ("api_docs", "Documentazione API", "API documentation"),
    ("email", "Indirizzo e-mail", "E-mail address"),
    ("password", "Password", "Password"),
    (
        "login_title",
        "Accedi ai tuoi corsi",
        "Sign in to your courses",
    ),
    (
        "login_lead",
        "Usa l’indirizzo e la password che hai ricevuto.",
        "Use the address and the password you were given.",
    ),
    (
        "login_failed",
        "Indirizzo o password non corretti. Controlla e riprova.",
        "Address or password not correct. Check them and try again.",
    ),
    (
        "login_busy",
        "Troppi tentativi. Aspetta un minuto e riprova.",
        "Too many attempts. Wait a minute and try again.",
    ),
    ("my_courses", "I miei corsi", "My courses"),
    (
        "my_courses_lead",
        "Apri un corso: si riparte sempre da dove eri.",
        "Open a course: you always go on from where you were.",
    ),
    (
        "no_courses",
        "Non ci sono ancora corsi",
        "There are no courses yet",
    ),
    (
        "no_courses_text",
        "Quando ne verrà pubblicato uno lo troverai qui.",
        "When one is published you will find it here.",
    ),
    ("start", "Inizia", "Start"),
    ("resume", "Riprendi", "Resume"),
    ("open_again", "Apri di nuovo", "Open again"),
    ("details", "Moduli e attività", "Modules and activities"),
    ("modules", "Moduli", "Modules"),
    ("module", "modulo", "module"),
    ("modules_n", "moduli", "modules"),
    ("activity", "attività", "activity"),
    ("activities_n", "attività", "activities"),
    ("of", "di", "of"),
    ("done_n", "completate", "completed"),
    ("not_attempted", "Da iniziare", "Not started"),
    ("unknown", "Da iniziare", "Not started"),
    ("incomplete", "In corso", "In progress"),
    ("completed", "Completato", "Completed"),
    ("passed", "Superato", "Passed"),
    ("failed", "Non superato", "Not passed"),
    ("waived", "Non richiesto", "Not required"),
    ("videolezione", "Videolezione", "Video lesson"),
    ("videopillola", "Videopillola", "Short video"),
    ("buona pratica", "Buona pratica", "Good practice"),
    ("why_incomplete", "Che cosa manca", "What is missing"),
    ("score", "Punteggio", "Score"),
    ("time", "Tempo", "Time"),
    ("back_to_courses", "Torna ai corsi", "Back to the courses"),
    ("packages", "Pacchetti pubblicati", "Published packages"),
    (
        "packages_lead",
        "I contenuti che si possono seguire, con la versione in uso.",
        "The content that can be taken, with the version in use.",
    ),
    ("preview", "Anteprima", "Preview"),
    (
        "verify_title",
        "Verifica di un attestato",
        "Verification of a certificate",
    ),
    (
        "certificate_good",
        "Questo attestato è stato rilasciato da noi ed è valido.",
        "This certificate was issued by us and is valid.",
    ),
    (
        "certificate_revoked",
        "Questo attestato è stato revocato.",
        "This certificate was taken back.",
    ),
    (
        "certificate_erased",
        "Questo attestato è stato rilasciato da noi; i dati della persona sono stati cancellati.",
        "This certificate was issued by us; the person’s data have been erased.",
    ),
    ("certificate_name", "Rilasciato a", "Issued to"),
    ("certificate_body", "Ente", "Body"),
    ("certificate_course", "Percorso", "Path"),
    ("certificate_hours", "Ore riconosciute", "Hours credited"),
    ("certificate_completed", "Completato il", "Completed on"),
    ("certificate_items", "Che cosa comprende", "What it covers"),
    ("certificate_issuer", "Rilasciato da", "Issued by"),
    (
        "certificate_tax_code",
        "Codice fiscale o IPA",
        "Tax or IPA code",
    ),
    ("certificate_issued", "Rilasciato il", "Issued on"),
    ("certificate_code", "Codice", "Code"),
    (
        "path_rule",
        "Il percorso è completo quando è fatto tutto ciò che è richiesto: un webinar conta se si è presenti per il tempo minimo previsto, un modulo se è completato e il suo test superato.",
        "The path is complete when all that is required is done: a webinar counts when attended for the least time set, a module when completed with its test passed.",
    ),
    (
        "badge_image",
        "Scarica il badge (SVG)",
        "Download the badge (SVG)",
    ),
    ("badge_file", "Open Badge (JWT)", "Open Badge (JWT)"),
    (
        "certificate_file",
        "Scarica l’attestato (PDF)",
        "Download the certificate (PDF)",
    ),
    (
        "no_packages",
        "Non c’è ancora nessun pacchetto",
        "There is no package yet",
    ),
    (
        "no_packages_text",
        "Si caricano da questa pagina, con «percorso import» o con l’API (POST /api/v1/packages).",
        "Upload one on this page, with “percorso import” or through the API (POST /api/v1/packages).",
    ),
    ("title", "Titolo", "Title"),
    ("standard", "Standard", "Standard"),
    ("version", "Versione", "Version"),
    ("size", "Dimensione", "Size"),
    ("findings", "Segnalazioni", "Findings"),
    ("published", "Pubblicato", "Published"),
    ("not_found", "Pagina non trovata", "Page not found"),
    (
        "not_found_text",
        "L’indirizzo non corrisponde a nessuna pagina. Forse è cambiato, o c’è un errore di battitura.",
        "No page has this address. It may have changed, or there is a typing error.",
    ),
    (
        "server_error",
        "Qualcosa non ha funzionato",
        "Something went wrong",
    ),
    (
        "server_error_text",
        "Il tuo lavoro salvato non si perde. Riprova tra poco.",
        "Your saved work is not lost. Try again in a moment.",
    ),
    (
        "forbidden",
        "Questa pagina non è per il tuo profilo",
        "This page is not for your role",
    ),
    (
        "forbidden_text",
        "Torna ai corsi, oppure accedi con un altro profilo.",
        "Go back to the courses, or sign in with another role.",
    ),
    ("upload_title", "Carica un pacchetto", "Upload a package"),
    (
        "upload_new_version",
        "Carica una nuova versione",
        "Upload a new version",
    ),
    ("upload_choose", "Scegli un file", "Choose a file"),
    (
        "upload_hint",
        "Un archivio zip SCORM o cmi5, oppure un cmi5.xml. Si può anche trascinare qui.",
        "A SCORM or cmi5 zip archive, or a cmi5.xml. You can also drop it here.",
    ),
    ("upload_send", "Carica", "Upload"),
    ("upload_pause", "Metti in pausa", "Pause"),
    (
        "upload_resume",
        "Riprendi il caricamento",
        "Resume the upload",
    ),
    ("upload_cancel", "Annulla", "Cancel"),
    (
        "upload_progress",
        "Avanzamento del caricamento",
        "Upload progress",
    ),
    ("upload_sending", "Caricamento in corso", "Uploading"),
    (
        "upload_paused",
        "Caricamento in pausa: il resto parte quando vuoi, anche dopo aver chiuso la pagina",
        "Upload paused: the rest goes whenever you like, even after closing the page",
    ),
    (
        "upload_waiting",
        "Connessione persa: si riprova da soli da dove si era",
        "Connection lost: trying again from where it stopped",
    ),
    (
        "upload_checking",
        "Ricevuto. Controllo del contenuto",
        "Received. Checking the content",
    ),
    (
        "upload_failed",
        "Il caricamento non è riuscito",
        "The upload failed",
    ),
    (
        "rejected_title",
        "Il pacchetto non si può pubblicare",
        "The package cannot be published",
    ),
    (
        "rejected_lead",
        "Nulla è stato pubblicato. Correggi gli errori qui sotto e carica di nuovo il file.",
        "Nothing was published. Mend the errors below and upload the file again.",
    ),
    (
        "no_findings",
        "Nessuna segnalazione: il pacchetto è in ordine.",
        "No findings: the package is in order.",
    ),
    ("severity_error", "Errori", "Errors"),
    ("severity_warning", "Avvisi", "Warnings"),
    ("severity_info", "Note", "Notes"),
    ("line", "riga", "line"),
    ("fix", "Come rimediare", "How to mend it"),
    ("requirement", "Requisito", "Requirement"),
    ("warnings_one", "avviso", "warning"),
    ("warnings_n", "avvisi", "warnings"),
    ("breadcrumb", "Percorso di navigazione", "Breadcrumb"),
    ("activities", "Attività", "Activities"),
    ("versions", "Versioni", "Versions"),
    ("in_use", "in uso", "in use"),
    ("not_started_n", "da iniziare", "not started"),
    ("under_way_n", "in corso", "under way"),
    ("completed_n", "completati", "completed"),
    ("registered", "Iscritti", "Registered"),
    (
        "compare_with",
        "Confronta con la versione in uso",
        "Compare with the version in use",
    ),
    ("compare", "Confronto fra versioni", "Versions compared"),
    (
        "compare_lead",
        "Che cosa cambia dalla versione {from} alla {to}",
        "What changes from version {from} to {to}",
    ),
    (
        "no_changes",
        "Nessuna differenza fra le attività.",
        "No difference between the activities.",
    ),
    ("change_added", "Aggiunta", "Added"),
    ("change_removed", "Tolta", "Removed"),
    ("change_changed", "Cambiata", "Changed"),
    ("change_moved", "Spostata", "Moved"),
    ("title_changed", "titolo", "title"),
    ("content_changed", "contenuto", "content"),
    (
        "sequencing_changed",
        "regole di sequenza",
        "sequencing rules",
    ),
    (
        "scoring_changed",
        "punteggio e soglie",
        "score and thresholds",
    ),
    ("metadata_changed", "metadati", "metadata"),
    ("other_changed", "altre impostazioni", "other settings"),
    ("files", "File", "Files"),
    (
        "finding_original",
        "Messaggio originale",
        "Original message",
    ),
    ("added", "aggiunto", "added"),
    ("removed", "tolto", "removed"),
    ("changed", "cambiato", "changed"),
    ("and_more_files", "e altri", "and more:"),
    (
        "no_files_changed",
        "Nessun file è cambiato.",
        "No file changed.",
    ),
    (
        "who_is_concerned",
        "Chi è su quella versione",
        "Who is on that version",
    ),
    (
        "they_stay",
        "Chi è già iscritto resta sulla propria versione e finisce il corso come l’ha iniziato, finché non lo si fa passare a un’altra. I nuovi iscritti ricevono la versione in uso.",
        "Who is registered stays on their version and ends the course as they began it, until they are moved to another. New registrations get the version in use.",
    ),
    (
        "make_current",
        "Rendi questa la versione in uso",
        "Make this the version in use",
    ),
    ("download", "Scarica", "Download"),
    ("archive", "Archivia", "Archive"),
    (
        "archive_text",
        "Il pacchetto non si potrà più assegnare. Chi lo segue già continua, e i progressi restano.",
        "The package can no longer be assigned. Who takes it goes on, and all progress stays.",
    ),
    ("archive_confirm", "Sì, archivia", "Yes, archive"),
    ("archived", "Archiviato", "Archived"),
    ("my_paths", "I miei percorsi", "My paths"),
    ("deadline", "Entro il", "By"),
    ("credited", "Ore riconosciute", "Hours credited"),
    ("steps_n", "passi", "steps"),
    ("next_step", "Prossimo passo", "Next step"),
    ("webinar", "Webinar", "Webinar"),
    ("path_module", "Modulo", "Module"),
    ("event_cancelled", "Annullato", "Cancelled"),
    ("event_over", "Già tenuto", "Over"),
    ("webinar_attended", "Presente", "Attended"),
    ("webinar_to_come", "In programma", "To come"),
    (
        "webinar_too_short",
        "Presenza insufficiente",
        "Attended for too short",
    ),
    ("speaker", "Con", "With"),
    ("all_courses", "Tutti i corsi", "All courses"),
    ("optional", "Facoltativo", "Optional"),
    ("join", "Partecipa", "Take part"),
    ("calendar", "Aggiungi al calendario", "Add to the calendar"),
    ("home", "Vai alla pagina iniziale", "Go to the home page"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_of_the_header_counts() {
        assert_eq!(
            Language::of_header("de-DE,en-GB;q=0.8,it;q=0.5"),
            Some(Language::English)
        );
        assert_eq!(Language::of_header("it-IT"), Some(Language::Italian));
        assert_eq!(Language::of_header("fr"), None);
    }

    #[test]
    fn no_key_stands_twice() {
        let mut keys = std::collections::HashSet::new();
        for (key, _, _) in ALL.iter().flat_map(|texts| texts.iter()) {
            assert!(keys.insert(key), "{key}");
        }
    }
}
