//! Small packages, made in memory.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A zip of these files.
pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in files {
        zip.start_file(*name, deflated).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// SCORM 2004 4th Edition: two SCOs, `a` and `b`, to choose and flow through. Both share the global
/// objective `urn:tests:shared`, as their objective 0.
pub(crate) fn course(title: &str) -> Vec<u8> {
    course_of(title, &[("a", "a"), ("b", "b")])
}

/// The same with these SCOs: identifier, and name of the page.
pub(crate) fn course_of(title: &str, objects: &[(&str, &str)]) -> Vec<u8> {
    let objects: Vec<_> = objects.iter().map(|(id, page)| (*id, *page, "")).collect();
    course_of_kinds(title, &objects)
}

/// The same with their kinds, which may be empty.
pub(crate) fn course_of_kinds(title: &str, objects: &[(&str, &str, &str)]) -> Vec<u8> {
    let metadata = |kind: &str| match kind {
        "" => String::new(),
        kind => format!(
            r"<metadata><lom:lom><lom:educational><lom:learningResourceType><lom:source>https://percorso.example/vocab/tipo-oggetto</lom:source>
<lom:value>{kind}</lom:value></lom:learningResourceType></lom:educational></lom:lom></metadata>"
        ),
    };
    let item = |(id, _, kind): &(&str, &str, &str)| {
        let metadata = metadata(kind);
        format!(
            r#"<item identifier="{id}" identifierref="res-{id}"><title>Oggetto {id}</title>{metadata}
<imsss:sequencing><imsss:objectives><imsss:primaryObjective/>
<imsss:objective objectiveID="shared"><imsss:mapInfo targetObjectiveID="urn:tests:shared"
 readSatisfiedStatus="true" writeSatisfiedStatus="true"/></imsss:objective></imsss:objectives>
<imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/></imsss:sequencing></item>"#
        )
    };
    let resource = |(id, page, _): &(&str, &str, &str)| {
        format!(
            r#"<resource identifier="res-{id}" type="webcontent" adlcp:scormType="sco" href="{page}.html"><file href="{page}.html"/></resource>"#
        )
    };
    let manifest = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="tests.{title}" version="1.0" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"
 xmlns:imsss="http://www.imsglobal.org/xsd/imsss" xmlns:lom="http://ltsc.ieee.org/xsd/LOM">
<metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
<organizations default="ORG"><organization identifier="ORG"><title>{title}</title>{}
<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing></organization></organizations>
<resources>{}</resources></manifest>"#,
        objects.iter().map(item).collect::<String>(),
        objects.iter().map(resource).collect::<String>(),
    );
    let page = "<!doctype html><title>SCO</title>".to_owned() + &"<p>lezione</p>".repeat(200);
    let video = "0123456789".repeat(1000);
    let pages: Vec<String> = objects
        .iter()
        .map(|(_, page, _)| format!("{page}.html"))
        .collect();
    let mut files = vec![("imsmanifest.xml", manifest.as_str())];
    files.extend(pages.iter().map(|name| (name.as_str(), page.as_str())));
    files.extend([
        ("media/clip.mp4", video.as_str()),
        ("script.js", "export {};"),
    ]);
    zip(&files)
}
