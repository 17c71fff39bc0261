//! What was found wrong (or noteworthy) with a package: the table of codes, and the finding itself.
//!
//! Codes are stable: programs may match on them. A code's severity, requirement and mend stand in
//! one table below; the place and the words about the case at hand are the finding's own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The package is refused.
    Error,
    /// The package is delivered; other systems may stumble, or something authored has no effect.
    Warning,
    /// Worth knowing.
    Info,
}

/// One thing found in a package.
///
/// ```
/// use percorso_package::{Code, Finding};
///
/// let finding = Finding::new(Code::ManifestMissing, "there is no imsmanifest.xml");
/// let json = serde_json::to_value(&finding)?;
/// assert_eq!(json["code"], "manifest-missing");
/// assert_eq!(json["severity"], "error");
/// assert_eq!(json["requirement"], "CAM 3.3");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which kind of problem; stable.
    pub code: Code,
    /// How bad it is: always [`Code::severity`].
    pub severity: Severity,
    /// What is wrong here, in one sentence.
    pub message: String,
    /// What to do about it, in one sentence.
    pub fix: String,
    /// Path inside the package of the file it concerns; of one that should be there, where it should be. Null
    /// when it concerns the archive as a whole.
    pub file: Option<String>,
    /// Line in that file, from 1.
    pub line: Option<u32>,
    /// Column in that line, in characters, from 1.
    pub column: Option<u32>,
    /// The requirement it breaks (`CAM 3.4.1`), when it breaks one.
    pub requirement: Option<String>,
}

impl Finding {
    /// A finding without a place.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            fix: code.fix().to_owned(),
            file: None,
            line: None,
            column: None,
            requirement: code.requirement().map(str::to_owned),
        }
    }

    /// The same finding, in `file`.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same finding, at a line and column.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = (Some(line), Some(column));
        self
    }
}

/// `imsmanifest.xml:12:5: error: … [code]`, the form editors understand.
impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(out, "{file}:")?;
            if let (Some(line), Some(column)) = (self.line, self.column) {
                write!(out, "{line}:{column}:")?;
            }
            out.write_str(" ")?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        write!(
            out,
            "{severity}: {} [{}]\n    {}",
            self.message, self.code, self.fix
        )
    }
}

/// Findings as they come in, with a limit per code so that a hostile package cannot fill memory.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    counts: std::collections::HashMap<Code, usize>,
}

impl Findings {
    /// Findings kept for each code; the last one says that there were more.
    const PER_CODE: usize = 100;

    pub(crate) fn add(&mut self, finding: Finding) {
        self.add_with(finding.code, || finding);
    }

    /// Adds what `make` makes, which is not asked for what would not be kept.
    pub(crate) fn add_with(&mut self, code: Code, make: impl FnOnce() -> Finding) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= Self::PER_CODE {
            self.list.push(make());
        }
    }

    pub(crate) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    pub(crate) fn has_error(&self) -> bool {
        self.list
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    pub(crate) fn into_list(mut self) -> Vec<Finding> {
        for (code, count) in self.counts {
            if count > Self::PER_CODE
                && let Some(last) = self.list.iter_mut().rfind(|finding| finding.code == code)
            {
                let more = count - Self::PER_CODE;
                last.message = format!("{} (and {more} more of this kind)", last.message);
            }
        }
        self.list.sort_by_key(|finding| finding.severity);
        self.list
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $severity:ident, $requirement:expr, $fix:literal;)*) => {
        /// Every kind of finding. The string form is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $name,)*
        }

        impl Code {
            /// Every code, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            fn row(self) -> (&'static str, Severity, Option<&'static str>, &'static str, &'static str) {
                match self {
                    $(Self::$name => (
                        $code, Severity::$severity, $requirement, $fix, concat!($($doc),+),
                    ),)*
                }
            }
        }
    };
}

