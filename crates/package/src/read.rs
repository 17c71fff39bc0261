//! From a source to a package: finds the manifest, reads it, gathers every finding.

use crate::{
    Code, Finding, Limits, Package, Source, finding::Findings, href::Files, manifest::Reader,
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
    let package = locate(source, &mut findings)
        .and_then(|index| read_manifest(source, index, limits, &mut findings));
    let package = package.filter(|_| !findings.has_error());
    (package, findings.into_list())
}

fn read_manifest(
    source: &mut dyn Source,
    index: usize,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<Package> {
    let entry = source.entries()[index].clone();
    if entry.size_bytes > limits.manifest_bytes {
        let message = format!(
            "{} bytes; the limit is {}",
            entry.size_bytes, limits.manifest_bytes
        );
        findings.add(Finding::new(Code::ManifestTooLarge, message).in_file(entry.path));
        return None;
    }
    let bytes = match read_entry(source, index, limits.manifest_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("the manifest cannot be read: {error}");
            findings.add(Finding::new(Code::EntryUnreadable, message).in_file(entry.path));
            return None;
        }
    };
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

/// The manifest nearest to the root of the archive.
fn locate(source: &dyn Source, findings: &mut Findings) -> Option<usize> {
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
        // A broken archive has been reported as such already.
        if !findings.has_error() || !source.entries().is_empty() {
            findings.add(Finding::new(Code::ManifestMissing, why_missing(source)));
        }
        return None;
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
    Some(index)
}

fn why_missing(source: &dyn Source) -> String {
    let ends = |ending: &str| {
        source
            .entries()
            .iter()
            .find(|entry| entry.path.to_ascii_lowercase().ends_with(ending))
    };
    if let Some(entry) = ends("cmi5.xml") {
        format!(
            "there is no imsmanifest.xml; {} is the course structure of a cmi5 package",
            entry.path
        )
    } else if let Some(entry) = ends("tincan.xml") {
        format!(
            "there is no imsmanifest.xml; {} belongs to a Tin Can package",
            entry.path
        )
    } else if let Some(entry) = ends(".zip") {
        format!(
            "there is no imsmanifest.xml; perhaps the package is {} inside this archive",
            entry.path
        )
    } else {
        "there is no imsmanifest.xml".to_owned()
    }
}
