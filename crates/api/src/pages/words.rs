//! The words of the pages, in Italian and English. The player has its own (`player/i18n.js`).

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
        TEXTS
            .iter()
            .find(|(name, _, _)| *name == key)
            .map_or(key, |(_, italian, english)| match self {
                Self::Italian => italian,
                Self::English => english,
            })
    }

    /// A count with its noun: `singular` and `plural` are keys.
    pub(crate) fn count(self, number: usize, singular: &str, plural: &str) -> String {
        format!(
            "{number} {}",
            self.t(if number == 1 { singular } else { plural })
        )
    }
}

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
        "no_packages",
        "Non c’è ancora nessun pacchetto",
        "There is no package yet",
    ),
    (
        "no_packages_text",
        "Si importano con «percorso import» o con l’API (POST /api/v1/packages).",
        "Import one with “percorso import” or through the API (POST /api/v1/packages).",
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
        for (index, (key, _, _)) in TEXTS.iter().enumerate() {
            assert!(
                TEXTS[..index].iter().all(|(earlier, _, _)| earlier != key),
                "{key}"
            );
        }
    }
}
