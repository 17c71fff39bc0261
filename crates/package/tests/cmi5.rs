//! Course structures, sound and spoiled: each spoiled one is named by its finding and requirement.

#[expect(dead_code, reason = "the rich SCORM package is for other tests")]
mod support;

use percorso_package::{
    Code, CourseNode, Finding, LaunchMethod, Limits, MoveOn, Package, Severity, Standard,
    read_course_structure,
};
use support::{file, read_bytes, zip};

const SOUND: &str = include_str!("support/cmi5.xml");

/// Files that [`SOUND`] refers to.
const FILES: &[&str] = &["video.html", "quiz/index.html", "vendor.xsd"];
const SCHEMA: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="https://fornitore.example/ns"/>"#;

fn packed(xml: &str) -> Vec<u8> {
    let mut entries = vec![file("cmi5.xml", xml)];
    entries.extend(FILES.iter().map(|name| file(name, SCHEMA)));
    zip(&entries)
}

fn read(xml: &str) -> (Option<Package>, Vec<Finding>) {
    read_bytes(&packed(xml), &Limits::default())
}

/// Spoils the sound structure, and expects this one error, of this requirement, and no package.
#[track_caller]
fn refused(from: &str, to: &str, code: Code, requirement: &str) {
    assert!(SOUND.contains(from), "{from} is not in the sound structure");
    let (package, findings) = read(&SOUND.replacen(from, to, 1));
    let found = findings
        .iter()
        .find(|finding| finding.code == code)
        .unwrap_or_else(|| panic!("{to}: no {code} among {findings:#?}"));
    assert_eq!(found.requirement.as_deref(), Some(requirement), "{to}");
    assert_eq!(found.severity, Severity::Error);
    assert!(package.is_none(), "{to}");
}

#[track_caller]
fn accepted(from: &str, to: &str) -> Package {
    assert!(SOUND.contains(from), "{from} is not in the sound structure");
    let (package, findings) = read(&SOUND.replacen(from, to, 1));
    package.unwrap_or_else(|| panic!("{to}: {findings:#?}"))
}

/// 6.0.0.0-6, 6.1.0.0-1: structure and package are read together.
#[test]
fn a_sound_structure_is_read_whole() {
    let (package, findings) = read(SOUND);
    assert_eq!(findings, [], "{findings:#?}");
    let package = package.unwrap();
    assert_eq!(package.standard, Standard::Cmi5);
    assert_eq!(package.title(), "Accessibilità");
    assert_eq!(package.metadata.language.as_deref(), Some("it"));
    let structure = package.course_structure.as_ref().unwrap();
    assert_eq!(structure.id, "https://comune.example/corso");
    assert_eq!(structure.title[1].language.as_deref(), Some("en"));
    assert_eq!(
        structure.objectives[0].id,
        "https://comune.example/obiettivo"
    );
    let units = structure.units();
    assert_eq!(units.len(), 3);
    assert_eq!(units[0].move_on, Some(MoveOn::CompletedAndPassed));
    assert_eq!(units[0].launch_method, Some(LaunchMethod::OwnWindow));
    assert_eq!(units[0].mastery_score, Some(0.85));
    assert_eq!(units[0].objectives, ["https://comune.example/obiettivo"]);
    assert_eq!(
        (units[2].location.as_str(), units[2].is_packaged),
        ("https://altrove.example/x", false)
    );
    assert!(
        matches!(&structure.children[1], CourseNode::Block(block) if matches!(block.children[1], CourseNode::Block(_)))
    );
    let tree = package.organization();
    assert_eq!(tree.items[1].items[1].items[0].title, "Altrove");
}

/// 13.1.0.0-1: white space around every element is trimmed.
#[test]
fn white_space_around_every_element_is_trimmed() {
    let (package, _) = read(SOUND);
    let structure = package.unwrap().course_structure.unwrap();
    let au = structure.unit("https://comune.example/video").unwrap();
    assert_eq!(
        (au.location.as_str(), au.suffix.as_str()),
        ("video.html", "?a=1&b=2#inizio")
    );
    assert_eq!(
        au.launch_parameters.as_deref(),
        Some("avvio=1\n    sottotitoli=2")
    );
    assert_eq!(au.entitlement_key.as_deref(), Some("chiave"));
    assert_eq!(au.title[0].text, "Video");
}

/// 3.0.0.0-1, 4.4.0.0-1: every id is an absolute IRI, or the course is refused.
#[test]
fn ids_are_absolute_iris() {
    for id in ["corso\"", "video ", "blocco\"", "obiettivo\"><title>"] {
        let whole = format!("https://comune.example/{id}");
        let relative = format!("comune.example/{id}");
        refused(&whole, &relative, Code::IriNotAbsolute, "3.0.0.0-1");
    }
    refused(
        "idref=\"https://comune.example/obiettivo\"",
        "idref=\"obiettivo\"",
        Code::IriNotAbsolute,
        "3.0.0.0-1",
    );
}

