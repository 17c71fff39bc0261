//! What reading a package found, in Italian: for each code what it means and how to mend it. The message
//! of the case at hand is English, as the API gives it; what it quotes is taken out of it and shown
//! beside the Italian words.

use percorso_package::Code;

/// Code, what is wrong, what to do.
const FINDINGS: &[(Code, &str, &str)] = &[
    (
        Code::NotAZip,
        "Il file non è un archivio zip.",
        "Carica il file .zip esportato dallo strumento d’autore.",
    ),
    (
        Code::ArchiveTruncated,
        "L’archivio finisce prima del dovuto.",
        "Copia o esporta di nuovo il file: si è interrotto durante il trasferimento.",
    ),
    (
        Code::ArchiveDamaged,
        "L’indice dell’archivio o l’intestazione di un file si contraddicono.",
        "Comprimi di nuovo la cartella con un programma zip aggiornato.",
    ),
    (
        Code::EntryEncrypted,
        "Un file dell’archivio è cifrato.",
        "Comprimi di nuovo la cartella senza password.",
    ),
    (
        Code::PathTraversal,
        "Il nome di un file esce dall’archivio.",
        "Comprimi dall’interno della cartella del corso, così nessun nome contiene `..`.",
    ),
    (
        Code::PathAbsolute,
        "Il nome di un file parte dalla radice del disco.",
        "Comprimi con nomi relativi.",
    ),
    (
        Code::EntryNameInvalid,
        "Il nome di un file è vuoto o contiene caratteri di controllo.",
        "Rinomina il file usando lettere, cifre, `-` e `_`.",
    ),
    (
        Code::Symlink,
        "Un file dell’archivio è un collegamento simbolico.",
        "Metti nel pacchetto il file stesso al posto del collegamento.",
    ),
    (
        Code::EntryDuplicate,
        "Due file dell’archivio hanno lo stesso nome.",
        "Tieni uno dei due file e comprimi di nuovo.",
    ),
    (
        Code::EntriesOverlap,
        "Due file occupano gli stessi byte dell’archivio.",
        "Comprimi di nuovo la cartella con un programma zip aggiornato.",
    ),
    (
        Code::TooManyEntries,
        "I file sono più di quanti il limite consenta.",
        "Dividi il corso, togli i file che non usa oppure alza il limite.",
    ),
    (
        Code::DirectoryTooLarge,
        "L’indice dell’archivio supera il limite di dimensione.",
        "Comprimi di nuovo la cartella con un programma zip aggiornato, senza commenti sui file, oppure alza il limite.",
    ),
    (
        Code::ArchiveTooLarge,
        "I file insieme superano il limite di dimensione.",
        "Togli o comprimi i file multimediali più grandi oppure alza il limite.",
    ),
    (
        Code::EntryTooLarge,
        "Un file supera il limite di dimensione.",
        "Comprimi o dividi il file oppure alza il limite.",
    ),
    (
        Code::CompressionRatio,
        "Un file, o l’archivio nel suo insieme, cresce in modo sospetto quando viene decompresso.",
        "Metti senza compressione ciò che si comprime tanto oppure alza il limite.",
    ),
    (
        Code::MethodUnsupported,
        "Un file è compresso con un metodo diverso da Deflate.",
        "Comprimi con il metodo Deflate.",
    ),
    (
        Code::CrcMismatch,
        "Il contenuto di un file non corrisponde al suo codice di controllo.",
        "Copia o esporta di nuovo il file: si è danneggiato durante il trasferimento.",
    ),
    (
        Code::SizeMismatch,
        "La dimensione di un file, compresso o no, non è quella scritta nell’indice dell’archivio.",
        "Comprimi di nuovo la cartella con un programma zip aggiornato.",
    ),
    (
        Code::EntryUnreadable,
        "Un file non si può leggere o decomprimere.",
        "Copia o esporta di nuovo il file: si è danneggiato durante il trasferimento.",
    ),
    (
        Code::NameBackslash,
        "Il nome di un file usa la barra rovesciata.",
        "Comprimi con un programma che separa le cartelle con `/`.",
    ),
    (
        Code::NameEncoding,
        "Il nome di un file non è ASCII e non dichiara di essere UTF-8.",
        "Comprimi con un programma che segna i nomi come UTF-8 oppure usa solo nomi ASCII.",
    ),
    (
        Code::NameDecomposed,
        "Il nome di un file ha gli accenti scomposti.",
        "Non si perde nulla; altri sistemi vogliono i nomi in forma composta (NFC) o in ASCII.",
    ),
    (
        Code::NameCaseCollision,
        "Due nomi si distinguono solo per le maiuscole.",
        "Rinomina uno dei due: su Windows e macOS sono lo stesso file.",
    ),
    (
        Code::JunkFiles,
        "L’archivio contiene file lasciati dal sistema operativo.",
        "Togli dall’archivio `__MACOSX`, `.DS_Store` e `Thumbs.db`.",
    ),
    (
        Code::ManifestMissing,
        "Non c’è né un manifesto né una struttura di corso.",
        "Metti imsmanifest.xml (SCORM) o cmi5.xml (cmi5) nella radice dell’archivio.",
    ),
    (
        Code::ManifestNested,
        "Il manifesto è dentro una cartella dell’archivio.",
        "Comprimi il contenuto della cartella, non la cartella.",
    ),
    (
        Code::ManifestName,
        "Il nome del manifesto non è scritto in minuscolo.",
        "Rinomina il file in imsmanifest.xml.",
    ),
    (
        Code::ManifestAmbiguous,
        "Più cartelle contengono un manifesto.",
        "Carica un archivio per ogni corso.",
    ),
    (
        Code::ManifestTooLarge,
        "Il manifesto, o ciò che descrive, supera il limite di dimensione.",
        "Dividi il corso oppure alza il limite.",
    ),
    (
        Code::XmlEncoding,
        "Il file non è scritto in UTF-8 semplice.",
        "Salva il file in UTF-8 senza BOM.",
    ),
    (
        Code::XmlMalformed,
        "Il file non è XML ben formato.",
        "Correggi l’XML in questo punto; il browser mostra l’errore quando apre il file.",
    ),
    (
        Code::XmlAmpersand,
        "Una `&` è scritta da sola.",
        "Scrivi `&amp;` al posto di `&`.",
    ),
    (
        Code::XmlEntityUndeclared,
        "È usata un’entità HTML che XML non conosce.",
        "Scrivi il carattere stesso al posto dell’entità.",
    ),
    (
        Code::XmlPrefixUndeclared,
        "Un prefisso di namespace non è dichiarato.",
        "Dichiara il prefisso con xmlns nell’elemento manifest.",
    ),
    (
        Code::XmlControlCharacter,
        "C’è un carattere di controllo che XML vieta.",
        "Togli il carattere.",
    ),
    (
        Code::XmlLeadingSpace,
        "C’è qualcosa prima della dichiarazione XML.",
        "Fai iniziare il file con `<?xml`.",
    ),
    (
        Code::XmlDoctype,
        "Il manifesto ha una dichiarazione DOCTYPE.",
        "Togli il DOCTYPE: i manifesti SCORM non ne hanno.",
    ),
    (
        Code::XmlExternalEntity,
        "Il manifesto chiede un’entità esterna.",
        "Togli il DOCTYPE e scrivi direttamente il testo.",
    ),
    (
        Code::XmlEntityBomb,
        "Le entità del manifesto si espandono a dismisura.",
        "Togli il DOCTYPE e scrivi direttamente il testo.",
    ),
    (
        Code::NestingTooDeep,
        "Gli elementi sono annidati più del consentito.",
        "Semplifica la struttura del corso oppure alza il limite.",
    ),
    (
        Code::NotAManifest,
        "L’elemento radice del file non è `manifest`.",
        "Esporta di nuovo il corso come SCORM 1.2 o SCORM 2004.",
    ),
    (
        Code::SchemaversionMissing,
        "Il manifesto non dice quale versione di SCORM segue.",
        "Aggiungi metadata/schemaversion: `1.2`, `CAM 1.3`, `2004 3rd Edition` o `2004 4th Edition`.",
    ),
    (
        Code::SchemaversionUnknown,
        "La versione scritta non è una di quelle di SCORM.",
        "Scrivi `1.2`, `CAM 1.3`, `2004 3rd Edition` o `2004 4th Edition`.",
    ),
    (
        Code::SchemaversionContradiction,
        "La versione scritta e i namespace indicano standard diversi.",
        "Fai indicare a schemaversion e ai namespace la stessa versione.",
    ),
    (
        Code::SchemaFilesMissing,
        "I file di controllo (.xsd) citati dal manifesto non sono nel pacchetto.",
        "Aggiungi i file XSD nella radice dell’archivio; per l’erogazione non servono.",
    ),
    (
        Code::IdentifierMissing,
        "Un elemento non ha identificativo.",
        "Dai all’elemento un identificativo suo.",
    ),
    (
        Code::IdentifierDuplicate,
        "Due elementi hanno lo stesso identificativo.",
        "Dai a ogni elemento un identificativo suo.",
    ),
    (
        Code::IdentifierSpace,
        "Un identificativo ha spazi intorno o all’interno.",
        "Togli gli spazi dall’identificativo.",
    ),
    (
        Code::TitleMissing,
        "Un’organizzazione o una voce non ha titolo.",
        "Aggiungi un titolo: chi segue il corso lo vede nell’indice.",
    ),
    (
        Code::SubManifest,
        "Il manifesto richiama un sotto-manifesto esterno.",
        "Non serve fare nulla; pochi altri sistemi leggono i sotto-manifesti.",
    ),
    (
        Code::CourseStructureMissing,
        "Lo zip non ha una struttura di corso nella radice.",
        "Metti cmi5.xml nella radice dello zip: comprimi il contenuto della cartella, non la cartella.",
    ),
    (
        Code::CourseStructureInvalid,
        "La struttura del corso non rispetta lo schema pubblicato.",
        "Segui CourseStructure.xsd, anche nell’ordine degli elementi.",
    ),
    (
        Code::IriNotAbsolute,
        "Un id non è un IRI assoluto.",
        "Scrivi l’IRI intero con il suo schema, per esempio https://comune.example/corsi/1.",
    ),
    (
        Code::BlockIdDuplicate,
        "L’id di un blocco compare due volte.",
        "Dai a ogni blocco un id suo.",
    ),
    (
        Code::ObjectiveIdDuplicate,
        "L’id di un obiettivo compare due volte.",
        "Dai a ogni obiettivo un id suo.",
    ),
    (
        Code::AuIdDuplicate,
        "L’id di un’unità assegnabile compare due volte.",
        "Dai a ogni AU un id suo.",
    ),
    (
        Code::StructureIdReused,
        "L’id del corso o di un obiettivo è anche quello di un altro elemento.",
        "Dai a ogni elemento un id suo, così le dichiarazioni possono distinguerli.",
    ),
    (
        Code::ObjectiveReferenceUnknown,
        "Un blocco o un’unità richiama un obiettivo che il corso non ha.",
        "Fai indicare a idref un obiettivo di questo corso oppure togli il richiamo.",
    ),
    (
        Code::AuUrlMalformed,
        "L’url di un’unità assegnabile non è un URL ben formato.",
        "Correggi l’URL; codifica con il per cento spazi, accenti e altri caratteri speciali.",
    ),
    (
        Code::AuUrlRelative,
        "L’url di un’unità assegnabile è relativo, ma non c’è uno zip.",
        "Scrivi l’URL intero oppure comprimi cmi5.xml con i suoi file in uno zip.",
    ),
    (
        Code::AuFileMissing,
        "L’url di un’unità assegnabile indica un file che lo zip non contiene.",
        "Aggiungi il file, correggi l’url oppure scrivi l’URL intero del contenuto che sta altrove.",
    ),
    (
        Code::AuUrlAbsolute,
        "Un file dello zip è richiamato con un URL assoluto.",
        "Richiama i file dello zip con un URL relativo.",
    ),
    (
        Code::AuUrlReserved,
        "L’url di un’unità assegnabile usa un parametro riservato all’avvio.",
        "Rinomina il parametro: endpoint, fetch, actor, registration e activityId si aggiungono all’avvio.",
    ),
    (
        Code::ExtensionWithoutSchema,
        "Elementi di un namespace del produttore sono senza il loro schema.",
        "Indica lo schema in xsi:schemaLocation: dov’è pubblicato oppure un file dello zip.",
    ),
    (
        Code::ExtensionSchemaInvalid,
        "Lo schema degli elementi del produttore non è uno schema.",
        "Fai indicare a xsi:schemaLocation un XML Schema il cui targetNamespace è il namespace degli elementi.",
    ),
    (
        Code::OrganizationMissing,
        "Non c’è nessuna organizzazione.",
        "Aggiungi un’organizzazione con una voce per ogni parte del corso.",
    ),
    (
        Code::OrganizationDefault,
        "L’organizzazione predefinita non è indicata o non esiste.",
        "Fai indicare a organizations/@default una delle organizzazioni.",
    ),
    (
        Code::OrganizationNotLaunchable,
        "L’organizzazione predefinita non ha nulla da avviare; un’altra sì.",
        "Fai indicare a organizations/@default un’organizzazione con contenuti.",
    ),
    (
        Code::NothingLaunchable,
        "Nel pacchetto non c’è nulla da avviare.",
        "Dai ad almeno una voce un identifierref verso una risorsa con href.",
    ),
    (
        Code::IdentifierrefDangling,
        "Una voce richiama una risorsa che non esiste.",
        "Fai indicare a identifierref una risorsa di questo manifesto.",
    ),
    (
        Code::ClusterWithResource,
        "Una voce con sotto-voci richiama una risorsa.",
        "Sposta la risorsa in una voce sua sotto questa.",
    ),
    (
        Code::ItemEmpty,
        "Una voce non ha né contenuto né sotto-voci.",
        "Dai alla voce un contenuto o delle sotto-voci, oppure toglila.",
    ),
    (
        Code::ResourceWithoutHref,
        "Una risorsa richiamata da una voce non ha href.",
        "Dai alla risorsa un href verso la sua prima pagina.",
    ),
    (
        Code::LaunchFileMissing,
        "Il file da avviare non è nel pacchetto.",
        "Aggiungi il file oppure correggi l’href.",
    ),
    (
        Code::FileMissing,
        "Un file elencato da una risorsa non è nel pacchetto.",
        "Aggiungi il file oppure toglilo dalla risorsa.",
    ),
    (
        Code::HrefOutside,
        "Un riferimento esce dal pacchetto.",
        "Fai riferimento a file dentro il pacchetto.",
    ),
    (
        Code::HrefScheme,
        "Un riferimento non è né un file del pacchetto né http(s).",
        "Fai riferimento a un file del pacchetto o a un indirizzo http(s).",
    ),
    (
        Code::HrefExternal,
        "Il contenuto sta fuori dal pacchetto.",
        "Non serve fare nulla; ma chi segue il corso ha bisogno di quell’altro server, che non può comunicare i progressi.",
    ),
    (
        Code::HrefCase,
        "Un riferimento usa maiuscole diverse da quelle del file.",
        "Scrivi il riferimento esattamente come si chiama il file.",
    ),
    (
        Code::HrefBackslash,
        "Un riferimento usa la barra rovesciata.",
        "Separa le cartelle con `/`.",
    ),
    (
        Code::HrefPercentEncoded,
        "Un riferimento va decodificato per trovare il file, oppure è codificato come il nome del file.",
        "Non si perde nulla; alcuni sistemi non decodificano i riferimenti: meglio nomi senza spazi e accenti.",
    ),
    (
        Code::HrefSpace,
        "Un riferimento contiene spazi.",
        "Scrivi `%20` al posto dello spazio oppure rinomina il file senza spazi.",
    ),
    (
        Code::HrefAbsolute,
        "Un riferimento comincia con `/`.",
        "Togli la `/` iniziale: i riferimenti sono relativi al manifesto.",
    ),
    (
        Code::ScormTypeMissing,
        "Una risorsa richiamata non dice se è uno SCO.",
        "Aggiungi adlcp:scormType=\"sco\" (in 1.2: adlcp:scormtype) se il contenuto comunica con la piattaforma.",
    ),
    (
        Code::ScormTypeSpelling,
        "L’attributo `scormType` è scritto con le maiuscole dell’altra versione.",
        "Scrivi adlcp:scormType in SCORM 2004, adlcp:scormtype in SCORM 1.2.",
    ),
    (
        Code::ResourceWithoutFiles,
        "Una risorsa non elenca i suoi file.",
        "Elenca i file della risorsa, così gli strumenti possono controllarla e riusarla.",
    ),
    (
        Code::DependencyDangling,
        "Una risorsa dipende da una che non esiste.",
        "Fai indicare alla dipendenza una risorsa di questo manifesto oppure toglila.",
    ),
    (
        Code::VocabularyUnknown,
        "Un valore non è tra quelli previsti dallo standard.",
        "Usa uno dei valori dello standard; questo non ha effetto.",
    ),
    (
        Code::VocabularyCase,
        "Un valore è dello standard, ma con altre maiuscole.",
        "Scrivi il valore con le maiuscole dello standard.",
    ),
    (
        Code::NumberInvalid,
        "Un valore dovrebbe essere un numero.",
        "Scrivi un numero con il punto decimale; questo valore non ha effetto.",
    ),
    (
        Code::NumberOutOfRange,
        "Un numero è fuori dai suoi limiti.",
        "Tieni il valore nei limiti; si usa il più vicino tra quelli ammessi.",
    ),
    (
        Code::DurationInvalid,
        "Un valore dovrebbe essere una durata.",
        "Scrivi una durata ISO 8601 (`PT30M`), in SCORM 1.2 `HHHH:MM:SS`; questo valore non ha effetto.",
    ),
    (
        Code::DateTimeInvalid,
        "Una data con ora non si può leggere.",
        "Scrivi data e ora secondo ISO 8601 (`2026-01-31T09:00:00`).",
    ),
    (
        Code::SequencingIdrefDangling,
        "`IDRef` indica una regola di sequenza che la raccolta non ha.",
        "Fai indicare a IDRef un elemento sequencing di sequencingCollection.",
    ),
    (
        Code::RuleIncomplete,
        "Una regola non ha un’azione o una condizione.",
        "Dai alla regola condizioni e un’azione; così non ha effetto.",
    ),
    (
        Code::ObjectiveDuplicate,
        "Due obiettivi di un’attività hanno lo stesso identificativo.",
        "Dai a ogni obiettivo un identificativo suo.",
    ),
    (
        Code::ObjectiveIdMissing,
        "Un obiettivo non ha l’identificativo di cui ha bisogno.",
        "Aggiungi objectiveID.",
    ),
    (
        Code::ObjectiveUnknown,
        "Una regola richiama un obiettivo che l’attività non ha.",
        "Fai indicare a referencedObjective un obiettivo della stessa attività.",
    ),
    (
        Code::MapTargetMissing,
        "Una mappa non indica la sua destinazione.",
        "Aggiungi targetObjectiveID (targetID per i dati condivisi).",
    ),
    (
        Code::MetadataMissing,
        "Un file di metadati non è nel pacchetto.",
        "Aggiungi il file oppure togli adlcp:location.",
    ),
    (
        Code::MetadataUnreadable,
        "Un file di metadati non si può leggere.",
        "Correggi l’XML del file; il corso funziona anche senza.",
    ),
];

/// What a code means and how to mend it, in Italian.
pub(crate) fn of(code: Code) -> (&'static str, &'static str) {
    let found = FINDINGS.iter().find(|(known, ..)| *known == code);
    found.map_or(("", ""), |(_, meaning, fix)| (*meaning, *fix))
}

/// What a message quotes, each once: names of files, identifiers, values.
pub(crate) fn quoted(message: &str) -> Vec<&str> {
    let mut values: Vec<&str> = Vec::new();
    for value in message.split('`').skip(1).step_by(2) {
        if !value.is_empty() && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_italian_words_once() {
        for code in Code::ALL {
            let (meaning, fix) = of(*code);
            assert!(meaning.ends_with('.') && fix.ends_with('.'), "{code}");
        }
        assert_eq!(FINDINGS.len(), Code::ALL.len());
    }

    #[test]
    fn what_a_message_quotes_stays() {
        let message = "`a b.html` is not in the package; resource `R-1` lists `a b.html`";
        assert_eq!(quoted(message), ["a b.html", "R-1"]);
        assert_eq!(quoted("no value"), [""; 0]);
    }
}
