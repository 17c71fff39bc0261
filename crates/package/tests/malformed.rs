//! Hundreds of spoiled packages: each gives findings, none a panic.

#[path = "support/archives.rs"]
mod archives;
#[path = "support/edits.rs"]
mod edits;
mod support;

use std::collections::HashSet;

use archives::{archive_cases, otherwise};
use edits::EDITS;
use percorso_package::{Code, Finding, Limits, Severity};
use support::{Local, RICH, Raw, file, package_with, read_bytes, zip};

struct Case {
    name: String,
    bytes: Vec<u8>,
    limits: Limits,
    expected: Vec<Code>,
}

fn case(name: &str, bytes: Vec<u8>, expected: &[Code]) -> Case {
    Case {
        name: name.into(),
        bytes,
        limits: Limits::default(),
        expected: expected.into(),
    }
}

/// The rich package with entries added.
fn with(more: impl IntoIterator<Item = Raw>) -> Vec<u8> {
    let mut entries = package_with(RICH);
    entries.extend(more);
    zip(&entries)
}

/// The rich package with a passage of its manifest replaced.
fn edited(from: &str, to: &str) -> Vec<u8> {
    assert!(RICH.contains(from), "the rich manifest has no {from:?}");
    zip(&package_with(RICH.replacen(from, to, 1)))
}