#[test]
fn ids_are_not_repeated() {
    let with = |id: &str, of: &str| {
        (
            format!("id=\"https://comune.example/{id}\""),
            format!("id=\"https://comune.example/{of}\""),
        )
    };
    let (from, to) = with("blocco-2", "blocco");
    refused(&from, &to, Code::BlockIdDuplicate, "13.1.2.0-1");
    let (from, to) = with("altrove", "video");
    refused(&from, &to, Code::AuIdDuplicate, "13.1.4.0-1");
    let objective = "<objective id=\"https://comune.example/obiettivo\"><title><langstring>O</langstring></title><description><langstring>O</langstring></description></objective>";
    refused(
        objective,
        &objective.repeat(2),
        Code::ObjectiveIdDuplicate,
        "13.1.3.0-1",
    );
    let (from, to) = with("quiz", "corso");
    accepted(&from, &to);
}

/// 13.2.0.0-1, 4.4.0.0-1: the published schema, order and all, or the course is refused.
#[test]
fn the_schema_is_followed() {
    let title = "<title><langstring lang=\"it\"> Video </langstring></title>";
    for (from, to) in [
        // order
        (title, ""),
        ("<url>\n    video.html?a=1&amp;b=2#inizio\n  </url>", ""),
        (
            "<launchParameters>",
            "<entitlementKey>x</entitlementKey><launchParameters>",
        ),
        ("</course>", "</course><url>x</url>"),
        (
            "<objectives>\n  <objective id",
            "<au/><objectives>\n  <objective id",
        ),
        // occurrences
        (title, &title.repeat(2)),
        (
            "</courseStructure>",
            "<course id=\"urn:x:y\"/></courseStructure>",
        ),
        // namespaces
        ("CourseStructure.xsd\"", "CourseStructure\""),
        (
            "<url>https://altrove.example/x</url>",
            "<url xmlns=\"\">https://altrove.example/x</url>",
        ),
        // attributes
        ("moveOn=\"CompletedAndPassed\"", "moveOn=\"Finished\""),
        ("moveOn=\"CompletedAndPassed\"", "moveOn=\" Passed\""),
        ("moveOn=\"CompletedAndPassed\"", "moveon=\"Passed\""),
        ("masteryScore=\"0.85\"", "masteryScore=\"85\""),
        ("masteryScore=\"0.85\"", "masteryScore=\"1e-1\""),
        ("launchMethod=\"OwnWindow\"", "launchMethod=\"Frame\""),
        ("lang=\"it\"", "lang=\"it_IT\""),
        ("<course id=\"https://comune.example/corso\"", "<course"),
        ("<url>https", "<url lang=\"it\">https"),
        // content
        ("</course>", "</course>testo"),
        ("<url>https://altrove.example/x</url>", "<url> </url>"),
        (">Altrove<", "><b/>Altrove<"),
        // vendor elements where the schema does not let them (13.1.5.0-2)
        ("<course id", "<v:prima/><course id"),
        // well-formedness
        ("?a=1&amp;b=2", "?a=1&b=2"),
        ("</courseStructure>", ""),
    ] {
        let (package, findings) = read(&SOUND.replacen(from, to, 1));
        assert!(package.is_none(), "{from} → {to}");
        assert!(
            findings
                .iter()
                .any(|finding| finding.code == Code::CourseStructureInvalid
                    && finding.requirement.as_deref() == Some("13.2.0.0-1")
                    && finding.line.is_some()
                    || finding.code == Code::XmlMalformed),
            "{from} → {to}: {findings:#?}"
        );
    }
}

/// 6.1.0.0-3: whatever the schema allows is taken.
#[test]
fn what_the_schema_allows_is_taken() {
    for (from, to) in [
        (
            "<objectives>\n    <objective idref=\"https://comune.example/obiettivo\"/>\n  </objectives>",
            "",
        ),
        (" masteryScore=\"0.85\"", " masteryScore=\" .85 \""),
        (
            " moveOn=\"CompletedAndPassed\" masteryScore=\"0.85\" launchMethod=\"OwnWindow\"",
            "",
        ),
        (" lang=\"it\"", ""),
        ("<course id", "<course v:nota=\"x\" id"),
        (
            "<launchParameters>",
            "<launchParameters v:a=\"b\"><i xmlns=\"\">x</i>",
        ),
        (
            "</courseStructure>",
            "<v:a/><v:b><v:c/></v:b></courseStructure>",
        ),
        (
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><!-- x --><?p q?>",
        ),
    ] {
        accepted(from, to);
    }
}

#[test]
fn urls_lie_where_section_14_lets_them() {
    let video = "video.html?a=1&amp;b=2#inizio";
    refused(
        video,
        "http://example.com index.html",
        Code::AuUrlMalformed,
        "13.1.4.0-2",
    );
    refused(
        video,
        "javascript:alert(1)",
        Code::AuUrlMalformed,
        "13.1.4.0-2",
    );
    refused(video, "manca.html", Code::AuFileMissing, "14.1.0.0-4");
    refused(
        video,
        "video.html?x=1&amp;fetch=2",
        Code::AuUrlReserved,
        "8.1.0.0-6",
    );
    refused(
        video,
        "https://comune.example/corsi/video.html",
        Code::AuUrlAbsolute,
        "14.1.0.0-3",
    );
    // The file is launched by its relative URL as well: then the address is somebody else's.
    accepted(
        "https://altrove.example/x",
        "https://altrove.example/video.html",
    );
    accepted(video, "fad://lezione/1");
}

