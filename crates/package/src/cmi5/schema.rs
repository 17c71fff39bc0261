//! The published schema, `CourseStructure.xsd` v1, as tables, and a document held against it.
//!
//! Element order, numbers of occurrences, attributes and their types (13.2.0.0-1). Elements and
//! attributes of other namespaces stand only where the schema's `##other` wildcards let them.

use roxmltree::Node;

use super::{NAMESPACE, Reader};
use crate::{Code, xml::normalized};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A complex type.
struct Type {
    attributes: &'static [Attribute],
    /// `anyAttribute namespace="##other"`.
    foreign_attributes: bool,
    content: Content,
}

struct Attribute {
    name: &'static str,
    required: bool,
    value: Value,
}

/// A simple type.
enum Value {
    /// `xs:anyURI` and `xs:string`.
    Any,
    /// `xs:language`.
    Language,
    /// `xs:decimal` from 0 to 1.
    Share,
    /// `xs:string`, one of these.
    OneOf(&'static [&'static str]),
}

enum Content {
    /// Particles in order, then any elements of other namespaces.
    Sequence(&'static [Particle]),
    /// Each element once, in any order.
    All(&'static [Element]),
    /// `xs:string`.
    Text,
    /// `xs:anyURI` of at least one character.
    Url,
    /// Neither text nor elements.
    Nothing,
    /// `xs:anyType`.
    Anything,
}

struct Element {
    name: &'static str,
    of: &'static Type,
}

/// One of these elements, so many times.
struct Particle {
    choice: &'static [Element],
    least: usize,
    most: usize,
}

const fn once(choice: &'static [Element]) -> Particle {
    Particle {
        choice,
        least: 1,
        most: 1,
    }
}

const fn optional(choice: &'static [Element]) -> Particle {
    Particle {
        choice,
        least: 0,
        most: 1,
    }
}

const fn at_least_one(choice: &'static [Element]) -> Particle {
    Particle {
        choice,
        least: 1,
        most: usize::MAX,
    }
}

const ID: Attribute = Attribute {
    name: "id",
    required: true,
    value: Value::Any,
};

const fn maybe(name: &'static str, value: Value) -> Attribute {
    Attribute {
        name,
        required: false,
        value,
    }
}

const TITLE: Element = Element {
    name: "title",
    of: &TEXT,
};
const DESCRIPTION: Element = Element {
    name: "description",
    of: &TEXT,
};

/// `courseType`.
static COURSE_STRUCTURE: Type = Type {
    attributes: &[],
    foreign_attributes: true,
    content: Content::Sequence(&[
        once(&[Element {
            name: "course",
            of: &COURSE,
        }]),
        optional(&[Element {
            name: "objectives",
            of: &OBJECTIVES,
        }]),
        at_least_one(&PARTS),
    ]),
};

static COURSE: Type = Type {
    attributes: &[ID],
    foreign_attributes: true,
    content: Content::Sequence(&[once(&[TITLE]), once(&[DESCRIPTION])]),
};

static PARTS: [Element; 2] = [
    Element {
        name: "au",
        of: &AU,
    },
    Element {
        name: "block",
        of: &BLOCK,
    },
];

const REFERENCES: Element = Element {
    name: "objectives",
    of: &OBJECTIVE_REFERENCES,
};

/// `blockType`.
static BLOCK: Type = Type {
    attributes: &[ID],
    foreign_attributes: true,
    content: Content::Sequence(&[
        once(&[TITLE]),
        once(&[DESCRIPTION]),
        optional(&[REFERENCES]),
        at_least_one(&PARTS),
    ]),
};

/// `auType`.
static AU: Type = Type {
    attributes: &[
        ID,
        maybe(
            "moveOn",
            Value::OneOf(&[
                "NotApplicable",
                "Passed",
                "Completed",
                "CompletedAndPassed",
                "CompletedOrPassed",
            ]),
        ),
        maybe("masteryScore", Value::Share),
        maybe("launchMethod", Value::OneOf(&["AnyWindow", "OwnWindow"])),
        maybe("activityType", Value::Any),
    ],
    foreign_attributes: true,
    content: Content::Sequence(&[
        once(&[TITLE]),
        once(&[DESCRIPTION]),
        optional(&[REFERENCES]),
        once(&[Element {
            name: "url",
            of: &URL,
        }]),
        optional(&[Element {
            name: "launchParameters",
            of: &ANYTHING,
        }]),
        optional(&[Element {
            name: "entitlementKey",
            of: &ANYTHING,
        }]),
    ]),
};

/// `objectivesType`.
static OBJECTIVES: Type = Type {
    attributes: &[],
    foreign_attributes: true,
    content: Content::Sequence(&[at_least_one(&[Element {
        name: "objective",
        of: &OBJECTIVE,
    }])]),
};

static OBJECTIVE: Type = Type {
    attributes: &[ID],
    foreign_attributes: false,
    content: Content::All(&[TITLE, DESCRIPTION]),
};

/// `referencesObjectivesType`.
static OBJECTIVE_REFERENCES: Type = Type {
    attributes: &[],
    foreign_attributes: true,
    content: Content::Sequence(&[at_least_one(&[Element {
        name: "objective",
        of: &OBJECTIVE_REFERENCE,
    }])]),
};

static OBJECTIVE_REFERENCE: Type = Type {
    attributes: &[maybe("idref", Value::Any)],
    foreign_attributes: false,
    content: Content::Nothing,
};

/// `textType`.
static TEXT: Type = Type {
    attributes: &[],
    foreign_attributes: true,
    content: Content::Sequence(&[at_least_one(&[Element {
        name: "langstring",
        of: &LANGSTRING,
    }])]),
};

static LANGSTRING: Type = Type {
    attributes: &[maybe("lang", Value::Language)],
    foreign_attributes: true,
    content: Content::Text,
};

static URL: Type = Type {
    attributes: &[],
    foreign_attributes: false,
    content: Content::Url,
};

static ANYTHING: Type = Type {
    attributes: &[],
    foreign_attributes: true,
    content: Content::Anything,
};

impl Reader<'_, '_> {
    /// Holds the document against the schema.
    pub(super) fn check_schema(&mut self, root: Node) {
        self.check_element(root, &COURSE_STRUCTURE);
    }

    fn check_element(&mut self, node: Node, of: &Type) {
        if matches!(of.content, Content::Anything) {
            return;
        }
        self.check_attributes(node, of);
        match &of.content {
            Content::Sequence(particles) => {
                self.check_no_text(node);
                self.check_sequence(node, particles);
            }
            Content::All(elements) => {
                self.check_no_text(node);
                self.check_all(node, elements);
            }
            Content::Text | Content::Url => {
                if let Some(inner) = node.children().find(Node::is_element) {
                    self.misplaced(inner, "only text may stand here");
                }
                if matches!(of.content, Content::Url) && super::trimmed(node).is_empty() {
                    self.invalid(node, "the url is empty".to_owned());
                }
            }
            Content::Nothing => {
                self.check_no_text(node);
                if let Some(inner) = node.children().find(Node::is_element) {
                    self.misplaced(inner, "this element is empty by the schema");
                }
            }
            Content::Anything => {}
        }
    }

    fn check_attributes(&mut self, node: Node, of: &Type) {
        let name = node.tag_name().name();
        for attribute in node.attributes() {
            let known = of
                .attributes
                .iter()
                .find(|known| attribute.namespace().is_none() && known.name == attribute.name());
            match (known, attribute.namespace()) {
                (Some(known), _) => self.check_value(node, known, attribute.value()),
                (None, Some(XSI)) => {}
                (None, Some(namespace)) if namespace != NAMESPACE && of.foreign_attributes => {}
                _ => {
                    let attribute = attribute.name();
                    let message = format!("`{name}` may not have the attribute `{attribute}`");
                    self.invalid(node, message);
                }
            }
        }
        for missing in of
            .attributes
            .iter()
            .filter(|known| known.required && node.attribute(known.name).is_none())
        {
            self.invalid(
                node,
                format!("`{name}` lacks the attribute `{}`", missing.name),
            );
        }
    }

    fn check_value(&mut self, node: Node, attribute: &Attribute, value: &str) {
        let name = attribute.name;
        match attribute.value {
            Value::Any => {}
            Value::Language if is_language(&normalized(value)) => {}
            Value::Language => {
                self.invalid(node, format!("{name} is {value:?}, not a language tag"));
            }
            Value::Share if is_share(&normalized(value)) => {}
            Value::Share => {
                let message = format!("{name} is {value:?}, not a decimal number from 0 to 1");
                self.invalid(node, message);
            }
            // `xs:string` keeps its white space: " Passed" is another word.
            Value::OneOf(words) if words.contains(&value) => {}
            Value::OneOf(words) => {
                let message = format!("{name} is {value:?}; it can be {}", words.join(", "));
                self.invalid(node, message);
            }
        }
    }

    fn check_no_text(&mut self, node: Node) {
        let text = node
            .children()
            .find(|child| child.is_text() && !child.text().unwrap_or_default().trim().is_empty());
        if let Some(text) = text {
            let name = node.tag_name().name();
            self.invalid(text, format!("`{name}` holds text besides its elements"));
        }
    }

    fn check_sequence(&mut self, node: Node, particles: &'static [Particle]) {
        let parent = node.tag_name().name();
        let (mut at, mut count) = (0, 0);
        let mut wildcard = false;
        for child in node.children().filter(Node::is_element) {
            if is_foreign(child) {
                wildcard = true;
                continue;
            }
            if wildcard {
                let why = "elements of other namespaces stand after all others";
                self.misplaced(child, why);
                return;
            }
            let name = child.tag_name().name();
            let of = |particle: &Particle| {
                let found = particle.choice.iter().find(|known| known.name == name);
                found.map(|known| known.of)
            };
            let is_ours = child.tag_name().namespace() == Some(NAMESPACE);
            loop {
                let Some(particle) = particles.get(at).filter(|_| is_ours) else {
                    self.misplaced(child, &format!("`{parent}` takes no such element here"));
                    return;
                };
                match of(particle) {
                    Some(of) if count < particle.most => {
                        count += 1;
                        self.check_element(child, of);
                        break;
                    }
                    None if count < particle.least => {
                        let expected = words(particle);
                        self.misplaced(child, &format!("{expected} is expected before it"));
                        return;
                    }
                    _ => (at, count) = (at + 1, 0),
                }
            }
        }
        let satisfied = usize::from(particles.get(at).is_some_and(|now| count >= now.least));
        for missing in particles.iter().skip(at + satisfied) {
            if missing.least > 0 {
                self.invalid(node, format!("`{parent}` lacks {}", words(missing)));
            }
        }
    }

    fn check_all(&mut self, node: Node, elements: &'static [Element]) {
        let parent = node.tag_name().name();
        let mut seen = Vec::new();
        for child in node.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            let known = elements.iter().find(|known| known.name == name);
            match known.filter(|_| child.tag_name().namespace() == Some(NAMESPACE)) {
                Some(known) if !seen.contains(&name) => {
                    seen.push(name);
                    self.check_element(child, known.of);
                }
                _ => self.misplaced(child, &format!("`{parent}` takes no such element here")),
            }
        }
        for missing in elements.iter().filter(|known| !seen.contains(&known.name)) {
            self.invalid(node, format!("`{parent}` lacks `{}`", missing.name));
        }
    }

    fn misplaced(&mut self, node: Node, why: &str) {
        let name = node.tag_name().name();
        self.invalid(node, format!("the element `{name}` is out of place: {why}"));
    }

    fn invalid(&mut self, node: Node, message: String) {
        self.report(Code::CourseStructureInvalid, node, message);
    }
}

/// `##other`: of a namespace, and not the standard's.
fn is_foreign(node: Node) -> bool {
    node.tag_name()
        .namespace()
        .is_some_and(|namespace| !namespace.is_empty() && namespace != NAMESPACE)
}

fn words(particle: &Particle) -> String {
    let names: Vec<String> = particle
        .choice
        .iter()
        .map(|element| format!("`{}`", element.name))
        .collect();
    names.join(" or ")
}

/// `xs:language`: `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`.
fn is_language(value: &str) -> bool {
    value.split('-').enumerate().all(|(at, part)| {
        (1..=8).contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || (at > 0 && b.is_ascii_digit()))
    })
}

/// `xs:decimal` within 0 and 1, both included.
fn is_share(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let is_decimal = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.matches('.').count() <= 1
        && digits.bytes().any(|b| b.is_ascii_digit());
    is_decimal
        && value
            .parse::<f64>()
            .is_ok_and(|share| (0.0..=1.0).contains(&share))
}

#[cfg(test)]
mod tests {
    use super::{is_language, is_share};

    #[test]
    fn simple_types_are_the_schemas() {
        for good in ["0", "1", "0.85", "+.5", "1.0", "-0", "1."] {
            assert!(is_share(good), "{good}");
        }
        for bad in [
            "", ".", "1.01", "-0.1", "1e-1", "NaN", "0,5", "inf", "1.0.0",
        ] {
            assert!(!is_share(bad), "{bad}");
        }
        for good in ["it", "en-US", "x-klingon", "sr-Latn-RS", "es-419"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "italiano-", "toolonglang", "it_IT", "1t", "-it"] {
            assert!(!is_language(bad), "{bad}");
        }
    }
}