fn xml_cases() -> Vec<Case> {
    let manifest = |text: &[u8]| zip(&package_with(text));
    let utf16: Vec<u8> = "\u{feff}"
        .chars()
        .chain(RICH.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin: Vec<u8> = RICH
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect();
    let doctype = |subset: &str| {
        edited(
            "<manifest ",
            &format!("<!DOCTYPE manifest {subset}><manifest "),
        )
    };
    let deep = "<item identifier='x'>".repeat(300) + &"</item>".repeat(300);
    vec![
        case("UTF-16", manifest(&utf16), &[Code::XmlEncoding]),
        case("Latin-1", manifest(&latin), &[Code::XmlEncoding]),
        case(
            "a mark",
            manifest(&["\u{feff}".as_bytes(), RICH.as_bytes()].concat()),
            &[Code::XmlEncoding],
        ),
        case("empty", manifest(b""), &[Code::XmlMalformed]),
        case(
            "cut",
            manifest(&RICH.as_bytes()[..RICH.len() / 2]),
            &[Code::XmlMalformed],
        ),
        case(
            "a bare &",
            edited("Lavoro agile", "R&D & altro"),
            &[Code::XmlAmpersand],
        ),
        case(
            "an entity of HTML",
            edited("Lavoro agile", "qualit&agrave;"),
            &[Code::XmlEntityUndeclared],
        ),
        case(
            "no prefix",
            edited("xmlns:imsss=\"http://www.imsglobal.org/xsd/imsss\"", ""),
            &[Code::XmlPrefixUndeclared],
        ),
        case(
            "a control character",
            edited("Lavoro agile", "Lavoro\u{b}agile"),
            &[Code::XmlControlCharacter],
        ),
        case(
            "a blank line first",
            manifest(&["\n".as_bytes(), RICH.as_bytes()].concat()),
            &[Code::XmlLeadingSpace],
        ),
        case("a doctype", doctype("SYSTEM 'x.dtd'"), &[Code::XmlDoctype]),
        case(
            "an external entity",
            doctype("[<!ENTITY x SYSTEM 'file:///etc/passwd'>]"),
            &[Code::XmlExternalEntity],
        ),
        case(
            "a parameter entity",
            doctype("[<!ENTITY % x SYSTEM 'http://a.example/'>]"),
            &[Code::XmlExternalEntity],
        ),
        case(
            "many laughs",
            doctype("[<!ENTITY x 'ha'><!ENTITY y '&x;&x;'>]"),
            &[Code::XmlEntityBomb],
        ),
        case(
            "one long laugh",
            {
                let long = "ha".repeat(50_000);
                let text = RICH.replacen(
                    "<manifest ",
                    &format!("<!DOCTYPE m [<!ENTITY x '{long}'>]><manifest "),
                    1,
                );
                zip(&package_with(text.replacen(
                    "Lavoro agile",
                    &"&x;".repeat(20),
                    1,
                )))
            },
            &[Code::XmlEntityBomb],
        ),
        case(
            "a quote in an entity's name",
            manifest("<!DOCTYPE m [<!ENTITY a\"b 'x'>]><manifest t=\"&a\"b;é\"/>".as_bytes()),
            &[Code::XmlMalformed],
        ),
        case(
            "many prefixes",
            edited("<manifest ", &{
                let all = (0..65).map(|n| format!("xmlns:p{n}='urn:{n}' "));
                format!("<manifest {}", all.collect::<String>())
            }),
            &[Code::XmlMalformed],
        ),
        case(
            "a base without end",
            edited(
                "<resources",
                &format!("<resources xml:base='{}'", "a/".repeat(1500)),
            ),
            &[Code::ManifestTooLarge],
        ),
        case(
            "deep",
            edited("<title>Lavoro agile</title>", &deep),
            &[Code::NestingTooDeep],
        ),
        case(
            "another root",
            manifest(b"<courseStructure/>"),
            &[Code::NotAManifest],
        ),
    ]
}

fn manifest_cases() -> Vec<Case> {
    let mut cases: Vec<Case> = EDITS
        .iter()
        .map(|(from, to, expected)| case(&format!("{from} → {to}"), edited(from, to), expected))
        .collect();
    let cut = |from: &str, to: &str| {
        let (start, end) = (RICH.find(from).unwrap(), RICH.find(to).unwrap() + to.len());
        zip(&package_with([&RICH[..start], &RICH[end..]].concat()))
    };
    let plain = |href: &str, name: &str| {
        let manifest = format!(
            "<manifest identifier='a' xmlns:adlcp='http://www.adlnet.org/xsd/adlcp_rootv1p2'><metadata><schemaversion>1.2</schemaversion></metadata><organizations default='o'><organization identifier='o'><title>O</title><item identifier='i' identifierref='r'><title>I</title></item></organization></organizations><resources><resource identifier='r' adlcp:scormtype='sco' href='{href}'/></resources></manifest>"
        );
        zip(&[file("imsmanifest.xml", manifest), file(name, "x")])
    };
    cases.extend([
        case(
            "no organizations",
            cut("<organizations", "</organizations>"),
            &[Code::OrganizationMissing],
        ),
        case(
            "no resources",
            cut("<resources", "</resources>"),
            &[Code::NothingLaunchable],
        ),
        case("a space", plain("a b.html", "a b.html"), &[Code::HrefSpace]),
        case(
            "from the root",
            plain("/a.html", "a.html"),
            &[Code::HrefAbsolute],
        ),
    ]);
    cases
}

fn all_cases() -> Vec<Case> {
    [archive_cases(), xml_cases(), manifest_cases()]
        .into_iter()
        .flatten()
        .collect()
}

fn codes(findings: &[Finding]) -> HashSet<Code> {
    findings.iter().map(|finding| finding.code).collect()
}

/// Reads a package and checks what holds for every package.
fn check_promises(name: &str, bytes: &[u8], limits: &Limits) -> Vec<Finding> {
    let mut source = percorso_package::ZipSource::from_bytes(bytes, limits);
    let (package, findings) = percorso_package::read(&mut source, limits);
    let refused = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    assert_eq!(package.is_none(), refused, "{name}: {findings:#?}");
    for finding in &findings {
        assert!(
            !finding.message.is_empty() && !finding.fix.is_empty(),
            "{name}: {finding:?}"
        );
        assert_eq!(
            finding.line.is_some(),
            finding.column.is_some(),
            "{name}: {finding:?}"
        );
        assert!(
            finding.line.is_none() || finding.file.is_some(),
            "{name}: {finding:?}"
        );
    }
    if let Some(package) = package {
        let json = serde_json::to_value(&package).expect("a package is plain data");
        assert_eq!(
            serde_json::from_value::<percorso_package::Package>(json).unwrap(),
            package
        );
    }
    findings
}

#[test]
fn the_rich_package_itself_is_sound() {
    let (package, findings) = read_bytes(&zip(&package_with(RICH)), &Limits::default());
    assert!(package.is_some() && findings.is_empty(), "{findings:#?}");
}

#[test]
fn every_case_gives_what_it_should() {
    for case in all_cases() {
        check_promises(&case.name, &case.bytes, &case.limits);
        let (_, findings) = read_bytes(&case.bytes, &case.limits);
        let found = codes(&findings);
        for code in &case.expected {
            assert!(
                found.contains(code),
                "{}: no {code} among {findings:#?}",
                case.name
            );
        }
        let refuses = |code: &Code| code.severity() == Severity::Error;
        let expects_error = case.expected.iter().any(refuses);
        let has_error = found.iter().any(refuses);
        assert_eq!(has_error, expects_error, "{}: {findings:#?}", case.name);
    }
}

/// What other tools write, and no harm in it.
#[test]
fn harmless_differences_of_headers_are_no_findings() {
    let signed = {
        let mut bytes = with([]);
        let at = bytes.len() - 22;
        let end = bytes.split_off(at);
        bytes.extend(b"PK\x05\x05\x04\0abcd");
        let size = u32::from_le_bytes(end[12..16].try_into().unwrap()) + 10;
        bytes.extend(&end[..12]);
        bytes.extend(size.to_le_bytes());
        bytes.extend(&end[16..]);
        bytes
    };
    for (name, bytes) in [
        (
            "sizes behind the data",
            with([otherwise(Local {
                has_descriptor: true,
                ..Local::default()
            })]),
        ),
        (
            "other hints",
            with([otherwise(Local {
                flags: Some(6),
                ..Local::default()
            })]),
        ),
        (
            "separators of another system",
            with([Raw {
                local: Local {
                    name: Some(b"x\\a.html".to_vec()),
                    ..Local::default()
                },
                ..file("x/a.html", "x")
            }]),
        ),
        (
            "UTF-8 said in one place only",
            with([Raw {
                flags: 0x800,
                local: Local {
                    flags: Some(0),
                    ..Local::default()
                },
                ..file("perché.html", "x")
            }]),
        ),
        ("a signature behind the directory", signed),
    ] {
        let (package, findings) = read_bytes(&bytes, &Limits::default());
        assert!(
            package.is_some() && findings.is_empty(),
            "{name}: {findings:#?}"
        );
    }
}

/// A finding names the file it concerns; null is the archive as a whole.
#[test]
fn findings_name_their_file() {
    let of = |name: &str, code: Code| {
        let case = all_cases().into_iter().find(|case| case.name == name);
        let case = case.unwrap();
        let (_, findings) = read_bytes(&case.bytes, &case.limits);
        let finding = findings.into_iter().find(|finding| finding.code == code);
        finding.unwrap().file
    };
    let named = |file: &str| Some(file.to_owned());
    for (name, code, file) in [
        (
            "no manifest",
            Code::ManifestMissing,
            named("imsmanifest.xml"),
        ),
        ("left over", Code::JunkFiles, named("__MACOSX/._a")),
        (
            "another name in the header",
            Code::ArchiveDamaged,
            named("a.html"),
        ),
        ("a rar", Code::NotAZip, None),
        ("cut in the middle", Code::ArchiveTruncated, None),
        ("too many", Code::TooManyEntries, None),
        ("too much", Code::ArchiveTooLarge, None),
        ("a large directory", Code::DirectoryTooLarge, None),
    ] {
        assert_eq!(of(name, code), file, "{name}");
    }
}

/// What is wrong in a metadata file is told where it is, and refuses nothing.
#[test]
fn metadata_files_have_findings_of_their_own() {
    let with_lom = |lom: &[u8]| {
        let mut entries = package_with(RICH);
        let file = entries
            .iter_mut()
            .find(|entry| entry.name == b"lom/corso.xml");
        file.unwrap().data = lom.to_vec();
        read_bytes(&zip(&entries), &Limits::default())
    };
    let lom = "<lom>\n<general><title><string>R&D</string></title></general></lom>";
    let (package, findings) = with_lom(lom.as_bytes());
    assert!(package.is_some());
    let [finding] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    assert_eq!(
        (finding.code, finding.file.as_deref(), finding.line),
        (Code::XmlAmpersand, Some("lom/corso.xml"), Some(2))
    );
    let (package, findings) = with_lom(b"<lom>\n<general></lom>");
    assert!(package.is_some());
    let [finding] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    assert_eq!(
        (finding.code, finding.file.as_deref(), finding.line),
        (Code::MetadataUnreadable, Some("lom/corso.xml"), Some(2))
    );
}

/// Those of course structures (their requirements read `13.2.0.0-1`) have their cases in `cmi5.rs`.
fn is_of_cmi5(code: Code) -> bool {
    code.requirement()
        .is_some_and(|requirement| !requirement.starts_with("CAM"))
}

#[test]
fn every_code_is_given_by_some_case() {
    let found: HashSet<Code> = all_cases()
        .iter()
        .flat_map(|case| codes(&read_bytes(&case.bytes, &case.limits).1))
        .collect();
    let never: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| !found.contains(code) && !is_of_cmi5(**code))
        .collect();
    assert!(never.is_empty(), "no case gives {never:?}");
}