/// 4.4.0.0-2: references name objectives of the course.
#[test]
fn references_name_objectives_of_the_course() {
    let known = "idref=\"https://comune.example/obiettivo\"";
    refused(
        known,
        "idref=\"https://comune.example/altro\"",
        Code::ObjectiveReferenceUnknown,
        "4.4.0.0-2",
    );
}

/// 13.1.5.0-1, 13.1.5.0-2: vendors' elements come with a schema.
#[test]
fn vendors_bring_their_schema() {
    let location = "xsi:schemaLocation=\"https://fornitore.example/ns vendor.xsd\"";
    refused(location, "", Code::ExtensionWithoutSchema, "13.1.5.0-1");
    refused(
        "ns vendor.xsd",
        "ns manca.xsd",
        Code::ExtensionWithoutSchema,
        "13.1.5.0-1",
    );
    refused(
        "ns vendor.xsd",
        "ns cmi5.xml",
        Code::ExtensionSchemaInvalid,
        "13.1.5.0-2",
    );
    accepted("ns vendor.xsd", "ns https://fornitore.example/ns.xsd");
}

/// 14.2.0.0-1: a bare file has whole URLs only.
#[test]
fn a_bare_file_has_whole_urls_only() {
    let bare = |xml: &str| read_course_structure(xml.as_bytes(), &Limits::default());
    let whole = SOUND
        .replace("video.html?", "https://comune.example/video.html?")
        .replace("quiz/index.html", "https://comune.example/quiz/index.html")
        .replace("ns vendor.xsd", "ns https://fornitore.example/ns.xsd");
    let (package, findings) = bare(&whole);
    assert!(package.is_some(), "{findings:#?}");
    for url in [
        "index.html",
        "path/1/index.html",
        "index.html?abc=def",
        "/index.html",
    ] {
        let (package, findings) = bare(&whole.replace("https://altrove.example/x", url));
        assert!(package.is_none());
        assert_eq!(findings[0].code, Code::AuUrlRelative, "{url}");
        assert_eq!(findings[0].requirement.as_deref(), Some("14.2.0.0-1"));
    }
}

/// 14.1.0.0-2: a zip holds the structure at its root.
#[test]
fn a_zip_holds_the_structure_at_its_root() {
    for name in ["corso/cmi5.xml", "CMI5.XML"] {
        let (package, findings) = read_bytes(&zip(&[file(name, SOUND)]), &Limits::default());
        assert!(package.is_none());
        assert_eq!(findings[0].code, Code::CourseStructureMissing, "{name}");
        assert_eq!(findings[0].requirement.as_deref(), Some("14.1.0.0-2"));
    }
    let (package, findings) = read_bytes(&zip(&[file("index.html", "x")]), &Limits::default());
    assert!(package.is_none());
    assert_eq!(findings[0].code, Code::ManifestMissing);
}

#[test]
fn lom_among_the_extensions_tells_what_cmi5_has_no_words_for() {
    let lom = |duration: &str| {
        format!(
            r#"<lom xmlns="http://ltsc.ieee.org/xsd/LOM" xsi:schemaLocation="http://ltsc.ieee.org/xsd/LOM http://ltsc.ieee.org/xsd/lomv1.0/lom.xsd"><general><title><string language="it">Altro titolo</string></title><language>it</language></general><technical><duration><duration>{duration}</duration></duration></technical></lom>"#
        )
    };
    let described = SOUND
        .replacen("<v:codice>42</v:codice>", &lom("PT40M"), 1)
        .replacen("</au>", &(lom("PT3M") + "</au>"), 1);
    let (package, findings) = read(&described);
    assert_eq!(findings, []);
    let package = package.unwrap();
    assert_eq!(package.metadata.duration.as_deref(), Some("PT40M"));
    assert_eq!(package.title(), "Accessibilità");
    let (unit, block) = (
        &package.organization().items[0],
        &package.organization().items[1],
    );
    assert_eq!(unit.metadata.duration.as_deref(), Some("PT3M"));
    assert_eq!(unit.metadata.title.as_ref().unwrap().text, "Video");
    assert_eq!(block.items[0].metadata.duration, None);
}

/// 6.1.0.0-2: a thousand units and more are read.
#[test]
fn a_thousand_units_and_more_are_read() {
    let unit = |n: usize| {
        format!(
            "<au id=\"urn:au:{n}\"><title><langstring>U</langstring></title><description><langstring>U</langstring></description><url>video.html</url></au>"
        )
    };
    let many: String = (0..2500).map(unit).collect();
    let package = accepted("</courseStructure>", &format!("{many}</courseStructure>"));
    assert_eq!(package.course_structure.unwrap().units().len(), 2503);
}
