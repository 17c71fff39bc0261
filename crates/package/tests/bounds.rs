//! What a small manifest may come to: metadata, rules and paths that one place gives to many.

#[expect(dead_code, reason = "the rich package is for other tests")]
mod support;

use std::{
    io::{self, Read},
    time::{Duration, Instant},
};

use percorso_package::{Code, Entry, Finding, Item, Limits, Package, Source, ZipSource, read};
use support::{file, read_bytes, zip};

/// A limit under which small manifests can be too much.
const SMALL: Limits = Limits {
    entries: 50_000,
    total_bytes: 8 << 30,
    entry_bytes: 4 << 30,
    ratio: 250,
    manifest_bytes: 64 << 10,
    directory_bytes: 64 << 20,
    nesting_depth: 50,
};

const LAUNCHED: &str = "<item identifier='i' identifierref='r'><title>I</title></item>";

/// A manifest with these items, this inside its resource, and this at its end.
fn manifest(items: &str, resource: &str, end: &str) -> String {
    format!(
        "<manifest identifier='a' xmlns:adlcp='http://www.adlnet.org/xsd/adlcp_v1p3'>\
         <metadata><schemaversion>2004 4th Edition</schemaversion></metadata>\
         <organizations default='o'><organization identifier='o'><title>O</title>{items}</organization></organizations>\
         <resources><resource identifier='r' adlcp:scormType='sco' href='a.html'>\
         {resource}<file href='a.html'/></resource></resources>{end}</manifest>"
    )
}

fn items(count: usize, inner: &str) -> String {
    let one =
        |n| format!("<item identifier='i{n}' identifierref='r'><title>I</title>{inner}</item>");
    (0..count).map(one).collect()
}

fn lom(title: &str) -> String {
    format!("<lom><general><title><string>{title}</string></title></general></lom>")
}

fn read_text(manifest: &str, limits: &Limits) -> (Option<Package>, Vec<Finding>) {
    read_bytes(
        &zip(&[file("imsmanifest.xml", manifest), file("a.html", "x")]),
        limits,
    )
}

/// Whether a manifest is refused as too much, and for nothing else.
fn is_too_much(manifest: &str, limits: &Limits) -> bool {
    let (package, findings) = read_text(manifest, limits);
    let refused: Vec<Code> = findings
        .iter()
        .map(|finding| finding.code)
        .filter(|code| code.severity() == percorso_package::Severity::Error)
        .collect();
    assert!(
        refused.is_empty() || refused == [Code::ManifestTooLarge],
        "{findings:#?}"
    );
    assert_eq!(package.is_none(), !refused.is_empty());
    !refused.is_empty()
}

#[test]
fn long_texts_of_metadata_are_cut() {
    let metadata = format!("<metadata>{}</metadata>", lom(&"è".repeat(70_000)));
    let (package, findings) = read_text(&manifest(LAUNCHED, &metadata, ""), &Limits::default());
    assert_eq!(findings, []);
    let item: Item = package.unwrap().organization().items[0].clone();
    assert_eq!(item.metadata.title.unwrap().text.chars().count(), 65_536);
}

#[test]
fn what_one_place_gives_to_many_is_limited() {
    let long = "x".repeat(4000);
    let metadata = format!("<metadata>{}</metadata>", lom(&long));
    let of_resource = |count| manifest(&items(count, ""), &metadata, "");
    assert!(!is_too_much(&of_resource(20), &SMALL));
    assert!(is_too_much(&of_resource(100), &SMALL));

    let files = "<file href='a.html'/>".repeat(200);
    let based = |base: &str| {
        let resource = format!(
            "</resource><resource identifier='s' xml:base='{base}' adlcp:scormType='sco'>{files}"
        );
        manifest(LAUNCHED, &resource, "")
    };
    assert!(!is_too_much(&based("b/"), &SMALL));
    assert!(is_too_much(&based(&"b".repeat(2000)), &SMALL));

    let sub_manifest = |count: usize| {
        let inner = format!("<item identifier='s' identifierref='r'><title>{long}</title></item>");
        let sub = format!(
            "<manifest identifier='sub'><organizations><organization identifier='p'>\
             <title>P</title>{inner}</organization></organizations></manifest>"
        );
        let refer = items(count, "").replace("'r'", "'sub'");
        manifest(&refer, "", &sub)
    };
    assert!(!is_too_much(&sub_manifest(10), &SMALL));
    assert!(is_too_much(&sub_manifest(50), &SMALL));
}

