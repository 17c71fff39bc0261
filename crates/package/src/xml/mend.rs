//! Mends XML whose meaning is plain, and refuses what is dangerous, in one pass over the text.

use std::collections::{HashMap, HashSet};

use crate::{Code, Limits};

/// Names of the characters U+00A0 to U+00FF in HTML, in order.
const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";
/// Other entities of HTML that titles are written with.
const OTHERS: &[(&str, char)] = &[
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("euro", '€'),
    ("bull", '•'),
    ("trade", '™'),
];
/// Bytes that all entity references of a document may expand to.
const EXPANSION_BYTES: usize = 1 << 20;
/// What each reference counts besides: the parser looks through all entities for it.
const REFERENCE_BYTES: usize = 16;
/// Entities that a document may declare.
const ENTITIES: usize = 1_000;
/// Longest name of an entity.
const ENTITY_NAME_CHARS: usize = 64;

/// Attributes of one tag: the parser compares each with all before it.
const ATTRIBUTES: usize = 128;
/// Namespace declarations of a document. Many packages repeat theirs at every `lom` and `sequencing`.
const DECLARATIONS: usize = 20_000;
/// Different prefixes that they declare: the parser copies what is inherited into each element that
/// declares one.
const DECLARED_PREFIXES: usize = 64;
/// Places that are mended; a file with more is not worth reading.
const MENDS: usize = 10_000;