/// Every problem is told in one pass, not only the first.
#[test]
fn all_problems_are_reported_at_once() {
    let manifest = RICH
        .replacen("isvisible=\"true\"", "isvisible=\"forse\"", 1)
        .replacen("identifierref=\"r-prova\"", "identifierref=\"nulla\"", 1)
        .replacen(">0.6<", ">60<", 1)
        .replacen("Lavoro agile", "R&D", 1);
    let mut entries = package_with(manifest);
    entries.push(file("../a", "x"));
    let findings = check_promises("many", &zip(&entries), &Limits::default());
    let found = codes(&findings);
    for code in [
        Code::VocabularyUnknown,
        Code::IdentifierrefDangling,
        Code::NumberOutOfRange,
        Code::XmlAmpersand,
        Code::PathTraversal,
    ] {
        assert!(found.contains(&code), "no {code} among {findings:#?}");
    }
    assert_eq!(findings[0].severity, Severity::Error);
}

/// A small generator of the usual kind (xorshift), so that the corpus is the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let (at, other) = (self.below(bytes.len()), self.below(bytes.len()));
            match self.below(7) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = [0, 0xff, b'<', b'>', b'&', b'"', b'/', 0x80][self.below(8)],
                2 => drop(bytes.drain(at..(at + 1 + self.below(40)).min(bytes.len()))),
                3 => bytes.truncate(at.max(1)),
                4 => bytes.swap(at, other),
                5 => {
                    let piece = bytes[at..(at + self.below(60)).min(bytes.len())].to_vec();
                    bytes.splice(other..other, piece);
                }
                _ => {
                    let end = (at + 4).min(bytes.len());
                    bytes[at..end].fill(0xff);
                }
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
    }
}

#[test]
fn six_hundred_spoiled_packages_give_findings_and_never_a_panic() {
    let mut random = Random(0x5eed_0fca_5e00_0001);
    let whole = zip(&package_with(RICH));
    let mut with_findings = 0;
    for number in 0..600 {
        let bytes = if number % 2 == 0 {
            let mut bytes = whole.clone();
            random.spoil(&mut bytes);
            bytes
        } else {
            let mut manifest = RICH.as_bytes().to_vec();
            random.spoil(&mut manifest);
            zip(&package_with(manifest))
        };
        let limits = Limits::default();
        check_promises(&format!("spoiled {number}"), &bytes, &limits);
        with_findings += usize::from(!read_bytes(&bytes, &limits).1.is_empty());
    }
    assert!(
        with_findings > 400,
        "only {with_findings} of 600 gave findings"
    );
}