#[test]
fn definitions_of_the_collection_are_read_so_often_and_no_more() {
    let with_collection = |count: usize, rules: usize, inner: &str| {
        let rule = format!(
            "<preConditionRule><ruleConditions>{inner}</ruleConditions><ruleAction action='skip'/></preConditionRule>"
        );
        let collection = format!(
            "<sequencingCollection><sequencing ID='s'><sequencingRules>{}</sequencingRules></sequencing></sequencingCollection>",
            rule.repeat(rules)
        );
        manifest(&items(count, "<sequencing IDRef='s'/>"), "", &collection)
    };
    let condition = "<ruleCondition condition='always'/>";
    let limits = Limits::default();
    assert!(!is_too_much(&with_collection(500, 100, condition), &limits));
    let (package, findings) = read_text(&with_collection(1100, 100, condition), &limits);
    assert!(package.is_none());
    assert_eq!(findings[0].code, Code::ManifestTooLarge);
    assert!(
        findings[0].message.contains("200000 rules"),
        "{findings:#?}"
    );
    // What is passed over is read nonetheless.
    let passed_over = "<other/>".repeat(500);
    assert!(!is_too_much(&with_collection(20, 1, &passed_over), &SMALL));
    assert!(is_too_much(&with_collection(70, 1, &passed_over), &SMALL));
}

#[test]
fn many_objectives_are_read_in_good_time() {
    let list = |inner: &str| -> String {
        let one = |n| format!("<objective objectiveID='o{n:05}'>{inner}</objective>");
        (0..60_000).map(one).collect()
    };
    let sequencing = format!(
        "<sequencing><objectives><primaryObjective objectiveID='p'/>{}</objectives>\
         <adlseq:objectives xmlns:adlseq='http://www.adlnet.org/xsd/adlseq_v1p3'>{}</adlseq:objectives></sequencing>",
        list(""),
        list("<mapInfo targetObjectiveID='g'/>")
            .replace("<objective ", "<adlseq:objective ")
            .replace("</objective", "</adlseq:objective"),
    );
    let start = Instant::now();
    let (package, findings) = read_text(
        &manifest(&items(1, &sequencing), "", ""),
        &Limits::default(),
    );
    assert_eq!(findings, []);
    let package = package.unwrap();
    let sequencing = package.organization().items[0].sequencing.as_ref();
    let objectives = &sequencing.unwrap().objectives;
    assert_eq!(objectives.len(), 60_001);
    assert!(
        objectives[1..]
            .iter()
            .all(|objective| objective.maps.len() == 1)
    );
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// An archive that counts how often its entries are opened.
struct Counting(ZipSource<io::Cursor<Vec<u8>>>, Vec<usize>);

impl Source for Counting {
    fn entries(&self) -> &[Entry] {
        self.0.entries()
    }

    fn findings(&self) -> &[Finding] {
        self.0.findings()
    }

    fn open(&mut self, index: usize) -> io::Result<Box<dyn Read + '_>> {
        self.1[index] += 1;
        self.0.open(index)
    }
}

#[test]
fn a_metadata_file_is_read_once() {
    let described = "<metadata><adlcp:location>lom.xml</adlcp:location></metadata>";
    let archive = zip(&[
        file(
            "imsmanifest.xml",
            manifest(&items(50, described), described, ""),
        ),
        file("a.html", "x"),
        file("lom.xml", lom("Titolo")),
    ]);
    let limits = Limits::default();
    let mut source = Counting(ZipSource::from_bytes(archive, &limits), vec![0; 3]);
    let (package, findings) = read(&mut source, &limits);
    assert_eq!((findings, &source.1), (vec![], &vec![1, 0, 1]));
    let package = package.unwrap();
    let items = &package.organization().items;
    assert!(items.iter().all(|item| item.metadata.title.is_some()));
}

#[test]
fn metadata_files_are_limited_together_and_refuse_nothing() {
    let described: String = (0..6)
        .map(|n| format!("<metadata><adlcp:location>{n}.xml</adlcp:location></metadata>"))
        .map(|described| items(1, &described))
        .collect();
    let mut entries = vec![
        file("imsmanifest.xml", manifest(&described, "", "")),
        file("a.html", "x"),
    ];
    let padding = " ".repeat(50 << 10);
    entries.extend((0..6).map(|n| file(format!("{n}.xml"), lom("Titolo") + &padding)));
    let (package, findings) = read_bytes(&zip(&entries), &SMALL);
    assert!(package.is_some());
    let unread = |finding: &&Finding| finding.code == Code::MetadataUnreadable;
    assert_eq!(findings.iter().filter(unread).count(), 1, "{findings:#?}");
}

#[test]
fn a_schema_file_is_found_by_its_whole_name() {
    let check = |name: &str| {
        let located = manifest(LAUNCHED, "", "").replace(
            "<manifest ",
            "<manifest xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:x imscp_v1p1.xsd' ",
        );
        let entries = [
            file("imsmanifest.xml", located),
            file("a.html", "x"),
            file(name, "x"),
        ];
        let (_, findings) = read_bytes(&zip(&entries), &Limits::default());
        findings
            .iter()
            .any(|finding| finding.code == Code::SchemaFilesMissing)
    };
    assert!(!check("imscp_v1p1.xsd") && !check("schemi/IMSCP_v1p1.XSD"));
    assert!(check("not-imscp_v1p1.xsd") && check("imscp_v1p1.xsd/a.txt"));
}
