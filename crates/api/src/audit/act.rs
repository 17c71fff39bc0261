//! The acts that are noted, each with its name, and what it reads like in the pages.

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    AccountCreated,
    AccountChanged,
    AccountDisabled,
    AccountEnabled,
    AccountPasswordLink,
    AccountPasswordChosen,
    AccountLinked,
    SignInFailed,
    ClientCreated,
    ClientChanged,
    ClientRotated,
    ClientRevoked,
    ClientRefused,
    KeysRotated,
    BodyPut,
    PackageUploaded,
    PackageCurrent,
    PackageArchived,
    PackageMigrated,
    PackageMigrationUndone,
    RegistrationMoved,
    RegistrationReset,
    RegistrationWaived,
    RegistrationDeleted,
    CoursePut,
    EventPut,
    Enrolled,
    EnrolmentRemoved,
    AttendanceNoted,
    AttendanceImported,
    CertificateIssued,
    CertificateRevoked,
    WebhookCreated,
    WebhookChanged,
    WebhookRotated,
    WebhookDisabled,
    WebhookDeleted,
    WebhookReplayed,
    SettingsChanged,
    LearnerExported,
    LearnerErased,
    RetentionApplied,
    ForwardCreated,
    ForwardChanged,
    ForwardDeleted,
    ForwardReplayed,
}