/// Namespaces that a prefix conventionally stands for.
const PREFIXES: &[(&str, &str)] = &[
    ("adlcp", "http://www.adlnet.org/xsd/adlcp_v1p3"),
    ("adlseq", "http://www.adlnet.org/xsd/adlseq_v1p3"),
    ("adlnav", "http://www.adlnet.org/xsd/adlnav_v1p3"),
    ("imsss", "http://www.imsglobal.org/xsd/imsss"),
    ("lom", "http://ltsc.ieee.org/xsd/LOM"),
    ("imsmd", "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// The mended text and how to get back from its offsets to the original's.
#[derive(Debug, Default)]
pub(super) struct Mended {
    pub(super) text: String,
    pub(super) problems: Vec<(Code, usize, String)>,
    /// Whether one of the problems forbids parsing.
    pub(super) refused: bool,
    /// After which mended offset how many bytes the mended text is ahead, ascending.
    shifts: Vec<(usize, isize)>,
    /// Where in `text` a declaration can be put into the root's start tag.
    root_tag: Option<usize>,
}

impl Mended {
    pub(super) fn original_offset(&self, mended: usize) -> usize {
        let before = self.shifts.partition_point(|(at, _)| *at <= mended);
        let ahead = before.checked_sub(1).map_or(0, |last| self.shifts[last].1);
        mended.saturating_add_signed(-ahead)
    }

    /// Declares `prefix` at the root; `false` when there is no root to declare it at.
    pub(super) fn declare(&mut self, prefix: &str) -> bool {
        let Some(at) = self.root_tag else {
            return false;
        };
        let known = PREFIXES.iter().find(|(name, _)| *name == prefix);
        let namespace = known.map_or_else(
            || format!("urn:undeclared:{prefix}"),
            |(_, uri)| (*uri).to_owned(),
        );
        let declaration = format!(" xmlns:{prefix}=\"{namespace}\"");
        self.text.insert_str(at, &declaration);
        let length = declaration.len();
        let first = self.shifts.partition_point(|(shift, _)| *shift <= at);
        let ahead = first.checked_sub(1).map_or(0, |last| self.shifts[last].1);
        for shift in &mut self.shifts[first..] {
            shift.0 += length;
            shift.1 += length.cast_signed();
        }
        self.shifts
            .insert(first, (at + length, ahead + length.cast_signed()));
        true
    }

    fn problem(&mut self, code: Code, at: usize, message: impl Into<String>) {
        if self.problems.len() == MENDS {
            self.refused = true;
            self.problems.push((
                Code::XmlMalformed,
                at,
                "there is too much to mend".to_owned(),
            ));
        } else if self.problems.len() < MENDS {
            self.problems.push((code, at, message.into()));
        }
    }

    fn refuse(&mut self, code: Code, at: usize, message: impl Into<String>) {
        self.refused = true;
        self.problem(code, at, message);
    }

    /// Notes that `self.text` now stands for the original up to `original`.
    fn shift(&mut self, original: usize) {
        let ahead = self.text.len().cast_signed() - original.cast_signed();
        self.shifts.push((self.text.len(), ahead));
    }
}

/// Mends `original`, reporting every problem at its byte offset there.
pub(super) fn mend(original: &str, limits: &Limits) -> Mended {
    let mut pass = Pass {
        original,
        at: 0,
        depth: 0,
        entities: HashMap::new(),
        expanded: 0,
        has_doctype: false,
        declarations: 0,
        declared: HashSet::new(),
        out: Mended::default(),
    };
    pass.run(limits);
    pass.out
}

struct Pass<'a> {
    original: &'a str,
    at: usize,
    depth: usize,
    /// Internal entities that the document declares: name and length of the value.
    entities: HashMap<&'a str, usize>,
    expanded: usize,
    has_doctype: bool,
    /// Namespace declarations so far, and the prefixes they declare.
    declarations: usize,
    declared: HashSet<&'a str>,
    out: Mended,
}

impl<'a> Pass<'a> {
    fn run(&mut self, limits: &Limits) {
        self.skip_leading_space();
        while !self.rest().is_empty() && !self.out.refused {
            let rest = self.rest();
            if rest.starts_with("<!--") {
                self.copy_past("-->");
            } else if rest.starts_with("<![CDATA[") {
                self.copy_past("]]>");
            } else if rest.starts_with("<?") {
                self.copy_past("?>");
            } else if rest
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case("<!DOCTYPE"))
            {
                self.doctype();
            } else if rest.starts_with('<') {
                self.tag(limits);
            } else {
                self.text_until('<');
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.original[self.at..]
    }

    fn skip_leading_space(&mut self) {
        let skipped = self.original.len()
            - self
                .original
                .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                .len();
        if skipped > 0 && skipped < self.original.len() {
            self.at = skipped;
            self.out.shift(skipped);
            if self.rest().starts_with("<?xml") {
                self.out.problem(
                    Code::XmlLeadingSpace,
                    0,
                    "the XML declaration does not come first",
                );
            }
        }
    }

    /// Copies up to and with `end`, or all there is.
    fn copy_past(&mut self, end: &str) {
        let rest = self.rest();
        let length = rest.find(end).map_or(rest.len(), |found| found + end.len());
        self.copy(length);
    }

    /// Copies `length` bytes, control characters as spaces.
    fn copy(&mut self, length: usize) {
        for (offset, c) in self.rest()[..length].char_indices() {
            if is_xml_char(c) {
                self.out.text.push(c);
            } else {
                let at = self.at + offset;
                self.out.text.push(' ');
                let message = format!("the control character U+{:04X}", u32::from(c));
                self.out.problem(Code::XmlControlCharacter, at, message);
                self.out.shift(at + c.len_utf8());
            }
        }
        self.at += length;
    }

    /// Copies text up to `end`, mending every `&`.
    fn text_until(&mut self, end: char) {
        let rest = self.rest();
        let stop = self.at + rest.find(end).unwrap_or(rest.len());
        while self.at < stop {
            let piece = &self.original[self.at..stop];
            self.copy(piece.find('&').unwrap_or(piece.len()));
            if self.at < stop {
                self.ampersand();
            }
        }
    }

    fn ampersand(&mut self) {
        let at = self.at;
        let head = &self.rest()[1..];
        let ends = head
            .char_indices()
            .take(ENTITY_NAME_CHARS + 1)
            .find(|(_, c)| *c == ';');
        let name = ends.map_or("", |(end, _)| &head[..end]);
        if is_reference(name) {
            return self.copy(name.len() + 2);
        }
        if let Some(length) = self.entities.get(name) {
            self.expanded += length + REFERENCE_BYTES;
            if self.expanded > EXPANSION_BYTES {
                self.out.refuse(
                    Code::XmlEntityBomb,
                    at,
                    "the entities expand to more than 1 MiB",
                );
            }
            return self.copy(name.len() + 2);
        }
        if let Some(c) = html_entity(name) {
            self.out.text.push(c);
            self.at += name.len() + 2;
            let message = format!("XML has no entity `&{name};`");
            self.out.problem(Code::XmlEntityUndeclared, at, message);
        } else {
            self.out.text.push_str("&amp;");
            self.at += 1;
            self.out
                .problem(Code::XmlAmpersand, at, "a `&` stands by itself");
        }
        self.out.shift(self.at);
    }

    /// Copies a tag: its quoted values are mended, its depth is counted.
    fn tag(&mut self, limits: &Limits) {
        let (start, closing) = (self.at, self.rest().starts_with("</"));
        let name = self
            .rest()
            .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
        if let (Some(length), None, false) = (name, self.out.root_tag, closing) {
            self.copy(length);
            self.out.root_tag = Some(self.out.text.len());
        }
        let mut attributes = 0;
        let last = loop {
            let rest = self.rest();
            let Some(stop) = rest.find(['"', '\'', '>', '&']) else {
                return self.copy(rest.len());
            };
            let before = rest[..stop].chars().next_back();
            match rest.as_bytes()[stop] {
                b'>' => {
                    self.copy(stop + 1);
                    break before;
                }
                b'&' => {
                    self.copy(stop);
                    self.ampersand();
                }
                quote => {
                    attributes += 1;
                    self.count_attribute(start, attributes, &rest[..stop]);
                    if self.out.refused {
                        return;
                    }
                    let quote = char::from(quote);
                    self.copy(stop + 1);
                    self.text_until(quote);
                    self.copy(usize::from(self.rest().starts_with(quote)));
                }
            }
        };
        match (closing, last) {
            (true, _) => self.depth = self.depth.saturating_sub(1),
            (false, Some('/')) => {}
            (false, _) => self.depth += 1,
        }
        if self.depth > limits.nesting_depth {
            let message = format!("elements are nested deeper than {}", limits.nesting_depth);
            self.out.refuse(Code::NestingTooDeep, start, message);
        }
    }

    /// Refuses what the parser would take long over: `before` is what stands before the value of the tag's
    /// attribute of this `number`.
    fn count_attribute(&mut self, tag: usize, number: usize, before: &'a str) {
        if number > ATTRIBUTES {
            let message = format!("the element has more than {ATTRIBUTES} attributes");
            return self.out.refuse(Code::XmlMalformed, tag, message);
        }
        let name = before.trim_end().trim_end_matches('=').trim_end();
        let name = name.rsplit(char::is_whitespace).next().unwrap_or_default();
        // The parser takes `a:xmlns` for a declaration too.
        let prefix = match name.split_once(':') {
            Some(("xmlns", prefix)) => prefix,
            Some((_, "xmlns")) => "",
            None if name == "xmlns" => "",
            _ => return,
        };
        self.declarations += 1;
        self.declared.insert(prefix);
        if self.declarations > DECLARATIONS || self.declared.len() > DECLARED_PREFIXES {
            let message = format!(
                "more than {DECLARATIONS} namespace declarations, or than {DECLARED_PREFIXES} different prefixes"
            );
            self.out.refuse(Code::XmlMalformed, tag, message);
        }
    }

    /// Leaves the document type declaration out; its plain internal entities are written in anew.
    fn doctype(&mut self) {
        let (start, rest) = (self.at, self.rest());
        if std::mem::replace(&mut self.has_doctype, true) {
            let message = "there is another document type declaration";
            return self.out.refuse(Code::XmlMalformed, start, message);
        }
        self.out.problem(
            Code::XmlDoctype,
            start,
            "the file has a document type declaration",
        );
        let bracket = rest.find('[').filter(|at| !rest[..*at].contains('>'));
        let end = match bracket {
            Some(_) => rest.find("]>").map(|at| at + 2).or_else(|| {
                let closed = rest.find(']')?;
                rest[closed..].find('>').map(|at| closed + at + 1)
            }),
            None => rest.find('>').map(|at| at + 1),
        };
        let subset = &rest[..end.unwrap_or(rest.len())];
        let mut declarations = String::new();
        for (offset, _) in subset.match_indices("<!ENTITY") {
            self.entity(start + offset, &subset[offset + 8..], &mut declarations);
            if self.out.refused {
                return;
            }
        }
        if !declarations.is_empty() {
            for part in ["<!DOCTYPE x [", &declarations, "]>"] {
                self.out.text.push_str(part);
            }
        }
        self.at += subset.len();
        self.out.shift(self.at);
    }

    fn entity(&mut self, at: usize, declaration: &'a str, declarations: &mut String) {
        let declaration = declaration.trim_start();
        let name_ends = declaration
            .char_indices()
            .take(ENTITY_NAME_CHARS + 1)
            .find(|(_, c)| c.is_whitespace());
        let (name, value) = declaration.split_at(name_ends.map_or(0, |(end, _)| end));
        if name != "%" && !is_name(name) {
            let message =
                format!("an entity has no XML name of at most {ENTITY_NAME_CHARS} characters");
            return self.out.refuse(Code::XmlMalformed, at, message);
        }
        if self.entities.len() == ENTITIES {
            let message = format!("there are more than {ENTITIES} entities");
            return self.out.refuse(Code::XmlEntityBomb, at, message);
        }
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let literal = quote
            .and_then(|quote| value[1..].split_once(quote))
            .map(|(value, _)| value);
        match literal {
            Some(value) if name != "%" && !value.contains(['&', '%', '<']) => {
                // The first declaration of a name is the one that counts.
                self.entities.entry(name).or_insert(value.len());
                let value = value.replace('"', "'");
                for part in ["<!ENTITY ", name, " \"", &value, "\">"] {
                    declarations.push_str(part);
                }
            }
            Some(_) if name != "%" => {
                self.out.refuse(
                    Code::XmlEntityBomb,
                    at,
                    format!("the entity `{name}` holds markup or other entities"),
                );
            }
            _ => {
                self.out.refuse(
                    Code::XmlExternalEntity,
                    at,
                    "an entity is to be fetched from elsewhere",
                );
            }
        }
    }
}

/// Whether `&name;` means something in every XML document.
fn is_reference(name: &str) -> bool {
    let Some(number) = name.strip_prefix('#') else {
        return matches!(name, "amp" | "lt" | "gt" | "quot" | "apos");
    };
    let parsed = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    !number.contains('+')
        && parsed
            .ok()
            .and_then(char::from_u32)
            .is_some_and(is_xml_char)
}

/// Whether an entity may be called so, as nearly as matters: the parser judges the rest.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'))
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
}

fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

fn html_entity(name: &str) -> Option<char> {
    let latin = LATIN_1.split(' ').position(|known| known == name);
    let latin = latin
        .and_then(|at| u8::try_from(0xa0 + at).ok())
        .map(char::from);
    latin.or_else(|| {
        OTHERS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, c)| *c)
    })
}
