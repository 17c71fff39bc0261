//! `metadata`: the part of LOM that the product uses, inline and by `adlcp:location`.
//!
//! SCORM 1.2 writes LOM with `langstring`, SCORM 2004 with `string`; both are read everywhere.

use roxmltree::Node;

use super::{Reader, value::is_duration};
use crate::{
    Code, Finding, Kind, LangString, Metadata, Severity,
    finding::Findings,
    href::TargetKind,
    source::read_entry,
    xml::{XmlText, attribute, child, children, is, normalized, text},
};

/// Characters of a title, description, keyword and so on; what goes beyond them is cut off.
const TEXT_CHARS: usize = 65_536;

/// Source of the vocabulary of learning-object kinds.
const KIND_SOURCE: &str = "https://percorso.example/vocab/tipo-oggetto";

const KINDS: &[(&str, Kind)] = &[
    ("videolezione", Kind::Videolezione),
    ("videopillola", Kind::Videopillola),
    ("buona pratica", Kind::BuonaPratica),
];

impl Metadata {
    /// Takes from `other` what this one does not say.
    pub(crate) fn complete_from(&mut self, other: Self) {
        self.title = self.title.take().or(other.title);
        self.description = self.description.take().or(other.description);
        self.language = self.language.take().or(other.language);
        if self.keywords.is_empty() {
            self.keywords = other.keywords;
        }
        self.duration = self.duration.take().or(other.duration);
        self.kind = self.kind.or(other.kind);
    }

    /// Bytes of all it says.
    pub(super) fn text_bytes(&self) -> usize {
        let strings = [&self.title, &self.description];
        let strings = strings.into_iter().flatten().chain(&self.keywords);
        let language_bytes = |language: &Option<String>| language.as_ref().map_or(0, String::len);
        let of_strings: usize = strings
            .map(|string| {
                size_of_val(string) + string.text.len() + language_bytes(&string.language)
            })
            .sum();
        of_strings + language_bytes(&self.language) + language_bytes(&self.duration)
    }
}

impl<'a, 'i: 'a> Reader<'a, 'i> {
    /// Reads a `metadata` element.
    pub(super) fn metadata(&mut self, node: Node<'a, 'i>, base: &str) -> Metadata {
        let mut metadata = child(node, "lom").map(lom).unwrap_or_default();
        let mut is_kept = self.keep(node, metadata.text_bytes());
        for location in children(node, "location") {
            if is_kept.is_none() {
                return Metadata::default();
            }
            if let Some(external) = self.external_metadata(location, base) {
                is_kept = self.keep(location, external.text_bytes());
                metadata.complete_from(external);
            }
        }
        metadata
    }

    fn external_metadata(&mut self, location: Node, base: &str) -> Option<Metadata> {
        let href = text(location);
        let target = self.files.resolve(base, &href);
        let index = (target.kind == TargetKind::File)
            .then(|| self.files.index(&target.path))
            .flatten();
        let Some(index) = index else {
            if target.kind != TargetKind::External {
                let message = format!("the metadata file {href:?} is not in the package");
                self.report(Code::MetadataMissing, location, message);
            }
            return None;
        };
        if let Some(known) = self.described.get(&index) {
            return known.clone();
        }
        let metadata = self.metadata_file(index, &target.path);
        self.described.insert(index, metadata.clone());
        metadata
    }

    /// What the file at `path` says, which is entry `index`.
    fn metadata_file(&mut self, index: usize, path: &str) -> Option<Metadata> {
        self.described_bytes += self.source.entries()[index].size_bytes;
        let most = self.most_bytes();
        if self.described_bytes > most {
            let message = format!("the metadata files have more than {most} bytes in all");
            self.unreadable(path, message, None);
            return None;
        }
        let bytes = match read_entry(self.source, index, self.limits.manifest_bytes) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("the metadata cannot be read: {error}");
                self.unreadable(path, message, None);
                return None;
            }
        };
        let mut found = Findings::default();
        let text = XmlText::read(path, &bytes, self.limits, &mut found);
        let metadata = text.and_then(|text| {
            let document = text.document()?;
            document
                .descendants()
                .find(|node| is(*node, "lom"))
                .map(lom)
        });
        let is_unreadable = found.has_error();
        for finding in found.into_list() {
            // No metadata refuses a package: what would in a manifest leaves only this file out.
            if finding.severity == Severity::Error {
                let message = format!("the metadata cannot be read: {}", finding.message);
                self.unreadable(path, message, finding.line.zip(finding.column));
            } else {
                self.add(finding);
            }
        }
        if metadata.is_none() && !is_unreadable {
            self.unreadable(path, "there is no LOM in this file".to_owned(), None);
        }
        metadata
    }

    fn unreadable(&mut self, file: &str, message: String, place: Option<(u32, u32)>) {
        let finding = Finding::new(Code::MetadataUnreadable, message).in_file(file);
        self.add(match place {
            Some((line, column)) => finding.at(line, column),
            None => finding,
        });
    }
}

/// What a `lom` element says.
pub(crate) fn lom(lom: Node) -> Metadata {
    let general = child(lom, "general");
    let educational = child(lom, "educational");
    let duration = child(lom, "technical")
        .and_then(|technical| child(technical, "duration"))
        .or_else(|| educational.and_then(|found| child(found, "typicalLearningTime")))
        .and_then(duration);
    Metadata {
        title: general
            .and_then(|general| child(general, "title"))
            .and_then(lang_string),
        description: general
            .and_then(|general| child(general, "description"))
            .and_then(lang_string),
        language: general
            .and_then(|general| child(general, "language"))
            .map(cut_text)
            .filter(|language| !language.is_empty()),
        keywords: general
            .into_iter()
            .flat_map(|general| children(general, "keyword"))
            .filter_map(lang_string)
            .collect(),
        duration,
        kind: educational
            .into_iter()
            .flat_map(|found| children(found, "learningResourceType"))
            .find_map(kind),
    }
}

fn lang_string(node: Node) -> Option<LangString> {
    let string = node
        .children()
        .find(|found| is(*found, "string") || is(*found, "langstring"))
        .unwrap_or(node);
    let language = attribute(string, "language").or_else(|| attribute(string, "lang"));
    let text = cut_text(string);
    (!text.is_empty()).then(|| LangString {
        language: language
            .map(|language| cut(normalized(language)))
            .filter(|language| !language.is_empty()),
        text,
    })
}

fn cut_text(node: Node) -> String {
    cut(text(node))
}

fn cut(text: String) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

fn duration(node: Node) -> Option<String> {
    let value = child(node, "duration")
        .or_else(|| child(node, "datetime"))
        .map_or_else(|| cut_text(node), cut_text);
    if is_duration(&value) {
        return Some(value);
    }
    // SCORM 1.2: 00:30:00
    let parts: Vec<u32> = value
        .split(':')
        .map_while(|part| part.parse().ok())
        .collect();
    match parts.as_slice() {
        [hours, minutes, seconds] => Some(format!("PT{hours}H{minutes}M{seconds}S")),
        _ => None,
    }
}

fn kind(node: Node) -> Option<Kind> {
    let source = child(node, "source").map(text)?;
    let value = child(node, "value").map(text)?.to_lowercase();
    (source == KIND_SOURCE)
        .then(|| {
            KINDS
                .iter()
                .find(|(word, _)| *word == value)
                .map(|(_, kind)| *kind)
        })
        .flatten()
}