/// Act, name, Italian, English. The name's first part is the kind of thing it is done to.
const ACTS: &[(Act, &str, &str, &str)] = &[
    (
        Act::AccountCreated,
        "account.created",
        "Utente creato",
        "User created",
    ),
    (
        Act::AccountChanged,
        "account.changed",
        "Utente modificato",
        "User changed",
    ),
    (
        Act::AccountDisabled,
        "account.disabled",
        "Utente disattivato",
        "User disabled",
    ),
    (
        Act::AccountEnabled,
        "account.enabled",
        "Utente riattivato",
        "User enabled",
    ),
    (
        Act::AccountPasswordLink,
        "account.password_link",
        "Collegamento per la password creato",
        "Password link made",
    ),
    (
        Act::AccountPasswordChosen,
        "account.password_chosen",
        "Password scelta",
        "Password chosen",
    ),
    (
        Act::AccountLinked,
        "account.linked",
        "Utente collegato a un’identità esterna",
        "User linked to an outside identity",
    ),
    (
        Act::SignInFailed,
        "account.sign_in_failed",
        "Accesso fallito",
        "Sign-in failed",
    ),
    (
        Act::ClientCreated,
        "client.created",
        "Client API creato",
        "API client created",
    ),
    (
        Act::ClientChanged,
        "client.changed",
        "Client API modificato",
        "API client changed",
    ),
    (
        Act::ClientRotated,
        "client.rotated",
        "Segreto del client cambiato",
        "Client secret rotated",
    ),
    (
        Act::ClientRevoked,
        "client.revoked",
        "Client API revocato",
        "API client revoked",
    ),
    (
        Act::ClientRefused,
        "client.refused",
        "Client API respinto",
        "API client refused",
    ),
    (
        Act::KeysRotated,
        "keys.rotated",
        "Chiavi di firma cambiate",
        "Signing keys rotated",
    ),
    (Act::BodyPut, "body.put", "Ente salvato", "Body saved"),
    (
        Act::PackageUploaded,
        "package.uploaded",
        "Pacchetto caricato",
        "Package uploaded",
    ),
    (
        Act::PackageCurrent,
        "package.current",
        "Versione in uso scelta",
        "Version in use chosen",
    ),
    (
        Act::PackageArchived,
        "package.archived",
        "Pacchetto archiviato",
        "Package archived",
    ),
    (
        Act::PackageMigrated,
        "package.migrated",
        "Iscritti passati a un’altra versione",
        "Registrations moved to another version",
    ),
    (
        Act::PackageMigrationUndone,
        "package.migration_undone",
        "Passaggio di versione annullato",
        "Move to another version undone",
    ),
    (
        Act::RegistrationMoved,
        "registration.moved",
        "Iscrizione spostata di versione",
        "Registration moved to another version",
    ),
    (
        Act::RegistrationReset,
        "registration.reset",
        "Iscrizione azzerata",
        "Registration reset",
    ),
    (
        Act::RegistrationWaived,
        "registration.waived",
        "Attività dispensata",
        "Activity waived",
    ),
    (
        Act::RegistrationDeleted,
        "registration.deleted",
        "Iscrizione eliminata",
        "Registration deleted",
    ),
    (
        Act::CoursePut,
        "course.put",
        "Percorso salvato",
        "Path saved",
    ),
    (Act::EventPut, "event.put", "Evento salvato", "Event saved"),
    (
        Act::Enrolled,
        "enrolment.created",
        "Persona iscritta a un percorso",
        "Person enrolled in a path",
    ),
    (
        Act::EnrolmentRemoved,
        "enrolment.removed",
        "Iscrizione al percorso tolta",
        "Enrolment removed",
    ),
    (
        Act::AttendanceNoted,
        "event.attendance_noted",
        "Presenza registrata",
        "Attendance noted",
    ),
    (
        Act::AttendanceImported,
        "event.attendance_imported",
        "Elenco presenze caricato",
        "Attendance list read",
    ),
    (
        Act::CertificateIssued,
        "certificate.issued",
        "Attestato rilasciato",
        "Certificate issued",
    ),
    (
        Act::CertificateRevoked,
        "certificate.revoked",
        "Attestato revocato",
        "Certificate revoked",
    ),
    (
        Act::WebhookCreated,
        "webhook.created",
        "Webhook creato",
        "Webhook created",
    ),
    (
        Act::WebhookChanged,
        "webhook.changed",
        "Webhook modificato",
        "Webhook changed",
    ),
    (
        Act::WebhookRotated,
        "webhook.rotated",
        "Segreto del webhook cambiato",
        "Webhook secret rotated",
    ),
    (
        Act::WebhookDisabled,
        "webhook.disabled",
        "Webhook disattivato",
        "Webhook disabled",
    ),
    (
        Act::WebhookDeleted,
        "webhook.deleted",
        "Webhook eliminato",
        "Webhook deleted",
    ),
    (
        Act::WebhookReplayed,
        "webhook.replayed",
        "Consegne ripetute",
        "Deliveries replayed",
    ),
    (
        Act::SettingsChanged,
        "settings.changed",
        "Impostazioni modificate",
        "Settings changed",
    ),
    (
        Act::LearnerExported,
        "learner.exported",
        "Dati di una persona esportati",
        "A person’s data exported",
    ),
    (
        Act::LearnerErased,
        "learner.erased",
        "Dati di una persona cancellati",
        "A person’s data erased",
    ),
    (
        Act::RetentionApplied,
        "retention.applied",
        "Conservazione applicata",
        "Retention applied",
    ),
    (
        Act::ForwardCreated,
        "forward.created",
        "Inoltro delle dichiarazioni creato",
        "Forwarding of statements set up",
    ),
    (
        Act::ForwardChanged,
        "forward.changed",
        "Inoltro delle dichiarazioni modificato",
        "Forwarding of statements changed",
    ),
    (
        Act::ForwardDeleted,
        "forward.deleted",
        "Inoltro delle dichiarazioni eliminato",
        "Forwarding of statements removed",
    ),
    (
        Act::ForwardReplayed,
        "forward.replayed",
        "Dichiarazioni inoltrate di nuovo",
        "Statements forwarded again",
    ),
];

impl Act {
    fn row(self) -> &'static (Self, &'static str, &'static str, &'static str) {
        let row = ACTS.iter().find(|(act, ..)| *act == self);
        row.expect("every act has a row: a test walks them")
    }

    /// Its name, as stored and on the wire.
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    /// The kind of thing it is done to.
    pub(crate) fn subject_kind(self) -> &'static str {
        self.name().split('.').next().unwrap_or_default()
    }
}

/// Every act's name with its words in Italian and English, as filters list them.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ACTS.iter().map(|(_, name, it, en)| (*name, *it, *en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_one_row_in_the_order_of_the_list() {
        for (index, (act, name, ..)) in ACTS.iter().enumerate() {
            assert_eq!(*act as usize, index, "{name}");
            assert_eq!(act.name(), *name);
        }
        assert_eq!(ACTS.len(), Act::ForwardReplayed as usize + 1);
    }
}
