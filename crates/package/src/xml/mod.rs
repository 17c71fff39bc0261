//! XML as packages really have it: decoded, mended where the meaning is plain, then parsed.
//!
//! Positions in findings are those of the file as it lies in the package (decoded), however much was
//! mended.

mod decode;
mod mend;

use roxmltree::{Document, Node, ParsingOptions};

use crate::{Code, Finding, Limits, finding::Findings};
use mend::Mended;

/// Nodes of one document; a manifest of 16 MiB has fewer.
const NODES: u32 = 4_000_000;

/// The text of an XML file, mended so that it parses.
#[derive(Debug)]
pub(crate) struct XmlText {
    file: String,
    original: String,
    places: Places,
    mended: Mended,
}

impl XmlText {
    /// Decodes and mends `bytes`; `None` when an error finding says why that is not possible.
    pub(crate) fn read(
        file: &str,
        bytes: &[u8],
        limits: &Limits,
        findings: &mut Findings,
    ) -> Option<Self> {
        let (original, tolerated) = decode::decode(bytes);
        if let Some(message) = tolerated {
            findings.add(
                Finding::new(Code::XmlEncoding, message)
                    .in_file(file)
                    .at(1, 1),
            );
        }
        let mended = mend::mend(&original, limits);
        let places = Places::new(&original);
        let mut text = Self {
            file: file.to_owned(),
            original,
            places,
            mended,
        };
        for (code, at, message) in std::mem::take(&mut text.mended.problems) {
            findings.add_with(code, || text.at_original(code, at, message));
        }
        if text.mended.refused {
            return None;
        }
        text.declare_prefixes(findings).then_some(text)
    }

    /// The parsed document. It parses: `read` made sure.
    pub(crate) fn document(&self) -> Option<Document<'_>> {
        parse(&self.mended.text).ok()
    }

    /// A finding at `node`.
    pub(crate) fn at(&self, code: Code, node: Node, message: impl Into<String>) -> Finding {
        self.at_original(
            code,
            self.mended.original_offset(node.range().start),
            message,
        )
    }

    fn at_original(&self, code: Code, offset: usize, message: impl Into<String>) -> Finding {
        let (line, column) = self.places.position(&self.original, offset);
        Finding::new(code, message)
            .in_file(&self.file)
            .at(line, column)
    }

    /// Declares unknown prefixes at the root until the text parses; `false` when it never does.
    fn declare_prefixes(&mut self, findings: &mut Findings) -> bool {
        const MOST: usize = 32;
        for _ in 0..MOST {
            let Err(error) = parse(&self.mended.text) else {
                return true;
            };
            let offset = self
                .mended
                .original_offset(offset_of(&self.mended.text, error.pos()));
            let roxmltree::Error::UnknownNamespace(prefix, _) = &error else {
                let code = match &error {
                    roxmltree::Error::EntityReferenceLoop(_)
                    | roxmltree::Error::NodesLimitReached => Code::XmlEntityBomb,
                    _ => Code::XmlMalformed,
                };
                findings.add(self.at_original(code, offset, words(&error)));
                return false;
            };
            if !self.mended.declare(prefix) {
                break;
            }
            let message = format!("the prefix `{prefix}` is not declared");
            findings.add(self.at_original(Code::XmlPrefixUndeclared, offset, message));
        }
        findings.add(self.at_original(Code::XmlMalformed, 0, "too many undeclared prefixes"));
        false
    }
}

fn parse(text: &str) -> Result<Document<'_>, roxmltree::Error> {
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: NODES,
        ..Default::default()
    };
    Document::parse_with_options(text, options)
}

/// The parser's words without its own position, which is that of the mended text.
fn words(error: &roxmltree::Error) -> String {
    let words = error.to_string();
    match words.rfind(" at ") {
        Some(at)
            if words[at + 4..]
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b':') =>
        {
            words[..at].to_owned()
        }
        _ => words,
    }
}

fn offset_of(text: &str, position: roxmltree::TextPos) -> usize {
    let line = usize::try_from(position.row).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(position.col).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start
        + rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(at, _)| at)
}

/// Lines and columns of a text, without counting from its start each time.
#[derive(Debug)]
struct Places {
    /// Line and column, from 1, of the first character at or after each multiple of `STEP` bytes.
    marks: Vec<(usize, u32, u32)>,
}

impl Places {
    const STEP: usize = 4096;

    fn new(text: &str) -> Self {
        let (mut marks, mut line, mut column) = (Vec::new(), 1, 1);
        for (at, c) in text.char_indices() {
            if at >= marks.len() * Self::STEP {
                marks.push((at, line, column));
            }
            (line, column) = after(c, line, column);
        }
        Self { marks }
    }

