//! Ways of spoiling the rich manifest, and what is then found.

use percorso_package::Code;

/// Passages of the rich manifest, what to write in their place, and what is then found.
pub(crate) const EDITS: &[(&str, &str, &[Code])] = &[
    (
        "<schemaversion>2004 4th Edition</schemaversion>",
        "",
        &[Code::SchemaversionMissing],
    ),
    (
        ">2004 4th Edition<",
        ">SCORM 2004 v4<",
        &[Code::SchemaversionUnknown],
    ),
    (
        ">2004 4th Edition<",
        ">1.2<",
        &[Code::SchemaversionContradiction, Code::ScormTypeSpelling],
    ),
    (
        "version=\"1.0\" xml:base",
        "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:x imscp_v1p1.xsd\" xml:base",
        &[Code::SchemaFilesMissing],
    ),
    (
        "<item identifier=\"intro\"",
        "<item",
        &[Code::IdentifierMissing],
    ),
    (
        "<item identifier=\"prova\"",
        "<item identifier=\"intro\"",
        &[Code::IdentifierDuplicate],
    ),
    (
        "identifier=\"r-comune\"",
        "identifier=\"r-prova\"",
        &[Code::IdentifierDuplicate, Code::DependencyDangling],
    ),
    (
        "<item identifier=\"prova\"",
        "<item identifier=\" prova  uno \"",
        &[Code::IdentifierSpace],
    ),
    ("<title>Prova</title>", "", &[Code::TitleMissing]),
    (
        "<title>Lavoro agile</title>",
        "<title> </title>",
        &[Code::TitleMissing],
    ),
    (
        "</manifest>",
        "<manifest identifier=\"sotto\"/></manifest>",
        &[Code::SubManifest],
    ),
    ("default=\"principale\"", "", &[Code::OrganizationDefault]),
    (
        "default=\"principale\"",
        "default=\"altra\"",
        &[Code::OrganizationDefault],
    ),
    (
        "<organizations default=\"principale\">",
        "<organizations default=\"vuota\"><organization identifier=\"vuota\"><title>V</title></organization>",
        &[Code::OrganizationNotLaunchable],
    ),
    (
        "identifierref=\"r-prova\"",
        "identifierref=\"nulla\"",
        &[Code::IdentifierrefDangling],
    ),
    (
        "<item identifier=\"unità\"",
        "<item identifier=\"unità\" identifierref=\"r-intro\"",
        &[Code::ClusterWithResource],
    ),
    ("identifierref=\"r-prova\"", "", &[Code::ItemEmpty]),
    (
        "identifierref=\"r-prova\"",
        "identifierref=\"r-comune\"",
        &[Code::ResourceWithoutHref],
    ),
    (
        "href=\"prova.html\">",
        "href=\"altra.html\">",
        &[Code::LaunchFileMissing],
    ),
    (
        "<file href=\"prova.html\"/>",
        "<file href=\"altra.html\"/>",
        &[Code::FileMissing],
    ),
    (
        "href=\"prova.html\">",
        "href=\"../../prova.html\">",
        &[Code::HrefOutside],
    ),
    (
        "href=\"prova.html\">",
        "href=\"javascript:alert(1)\">",
        &[Code::HrefScheme],
    ),
    (
        "href=\"prova.html\">",
        "href=\"file:///etc/passwd\">",
        &[Code::HrefScheme],
    ),
    (
        "href=\"prova.html\">",
        "href=\"https://esterno.example/a\">",
        &[Code::HrefExternal],
    ),
    (
        "href=\"prova.html\">",
        "href=\"Prova.HTML\">",
        &[Code::HrefCase],
    ),
    (
        "href=\"prova.html\">",
        "href=\".\\prova.html\">",
        &[Code::HrefBackslash],
    ),
    (
        "href=\"prova.html\">",
        "href=\"prov%61.html\">",
        &[Code::HrefPercentEncoded],
    ),
    (
        "href=\"intro.html?modo=guida\"",
        "href=\"spazio qui.html\"",
        &[Code::LaunchFileMissing],
    ),
    ("adlcp:scormType=\"sco\"", "", &[Code::ScormTypeMissing]),
    (
        "adlcp:scormType=\"sco\"",
        "adlcp:scormtype=\"sco\"",
        &[Code::ScormTypeSpelling],
    ),
    (
        "adlcp:scormType=\"sco\"",
        "adlcp:scormType=\"scorm\"",
        &[Code::VocabularyUnknown],
    ),
    ("<file href=\"api.js\"/>", "", &[Code::ResourceWithoutFiles]),
    (
        "identifierref=\"r-comune\"",
        "identifierref=\"nulla\"",
        &[Code::DependencyDangling],
    ),
    (
        "isvisible=\"true\"",
        "isvisible=\"forse\"",
        &[Code::VocabularyUnknown],
    ),
    (
        "isvisible=\"true\"",
        "isvisible=\"True\"",
        &[Code::VocabularyCase],
    ),
    (
        "action=\"skip\"",
        "action=\"jump\"",
        &[Code::VocabularyUnknown, Code::RuleIncomplete],
    ),
    (">previous<", ">indietro<", &[Code::VocabularyUnknown]),
    (
        "minProgressMeasure=\"0.8\"",
        "minProgressMeasure=\"0,8\"",
        &[Code::NumberInvalid],
    ),
    (
        "minProgressMeasure=\"0.8\"",
        "minProgressMeasure=\"NaN\"",
        &[Code::NumberInvalid],
    ),
    (">0.6<", ">60<", &[Code::NumberOutOfRange]),
    (
        "attemptLimit=\"2\"",
        "attemptLimit=\"-2\"",
        &[Code::NumberInvalid],
    ),
    ("\"PT1H\"", "\"1 ora\"", &[Code::DurationInvalid]),
    (
        "attemptLimit=\"2\"",
        "beginTimeLimit=\"domani\"",
        &[Code::DateTimeInvalid],
    ),
    (
        "IDRef=\"comune\"",
        "IDRef=\"nulla\"",
        &[Code::SequencingIdrefDangling],
    ),
    (
        "<imsss:ruleCondition condition=\"always\"/>",
        "",
        &[Code::RuleIncomplete],
    ),
    (
        "<imsss:objective objectiveID=\"o2\">",
        "<imsss:objective objectiveID=\"o1\">",
        &[Code::ObjectiveDuplicate, Code::ObjectiveUnknown],
    ),
    (
        "<imsss:objective objectiveID=\"o2\">",
        "<imsss:objective>",
        &[Code::ObjectiveIdMissing],
    ),
    (
        "referencedObjective=\"o2\"",
        "referencedObjective=\"o9\"",
        &[Code::ObjectiveUnknown],
    ),
    ("targetObjectiveID=\"g2\"", "", &[Code::MapTargetMissing]),
    ("targetID=\"note\"", "", &[Code::MapTargetMissing]),
    (
        ">../lom/corso.xml<",
        ">nulla.xml<",
        &[Code::MetadataMissing],
    ),
    (
        ">../lom/corso.xml<",
        ">intro.html<",
        &[Code::MetadataUnreadable],
    ),
    (
        "href=\"prova.html\">",
        "href=\"/modulo/prova.html\">",
        &[Code::LaunchFileMissing],
    ),
];