impl Code {
    /// The stable string: `launch-file-missing`.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        self.row().1
    }

    /// The requirement it breaks, when it breaks one.
    pub fn requirement(self) -> Option<&'static str> {
        self.row().2
    }

    /// What to do about it.
    pub fn fix(self) -> &'static str {
        self.row().3
    }

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        self.row().4.trim()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

codes! {
    // The archive.
    /// The file is not a zip archive.
    NotAZip = "not-a-zip", Error, Some("CAM 3.2"), "Upload the .zip that the authoring tool exports.";
    /// The archive ends too early.
    ArchiveTruncated = "archive-truncated", Error, Some("CAM 3.2"), "Copy or export the file again: it was cut off on its way.";
    /// The archive's directory or an entry's header contradicts itself.
    ArchiveDamaged = "archive-damaged", Error, Some("CAM 3.2"), "Pack the folder again with a current zip program.";
    /// An entry is encrypted.
    EntryEncrypted = "entry-encrypted", Error, None, "Pack the folder again without a password.";
    /// An entry's name climbs out of the archive.
    PathTraversal = "path-traversal", Error, None, "Pack from inside the course's folder, so that no name contains `..`.";
    /// An entry's name begins at the root of a file system.
    PathAbsolute = "path-absolute", Error, None, "Pack with relative names.";
    /// An entry's name is empty, very long, or holds control characters.
    EntryNameInvalid = "entry-name-invalid", Error, None, "Rename the file using letters, digits, `-` and `_`.";
    /// An entry is a symbolic link.
    Symlink = "symlink", Error, None, "Put the file itself into the package in place of the link.";
    /// Two entries have one name.
    EntryDuplicate = "entry-duplicate", Error, None, "Keep one of the two files, and pack again.";
    /// Two entries share bytes of the archive.
    EntriesOverlap = "entries-overlap", Error, None, "Pack the folder again with a current zip program.";
    /// There are more entries than the limit allows.
    TooManyEntries = "too-many-entries", Error, None, "Split the course, leave out files that it does not use, or raise the limit.";
    /// The archive's directory is larger than the limit allows.
    DirectoryTooLarge = "directory-too-large", Error, None, "Pack the folder again with a current zip program, without comments on the entries, or raise the limit.";
    /// All entries together are larger than the limit allows.
    ArchiveTooLarge = "archive-too-large", Error, None, "Leave out or compress large media, or raise the limit.";
    /// One entry is larger than the limit allows.
    EntryTooLarge = "entry-too-large", Error, None, "Compress or split this file, or raise the limit.";
    /// An entry, or the archive as a whole, grows suspiciously when it is inflated.
    CompressionRatio = "compression-ratio", Error, None, "Store what compresses so well uncompressed, or raise the limit.";
    /// An entry is packed by a method other than stored or deflated.
    MethodUnsupported = "method-unsupported", Error, Some("CAM 3.2"), "Pack with the method Deflate.";
    /// An entry's bytes do not match its checksum.
    CrcMismatch = "crc-mismatch", Error, Some("CAM 3.2"), "Copy or export the file again: it was damaged on its way.";
    /// An entry's size, inflated or packed, is not what the directory says.
    SizeMismatch = "size-mismatch", Error, Some("CAM 3.2"), "Pack the folder again with a current zip program.";
    /// An entry cannot be read or inflated.
    EntryUnreadable = "entry-unreadable", Error, Some("CAM 3.2"), "Copy or export the file again: it was damaged on its way.";
    /// An entry's name is written with backslashes.
    NameBackslash = "name-backslash", Warning, Some("CAM 3.2"), "Pack with a program that writes `/` between folders.";
    /// An entry's name is not ASCII and does not say that it is UTF-8.
    NameEncoding = "name-encoding", Warning, None, "Pack with a program that marks names as UTF-8, or keep names to ASCII.";
    /// An entry's name is written with decomposed accents.
    NameDecomposed = "name-decomposed", Warning, None, "Nothing is lost; other systems need names in composed form (NFC) or in ASCII.";
    /// Two names differ only in case.
    NameCaseCollision = "name-case-collision", Warning, None, "Rename one of the two: they are one file on Windows and macOS.";
    /// The archive holds what an operating system left there.
    JunkFiles = "junk-files", Warning, None, "Leave `__MACOSX`, `.DS_Store` and `Thumbs.db` out of the archive.";

    // The manifest as a file.
    /// There is neither a manifest nor a course structure.
    ManifestMissing = "manifest-missing", Error, Some("CAM 3.3"), "Put imsmanifest.xml (SCORM) or cmi5.xml (cmi5) at the root of the archive.";
    /// The manifest is inside a folder of the archive.
    ManifestNested = "manifest-nested", Warning, Some("CAM 3.3"), "Pack the contents of the folder, not the folder.";
    /// The manifest's name is not written in lower case.
    ManifestName = "manifest-name", Warning, Some("CAM 3.3"), "Rename the file to imsmanifest.xml.";
    /// Several folders hold a manifest.
    ManifestAmbiguous = "manifest-ambiguous", Warning, Some("CAM 3.3"), "Upload one archive for each course.";
    /// The manifest, or what it comes to when it is read, is larger than the limit allows.
    ManifestTooLarge = "manifest-too-large", Error, None, "Split the course, or raise the limit.";
    /// The manifest is not written in plain UTF-8.
    XmlEncoding = "xml-encoding", Warning, None, "Save the file as UTF-8 without a byte order mark.";
    /// The manifest is not well-formed XML.
    XmlMalformed = "xml-malformed", Error, Some("CAM 3.3"), "Correct the XML at this place; a browser shows the error when you open the file.";
    /// A `&` stands by itself.
    XmlAmpersand = "xml-ampersand", Warning, None, "Write `&amp;` in place of `&`.";
    /// An entity of HTML is used, which XML does not know.
    XmlEntityUndeclared = "xml-entity-undeclared", Warning, None, "Write the character itself in place of the entity.";
    /// A namespace prefix is not declared.
    XmlPrefixUndeclared = "xml-prefix-undeclared", Warning, None, "Declare the prefix with xmlns at the manifest element.";
    /// A control character that XML forbids.
    XmlControlCharacter = "xml-control-character", Warning, None, "Remove the character.";
    /// Something stands before the XML declaration.
    XmlLeadingSpace = "xml-leading-space", Warning, None, "Let the file begin with `<?xml`.";
    /// The manifest has a document type declaration.
    XmlDoctype = "xml-doctype", Warning, None, "Remove the DOCTYPE: SCORM manifests have none.";
    /// The manifest asks for an external entity.
    XmlExternalEntity = "xml-external-entity", Error, None, "Remove the DOCTYPE and write the text itself.";
    /// Entities of the manifest expand beyond measure.
    XmlEntityBomb = "xml-entity-bomb", Error, None, "Remove the DOCTYPE and write the text itself.";
    /// Elements are nested deeper than the limit allows.
    NestingTooDeep = "nesting-too-deep", Error, None, "Flatten the course structure, or raise the limit.";
    /// The file's root element is not `manifest`.
    NotAManifest = "not-a-manifest", Error, Some("CAM 3.4.1.1"), "Export the course again as SCORM 1.2 or SCORM 2004.";

    // What the manifest says of itself.
    /// The manifest does not say which version of SCORM it follows.
    SchemaversionMissing = "schemaversion-missing", Warning, Some("CAM 3.4.1.4"), "Add metadata/schemaversion: `1.2`, `CAM 1.3`, `2004 3rd Edition` or `2004 4th Edition`.";
    /// The version string is not one that SCORM knows.
    SchemaversionUnknown = "schemaversion-unknown", Warning, Some("CAM 3.4.1.4"), "Write `1.2`, `CAM 1.3`, `2004 3rd Edition` or `2004 4th Edition`.";
    /// The version string says one standard, the namespaces another.
    SchemaversionContradiction = "schemaversion-contradiction", Warning, Some("CAM 3.4.1.4"), "Let schemaversion and the namespaces name the same version.";
    /// The control documents (.xsd) that the manifest refers to are not in the package.
    SchemaFilesMissing = "schema-files-missing", Warning, Some("CAM 3.3"), "Add the XSD files at the root of the archive; delivery does not need them.";
    /// An element has no identifier.
    IdentifierMissing = "identifier-missing", Warning, Some("CAM 3.4.1"), "Give the element an identifier of its own.";
    /// Two elements have one identifier.
    IdentifierDuplicate = "identifier-duplicate", Warning, Some("CAM 3.4.1"), "Give each element an identifier of its own.";
    /// An identifier has white space around or inside it.
    IdentifierSpace = "identifier-space", Warning, Some("CAM 3.4.1"), "Remove the white space from the identifier.";
    /// An organization or item has no title.
    TitleMissing = "title-missing", Warning, Some("CAM 3.4.1"), "Add a title: learners see it in the table of contents.";
    /// The manifest names an external sub-manifest.
    SubManifest = "sub-manifest", Info, Some("CAM 3.4.1.1"), "Nothing to do; few other systems read sub-manifests.";

    // cmi5: the course structure and its package.
    /// The zip has no course structure at its root.
    CourseStructureMissing = "course-structure-missing", Error, Some("14.1.0.0-2"), "Put cmi5.xml at the root of the zip: pack the contents of the folder, not the folder.";
    /// The course structure does not conform to the published schema.
    CourseStructureInvalid = "course-structure-invalid", Error, Some("13.2.0.0-1"), "Follow CourseStructure.xsd, the order of elements included.";
    /// An id is not an absolute IRI.
    IriNotAbsolute = "iri-not-absolute", Error, Some("3.0.0.0-1"), "Write the whole IRI with its scheme, such as https://comune.example/corsi/1.";
    /// A block's id is given twice.
    BlockIdDuplicate = "block-id-duplicate", Error, Some("13.1.2.0-1"), "Give each block an id of its own.";
    /// An objective's id is given twice.
    ObjectiveIdDuplicate = "objective-id-duplicate", Error, Some("13.1.3.0-1"), "Give each objective an id of its own.";
    /// An assignable unit's id is given twice.
    AuIdDuplicate = "au-id-duplicate", Error, Some("13.1.4.0-1"), "Give each AU an id of its own.";
    /// A course's or objective's id is also that of another element.
    StructureIdReused = "structure-id-reused", Warning, Some("4.4.0.0-2"), "Give each element an id of its own, so that statements can tell them apart.";
    /// A block or unit refers to an objective that the course does not have.
    ObjectiveReferenceUnknown = "objective-reference-unknown", Error, Some("4.4.0.0-2"), "Let idref name an objective of this course, or remove the reference.";
    /// An assignable unit's url is no well-formed URL.
    AuUrlMalformed = "au-url-malformed", Error, Some("13.1.4.0-2"), "Correct the URL; percent-encode spaces, accents and other special characters.";
    /// An assignable unit's url is relative though there is no zip.
    AuUrlRelative = "au-url-relative", Error, Some("14.2.0.0-1"), "Write the whole URL, or pack cmi5.xml with its files in a zip.";
    /// An assignable unit's url names a file that the zip does not hold.
    AuFileMissing = "au-file-missing", Error, Some("14.1.0.0-4"), "Add the file, correct the url, or write the whole URL of content that lies elsewhere.";
    /// A file of the zip is referred to by an absolute URL.
    AuUrlAbsolute = "au-url-absolute", Error, Some("14.1.0.0-3"), "Refer to files of the zip by relative URL.";
    /// An assignable unit's url uses a parameter that belongs to the launch.
    AuUrlReserved = "au-url-reserved", Error, Some("8.1.0.0-6"), "Rename the parameter: endpoint, fetch, actor, registration and activityId are added at launch.";
    /// Elements of a vendor's namespace come without their schema.
    ExtensionWithoutSchema = "extension-without-schema", Error, Some("13.1.5.0-1"), "Name the schema in xsi:schemaLocation: where it is published, or a file of the zip.";
    /// The schema of a vendor's elements is none.
    ExtensionSchemaInvalid = "extension-schema-invalid", Error, Some("13.1.5.0-2"), "Let xsi:schemaLocation name an XML Schema whose targetNamespace is the elements' namespace.";

    // Organizations and items.
    /// There is no organization.
    OrganizationMissing = "organization-missing", Warning, Some("CAM 3.4.1"), "Add an organization with an item for each part of the course.";
    /// The default organization is not named, or does not exist.
    OrganizationDefault = "organization-default", Warning, Some("CAM 3.4.1"), "Let organizations/@default name one of the organizations.";
    /// The default organization has nothing to launch; another has.
    OrganizationNotLaunchable = "organization-not-launchable", Warning, Some("CAM 3.4.1"), "Let organizations/@default name an organization with content.";
    /// Nothing in the package can be launched.
    NothingLaunchable = "nothing-launchable", Error, Some("CAM 3.4.1"), "Give at least one item an identifierref to a resource with an href.";
    /// An item refers to a resource that does not exist.
    IdentifierrefDangling = "identifierref-dangling", Error, Some("CAM 3.4.1"), "Let identifierref name a resource of this manifest.";
    /// An item with children refers to a resource.
    ClusterWithResource = "cluster-with-resource", Warning, Some("CAM 3.4.1"), "Move the resource to an item of its own below this one.";
    /// An item has neither content nor children.
    ItemEmpty = "item-empty", Warning, Some("CAM 3.4.1"), "Give the item content or children, or remove it.";
    /// A resource that an item refers to has no href.
    ResourceWithoutHref = "resource-without-href", Warning, Some("CAM 3.4.1"), "Give the resource an href to its first page.";

    // Resources and files.
    /// The file to launch is not in the package.
    LaunchFileMissing = "launch-file-missing", Error, Some("CAM 3.4.1"), "Add the file, or correct the href.";
    /// A file that a resource lists is not in the package.
    FileMissing = "file-missing", Warning, Some("CAM 3.4.1"), "Add the file, or remove it from the resource.";
    /// A reference climbs out of the package.
    HrefOutside = "href-outside", Error, Some("CAM 3.4"), "Refer to files inside the package.";
    /// A reference is neither a file of the package nor http(s).
    HrefScheme = "href-scheme", Error, Some("CAM 3.4"), "Refer to a file of the package, or to an http(s) address.";
    /// The content lies outside the package.
    HrefExternal = "href-external", Info, None, "Nothing to do; mind that learners need that other server, and that it cannot report progress.";
    /// A reference is written in another case than the file.
    HrefCase = "href-case", Warning, None, "Write the reference exactly as the file is named.";
    /// A reference is written with backslashes.
    HrefBackslash = "href-backslash", Warning, Some("CAM 3.4"), "Write `/` between folders.";
    /// A reference needs percent-decoding to find its file, or is encoded where the file's name is too.
    HrefPercentEncoded = "href-percent-encoded", Warning, None, "Nothing is lost; some systems do not decode references: prefer names without spaces and accents.";
    /// A reference holds raw spaces.
    HrefSpace = "href-space", Warning, Some("CAM 3.4"), "Write `%20` for a space, or rename the file without spaces.";
    /// A reference begins with `/`.
    HrefAbsolute = "href-absolute", Warning, Some("CAM 3.4"), "Remove the leading `/`: references are relative to the manifest.";
    /// A referenced resource does not say whether it is a SCO.
    ScormTypeMissing = "scorm-type-missing", Warning, Some("CAM 3.4.1"), "Add adlcp:scormType=\"sco\" (1.2: adlcp:scormtype) when the content talks to the LMS.";
    /// The attribute `scormType` is written in the other version's case.
    ScormTypeSpelling = "scorm-type-spelling", Warning, Some("CAM 3.4.1"), "Write adlcp:scormType in SCORM 2004, adlcp:scormtype in SCORM 1.2.";
    /// A resource lists no files.
    ResourceWithoutFiles = "resource-without-files", Info, Some("CAM 3.4.1"), "List the resource's files, so that tools can check and reuse it.";
    /// A resource depends on one that does not exist.
    DependencyDangling = "dependency-dangling", Warning, Some("CAM 3.4.1"), "Let the dependency name a resource of this manifest, or remove it.";

    // Values.
    /// A value is not one of those that the standard lists.
    VocabularyUnknown = "vocabulary-unknown", Warning, Some("CAM 5.1"), "Use one of the standard's values; this one has no effect.";
    /// A value is one of the standard's, but in another case.
    VocabularyCase = "vocabulary-case", Warning, Some("CAM 5.1"), "Write the value in the standard's case.";
    /// A value should be a number.
    NumberInvalid = "number-invalid", Warning, Some("CAM 5.1"), "Write a number with a decimal point; this value has no effect.";
    /// A number is outside its range.
    NumberOutOfRange = "number-out-of-range", Warning, Some("CAM 5.1"), "Keep the value within its range; the nearest allowed value is used.";
    /// A value should be a length of time.
    DurationInvalid = "duration-invalid", Warning, Some("CAM 5.1"), "Write an ISO 8601 duration (`PT30M`), in SCORM 1.2 `HHHH:MM:SS`; this value has no effect.";
    /// A date and time cannot be read.
    DateTimeInvalid = "date-time-invalid", Warning, Some("CAM 5.1"), "Write an ISO 8601 date and time (`2026-01-31T09:00:00`).";

    // Sequencing.
    /// `IDRef` names a sequencing definition that the collection does not have.
    SequencingIdrefDangling = "sequencing-idref-dangling", Warning, Some("CAM 5.1"), "Let IDRef name a sequencing element of sequencingCollection.";
    /// A rule has no action or no condition.
    RuleIncomplete = "rule-incomplete", Warning, Some("CAM 5.1"), "Give the rule conditions and an action; it has no effect now.";
    /// Two objectives of an activity have one identifier.
    ObjectiveDuplicate = "objective-duplicate", Warning, Some("CAM 5.1"), "Give each objective an identifier of its own.";
    /// An objective has no identifier though it needs one.
    ObjectiveIdMissing = "objective-id-missing", Warning, Some("CAM 5.1"), "Add objectiveID.";
    /// A rule refers to an objective that the activity does not have.
    ObjectiveUnknown = "objective-unknown", Warning, Some("CAM 5.1"), "Let referencedObjective name an objective of the same activity.";
    /// A map names no target.
    MapTargetMissing = "map-target-missing", Warning, Some("CAM 5.1"), "Add targetObjectiveID (targetID for shared data).";

    // Metadata.
    /// A metadata file is not in the package.
    MetadataMissing = "metadata-missing", Warning, Some("CAM 3.4.1"), "Add the file, or remove adlcp:location.";
    /// A metadata file cannot be read.
    MetadataUnreadable = "metadata-unreadable", Warning, Some("CAM 4.2"), "Correct the file's XML; the course works without it.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_has_one_string_a_meaning_and_a_mend() {
        let strings: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(strings.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(
                code.meaning().ends_with('.') && code.fix().ends_with('.'),
                "{code}"
            );
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn a_flood_of_one_kind_is_summed_up() {
        let mut findings = Findings::default();
        for _ in 0..250 {
            findings.add(Finding::new(Code::FileMissing, "gone"));
        }
        findings.add(Finding::new(Code::NotAZip, "no"));
        let list = findings.into_list();
        assert_eq!(list.len(), Findings::PER_CODE + 1);
        assert_eq!(list[0].code, Code::NotAZip);
        assert_eq!(
            list.last().unwrap().message,
            "gone (and 150 more of this kind)"
        );
    }

    #[test]
    fn a_finding_prints_as_editors_expect() {
        let finding = Finding::new(Code::XmlMalformed, "no end tag")
            .in_file("a.xml")
            .at(3, 7);
        assert!(
            finding
                .to_string()
                .starts_with("a.xml:3:7: error: no end tag [xml-malformed]")
        );
    }
}