    /// Line and column of a byte offset, both from 1, the column in characters.
    fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let before = self.marks.partition_point(|(at, _, _)| *at <= offset);
        let Some(&(start, line, column)) = before.checked_sub(1).map(|at| &self.marks[at]) else {
            return (1, 1);
        };
        text[start..]
            .char_indices()
            .take_while(|(at, _)| start + at < offset)
            .fold((line, column), |(line, column), (_, c)| {
                after(c, line, column)
            })
    }
}

fn after(c: char, line: u32, column: u32) -> (u32, u32) {
    if c == '\n' {
        (line.saturating_add(1), 1)
    } else {
        (line, column.saturating_add(1))
    }
}

/// White space trimmed and collapsed, as in an `xs:token`.
pub(crate) fn normalized(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The whole text below `node`, white space normalised.
pub(crate) fn text(node: Node) -> String {
    let all: String = node
        .descendants()
        .filter(Node::is_text)
        .filter_map(|n| n.text())
        .collect();
    normalized(&all)
}

/// Child elements of a local name, in any namespace and case.
pub(crate) fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is(*child, name))
}

/// The first child element of a local name.
pub(crate) fn child<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// Whether `node` is an element of this local name, in any namespace and case.
pub(crate) fn is(node: Node, name: &str) -> bool {
    node.is_element() && node.tag_name().name().eq_ignore_ascii_case(name)
}

/// Whether an element belongs to ADL's sequencing extensions rather than to IMS.
pub(crate) fn is_adlseq(node: Node) -> bool {
    node.tag_name()
        .namespace()
        .is_some_and(|namespace| namespace.contains("adlseq"))
}

