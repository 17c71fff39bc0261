//! From a source to a package: finds the manifest or course structure, reads it, gathers every finding.

use crate::{
    Code, Finding, Limits, Package, Source, cmi5, finding::Findings, href::Files, manifest::Reader,
    source::read_entry, xml::XmlText,
};

const MANIFEST: &str = "imsmanifest.xml";

/// Reads a package: what it is, and everything that is wrong with it.
///
/// The package is `None` exactly when one of the findings is an error. All problems are reported in
/// one pass, errors first; the checksums of files are not looked at ([`verify`](crate::verify) does).
pub fn read(source: &mut dyn Source, limits: &Limits) -> (Option<Package>, Vec<Finding>) {
    let mut findings = Findings::default();
    findings.extend(source.findings().iter().cloned());
    let package = match locate(source, &mut findings) {
        Some(Located::Manifest(index)) => read_manifest(source, index, limits, &mut findings),
        Some(Located::CourseStructure(index)) => {
            read_structure(source, index, limits, &mut findings)
        }
        None => None,
    };
    let package = package.filter(|_| !findings.has_error());
    (package, findings.into_list())
}

/// Reads a course structure that comes without a zip: a bare `cmi5.xml`, whatever it is called.
pub fn read_course_structure(bytes: &[u8], limits: &Limits) -> (Option<Package>, Vec<Finding>) {
    let mut findings = Findings::default();
    let package = if bytes.len() as u64 > limits.manifest_bytes {
        let message = format!(
            "{} bytes; the limit is {}",
            bytes.len(),
            limits.manifest_bytes
        );
        findings.add(Finding::new(Code::ManifestTooLarge, message).in_file(cmi5::FILE));
        None
    } else {
        cmi5::read(bytes, None, limits, &mut findings)
    };
    let package = package.filter(|_| !findings.has_error());
    (package, findings.into_list())
}

/// What an archive describes itself by.
enum Located {
    Manifest(usize),
    CourseStructure(usize),
}

fn read_structure(
    source: &mut dyn Source,
    index: usize,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<Package> {
    let bytes = read_description(source, index, limits, findings)?;
    cmi5::read(&bytes, Some(source), limits, findings)
}

/// The bytes of the manifest or course structure.
fn read_description(
    source: &mut dyn Source,
    index: usize,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<Vec<u8>> {
    let entry = source.entries()[index].clone();
    if entry.size_bytes > limits.manifest_bytes {
        let message = format!(
            "{} bytes; the limit is {}",
            entry.size_bytes, limits.manifest_bytes
        );
        findings.add(Finding::new(Code::ManifestTooLarge, message).in_file(entry.path));
        return None;
    }
    match read_entry(source, index, limits.manifest_bytes) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            let message = format!("it cannot be read: {error}");
            findings.add(Finding::new(Code::EntryUnreadable, message).in_file(entry.path));
            None
        }
    }
}

fn read_manifest(
    source: &mut dyn Source,
    index: usize,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<Package> {
    let bytes = read_description(source, index, limits, findings)?;
    let entry = source.entries()[index].clone();
    let text = XmlText::read(&entry.path, &bytes, limits, findings)?;
    let document = text.document()?;
    let root = entry
        .path
        .rsplit_once('/')
        .map_or_else(String::new, |(folder, _)| format!("{folder}/"));
    let files = Files::new(&root, source.entries());
    Reader::read(
        &text,
        document.root_element(),
        &files,
        source,
        limits,
        findings,
    )
}

/// The manifest nearest to the root of the archive; without one, the course structure at the root.
fn locate(source: &dyn Source, findings: &mut Findings) -> Option<Located> {
    let name_of = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let mut found: Vec<(usize, usize)> = source
        .entries()
        .iter()
        .enumerate()
        .filter(|(_, entry)| name_of(&entry.path).eq_ignore_ascii_case(MANIFEST))
        .map(|(index, entry)| (entry.path.matches('/').count(), index))
        .collect();
    found.sort_unstable();
    let Some(&(depth, index)) = found.first() else {
        return locate_structure(source, findings);
    };
    let path = &source.entries()[index].path;
    let mut add = |code, message: String| findings.add(Finding::new(code, message).in_file(path));
    if name_of(path) != MANIFEST {
        add(
            Code::ManifestName,
            format!("the manifest is called {}", name_of(path)),
        );
    }
    if depth > 0 {
        add(
            Code::ManifestNested,
            "the manifest is not at the root of the archive".to_owned(),
        );
        let rivals = found.iter().filter(|(other, _)| *other == depth).count() - 1;
        if rivals > 0 {
            add(
                Code::ManifestAmbiguous,
                format!("{rivals} more folders hold a manifest; this one is read"),
            );
        }
    }
    Some(Located::Manifest(index))
}

fn locate_structure(source: &dyn Source, findings: &mut Findings) -> Option<Located> {
    let entries = source.entries();
    if let Some(index) = entries.iter().position(|entry| entry.path == cmi5::FILE) {
        return Some(Located::CourseStructure(index));
    }
    let elsewhere = entries.iter().find(|entry| {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        name.eq_ignore_ascii_case(cmi5::FILE)
    });
    if let Some(entry) = elsewhere {
        let message = format!(
            "there is no cmi5.xml at the root of the zip, only {}",
            entry.path
        );
        findings.add(Finding::new(Code::CourseStructureMissing, message).in_file(&entry.path));
    } else if !findings.has_error() || !entries.is_empty() {
        // A broken archive has been reported as such already.
        let missing = Finding::new(Code::ManifestMissing, why_missing(source));
        findings.add(missing.in_file(MANIFEST));
    }
    None
}

fn why_missing(source: &dyn Source) -> String {
    let ends = |ending: &str| {
        source
            .entries()
            .iter()
            .find(|entry| entry.path.to_ascii_lowercase().ends_with(ending))
    };
    if let Some(entry) = ends("tincan.xml") {
        format!(
            "there is neither imsmanifest.xml nor cmi5.xml; {} belongs to a Tin Can package",
            entry.path
        )
    } else if let Some(entry) = ends(".zip") {
        format!(
            "there is neither imsmanifest.xml nor cmi5.xml; perhaps the package is {} inside this archive",
            entry.path
        )
    } else {
        "there is neither imsmanifest.xml (SCORM) nor cmi5.xml (cmi5)".to_owned()
    }
}