/// An attribute's value as authored, whatever its namespace and case.
pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|found| found.name().eq_ignore_ascii_case(name))
        .map(|found| found.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: &str, codes: &[(Code, u32, u32)]) {
        let mut findings = Findings::default();
        let read = XmlText::read("a.xml", input, &Limits::default(), &mut findings);
        let found: Vec<_> = findings
            .into_list()
            .iter()
            .map(|f| (f.code, f.line.unwrap(), f.column.unwrap()))
            .collect();
        assert_eq!(found, codes, "{}", String::from_utf8_lossy(input));
        let text = read.map(|read| text(read.document().unwrap().root()));
        assert_eq!(text.as_deref().unwrap_or("refused"), expected);
    }

    #[test]
    fn plain_xml_is_left_alone() {
        check(
            b"<?xml version=\"1.0\"?>\n<a>x &amp; y<![CDATA[ & ]]></a>",
            "x & y &",
            &[],
        );
    }

    #[test]
    fn encodings_are_recognised() {
        let utf16: Vec<u8> = "\u{feff}<a>\u{e8}</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        check(&utf16, "è", &[(Code::XmlEncoding, 1, 1)]);
        check(&utf16[2..], "è", &[(Code::XmlEncoding, 1, 1)]);
        let big: Vec<u8> = "<a>è</a>"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        check(&big, "è", &[(Code::XmlEncoding, 1, 1)]);
        check(
            "\u{feff}<a>è</a>".as_bytes(),
            "è",
            &[(Code::XmlEncoding, 1, 1)],
        );
        check(b"<a>\xe8</a>", "è", &[(Code::XmlEncoding, 1, 1)]);
        check(
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe8</a>",
            "è",
            &[(Code::XmlEncoding, 1, 1)],
        );
        // An encoding without quotes, and that is no text itself.
        check(
            b"<?xml version='1.0' encoding=\xd6\xd6?><a>\xe8</a>",
            "refused",
            &[(Code::XmlMalformed, 1, 30), (Code::XmlEncoding, 1, 1)],
        );
    }

    #[test]
    fn what_is_plain_is_mended() {
        check(
            b"<a>\n R&D &amp; x=1&y=2; </a>",
            "R&D & x=1&y=2;",
            &[(Code::XmlAmpersand, 2, 3), (Code::XmlAmpersand, 2, 15)],
        );
        check(
            b"<a>citt&agrave;</a>",
            "città",
            &[(Code::XmlEntityUndeclared, 1, 8)],
        );
        check(
            b"\n <?xml version='1.0'?><a>x</a>",
            "x",
            &[(Code::XmlLeadingSpace, 1, 1)],
        );
        check(
            b"<a>x\x0by</a>",
            "x y",
            &[(Code::XmlControlCharacter, 1, 5)],
        );
        check(
            b"<a>\n<b:c q:r='1'>x</b:c></a>",
            "x",
            &[
                (Code::XmlPrefixUndeclared, 2, 6),
                (Code::XmlPrefixUndeclared, 2, 2),
            ],
        );
    }

    #[test]
    fn what_is_dangerous_is_refused() {
        let external = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
        check(
            external,
            "refused",
            &[(Code::XmlExternalEntity, 1, 14), (Code::XmlDoctype, 1, 1)],
        );
        let bomb = b"<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;'>]><a>&y;</a>";
        check(
            bomb,
            "refused",
            &[(Code::XmlEntityBomb, 1, 30), (Code::XmlDoctype, 1, 1)],
        );
        check(
            b"<!DOCTYPE a SYSTEM 'a.dtd'><a>x</a>",
            "x",
            &[(Code::XmlDoctype, 1, 1)],
        );
        check(
            b"<!DOCTYPE a [<!ENTITY x 'ha'>]><a>&x;</a>",
            "ha",
            &[(Code::XmlDoctype, 1, 1)],
        );
        let deep = "<a>".repeat(300) + &"</a>".repeat(300);
        check(
            deep.as_bytes(),
            "refused",
            &[(Code::NestingTooDeep, 1, 151)],
        );
    }

    #[test]
    fn what_would_take_long_to_parse_is_refused() {
        let element = |attributes: &dyn Fn(usize) -> String, count| {
            let all: String = (0..count).map(attributes).collect();
            format!("<a>\n<b{all}>x</b></a>")
        };
        let plain = |n: usize| format!(" c{n}='1'");
        let prefix = |n: usize| format!(" xmlns:p{n} = 'urn:{n}'");
        let refused = [(Code::XmlMalformed, 2, 1)];
        check(element(&plain, 128).as_bytes(), "x", &[]);
        check(element(&plain, 129).as_bytes(), "refused", &refused);
        check(element(&prefix, 64).as_bytes(), "x", &[]);
        check(element(&prefix, 65).as_bytes(), "refused", &refused);
        let odd = |n: usize| format!(" p{n}:xmlns='urn:x'");
        let repeated = |count: usize| format!("<a>\n{}</a>", "<b xmlns='urn:x'/>".repeat(count));
        check(repeated(20_000).as_bytes(), "", &[]);
        let at = (Code::XmlMalformed, 2, 20_000 * 18 + 1);
        check(repeated(20_001).as_bytes(), "refused", &[at]);
        let odd = element(&odd, 100).repeat(201);
        check(odd.as_bytes(), "refused", &[(Code::XmlMalformed, 202, 1)]);
    }

    #[test]
    fn entities_are_few_and_have_names() {
        let doctype = |subset: &str, text: &str| format!("<!DOCTYPE a [{subset}]><a>{text}</a>");
        let told = (Code::XmlDoctype, 1, 1);
        // Of two declarations the first counts.
        let twice = doctype("<!ENTITY x 'ha'><!ENTITY x 'ho'>", "&x;");
        check(twice.as_bytes(), "ha", &[told]);
        let many = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!("<!ENTITY e{n} 'x'>")).collect();
            doctype(&all.concat(), "&e9;")
        };
        check(many(1000).as_bytes(), "x", &[told]);
        let too_many = XmlText::read(
            "a.xml",
            many(1001).as_bytes(),
            &Limits::default(),
            &mut Findings::default(),
        );
        assert!(too_many.is_none());
        let long = |length: usize| {
            let name = "e".repeat(length);
            doctype(&format!("<!ENTITY {name} 'x'>"), &format!("&{name};"))
        };
        check(long(64).as_bytes(), "x", &[told]);
        let refused = [(Code::XmlMalformed, 1, 14), told];
        check(long(65).as_bytes(), "refused", &refused);
        let quoted = doctype("<!ENTITY a\"b 'x'>", "") + "<a t=\"&a\"b;é\"/>";
        check(quoted.as_bytes(), "refused", &refused);
        // Each would be looked through to the end.
        let names = doctype(&"<!ENTITY".repeat(20_000), "");
        check(names.as_bytes(), "refused", &refused);
        let empty = doctype("<!ENTITY x ''>", &"&x;".repeat(65_537));
        let at = (Code::XmlEntityBomb, 1, 33 + 3 * 65_536);
        check(empty.as_bytes(), "refused", &[at, told]);
        let second = "<!DOCTYPE a><!DOCTYPE a><a/>";
        check(
            second.as_bytes(),
            "refused",
            &[(Code::XmlMalformed, 1, 13), told],
        );
    }

    #[test]
    fn what_is_broken_is_named_with_its_place() {
        check(
            b"<a>\n  <b>\n</a>",
            "refused",
            &[(Code::XmlMalformed, 3, 1)],
        );
        check(b"", "refused", &[(Code::XmlMalformed, 1, 1)]);
    }
}
