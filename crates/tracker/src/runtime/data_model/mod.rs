//! The data models as tables: what elements there are, and how a value is read or set.
//!
//! Everything follows from the rows of [`scorm12`] and [`scorm2004`]: keywords, access errors, type
//! and range errors, initial values, dependencies. An odd element has a named function in its row.

mod data_type;
pub(crate) mod duration;
mod feedback;
mod languages;
mod place;
mod responses;
mod scorm12;
mod scorm2004;
mod values;

use percorso_package::Standard;

use super::Fault;
use data_type::DataType;
pub(crate) use data_type::split_target;
use feedback::Feedback;
use place::Place;
pub use values::Values;

/// Who may use an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadOnly,
    ReadWrite,
    WriteOnly,
}

/// Answers a GetValue in place of the stored value.
type AnsweredBy = fn(&Values) -> Option<String>;
/// Checks a value beside its data type.
type CheckedBy = fn(&Values, &Place, &str) -> data_type::Checked;

/// A row of a data model.
#[derive(Debug)]
struct Element {
    /// Name, with `n` for an index.
    name: &'static str,
    data_type: DataType,
    access: Access,
    /// Where the standard says so.
    spec: &'static str,
    /// Its value before anybody sets one.
    initial: Option<&'static str>,
    /// Elements of the same record that must be set first.
    needs: &'static [&'static str],
    /// Elements of the record that holds this one's collection that must be set first.
    needs_of_parent: &'static [&'static str],
    /// No other record of the collection may have the same value.
    unique: bool,
    /// Once set, the value stays.
    write_once: bool,
    /// A new value is added to the old one.
    appended: bool,
    /// An empty value is none.
    empty_is_unset: bool,
    answered_by: Option<AnsweredBy>,
    checked_by: Option<CheckedBy>,
}

impl Element {
    const fn new(
        name: &'static str,
        data_type: DataType,
        access: Access,
        spec: &'static str,
    ) -> Self {
        Self {
            name,
            data_type,
            access,
            spec,
            initial: None,
            needs: &[],
            needs_of_parent: &[],
            unique: false,
            write_once: false,
            appended: false,
            empty_is_unset: false,
            answered_by: None,
            checked_by: None,
        }
    }

    const fn initially(mut self, value: &'static str) -> Self {
        self.initial = Some(value);
        self
    }

    const fn needs(mut self, siblings: &'static [&'static str]) -> Self {
        self.needs = siblings;
        self
    }

    const fn of_parent(mut self, elements: &'static [&'static str]) -> Self {
        self.needs_of_parent = elements;
        self
    }

    const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    const fn write_once(mut self) -> Self {
        self.write_once = true;
        self
    }

    const fn appended(mut self) -> Self {
        self.appended = true;
        self
    }

    const fn empty_is_unset(mut self) -> Self {
        self.empty_is_unset = true;
        self
    }

    const fn answered_by(mut self, function: AnsweredBy) -> Self {
        self.answered_by = Some(function);
        self
    }

    const fn checked_by(mut self, function: CheckedBy) -> Self {
        self.checked_by = Some(function);
        self
    }
}

/// A group of elements that has keywords.
#[derive(Debug)]
struct Group {
    name: &'static str,
    /// `_children`, where the standard gives it.
    children: Option<&'static str>,
    /// It is a collection and has `_count`.
    counted: bool,
}

/// One edition's tables.
#[derive(Debug)]
struct DataModel {
    elements: &'static [Element],
    groups: &'static [Group],
    /// `cmi._version`.
    version: &'static str,
}

/// A refusal: the fault and what to tell the author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Which fault.
    pub fault: Fault,
    /// What was asked and what was expected.
    pub diagnostic: String,
}

fn model(standard: Standard) -> &'static DataModel {
    match standard {
        Standard::Scorm12 => &scorm12::MODEL,
        _ => &scorm2004::MODEL,
    }
}

fn refuse<T>(fault: Fault, diagnostic: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        fault,
        diagnostic: diagnostic.into(),
    })
}

/// GetValue: the value of `element`.
///
/// # Errors
/// When there is no such element, no such index, no value yet, or it may not be read.
pub(super) fn get(standard: Standard, values: &Values, element: &str) -> Result<String, Refusal> {
    if element.is_empty() {
        return refuse(Fault::GetNothing, "no element was named");
    }
    let place = Place::parse(element);
    let model = model(standard);
    if let Some((group, keyword)) = split_keyword(&place.template) {
        return get_keyword(model, values, &place, group, keyword);
    }
    let row = find(model, &place, element)?;
    for (collection, index) in place.collections() {
        let count = values.count(&collection);
        if index >= count {
            return refuse(
                Fault::GetOutOfBounds,
                format!("{collection} has {count} entries"),
            );
        }
    }
    let name = place.name();
    if row.access == Access::WriteOnly || values.is_write_only(&name) {
        return refuse(
            Fault::WriteOnly,
            format!("{element} is write only ({})", row.spec),
        );
    }
    if let Some(value) = row.answered_by.and_then(|answer| answer(values)) {
        return Ok(value);
    }
    let value = values
        .get(&name)
        .filter(|value| !(row.empty_is_unset && value.is_empty()));
    match value.or(row.initial) {
        Some(value) => Ok(value.to_owned()),
        None => refuse(Fault::NotSet, format!("{element} has no value yet")),
    }
}

/// SetValue: stores `value`, and answers with a remark where something is out of the ordinary. All values
/// together have `room_bytes`.
///
/// # Errors
/// When there is no such element, it may not be set, the value is not of its type, or there is no room.
pub(super) fn set(
    standard: Standard,
    values: &mut Values,
    element: &str,
    value: &str,
    room_bytes: usize,
) -> Result<Option<String>, Refusal> {
    if element.is_empty() {
        return refuse(Fault::SetNothing, "no element was named");
    }
    let place = Place::parse(element);
    let model = model(standard);
    if let Some((group, keyword)) = split_keyword(&place.template) {
        return set_keyword(model, &place, group, keyword, element);
    }
    let row = find(model, &place, element)?;
    if row.access == Access::ReadOnly {
        return refuse(
            Fault::ReadOnly,
            format!("{element} is read only ({})", row.spec),
        );
    }
    check_sequence(row, values, &place)?;
    let name = place.name();
    if values.is_read_only(&name) {
        return refuse(
            Fault::ReadOnly,
            format!("{element} is read only for this activity"),
        );
    }
    check_dependencies(row, values, &place)?;
    check_uniqueness(row, values, &place, value)?;
    let described = |fault| Refusal {
        fault,
        diagnostic: describe(row, element, value),
    };
    let mut remark = data_type::check(row.data_type, value).map_err(described)?;
    if let Some(check) = row.checked_by {
        remark = check(values, &place, value).map_err(described)?;
    }
    let value = match values.get(&name) {
        Some(old) if row.appended => {
            let both = format!("{old}{value}");
            remark = data_type::check(row.data_type, &both).map_err(described)?;
            both
        }
        _ => value.to_owned(),
    };
    check_room(values, &name, &value, room_bytes)?;
    for (collection, index) in place.collections() {
        values.grow(&collection, index + 1);
    }
    values.set(name, value);
    Ok(remark)
}

/// Every element name of a standard's table with its type, access and source, for the reference page.
pub fn reference(standard: Standard) -> Vec<[String; 4]> {
    let row = |element: &Element| {
        [
            element.name.to_owned(),
            format!("{:?}", element.data_type),
            format!("{:?}", element.access),
            element.spec.to_owned(),
        ]
    };
    model(standard).elements.iter().map(row).collect()
}

fn describe(row: &Element, element: &str, value: &str) -> String {
    let shown: String = value.chars().take(40).collect();
    let mut expected = format!("{:?}", row.data_type);
    if expected.len() > 120 {
        expected.truncate(expected.floor_char_boundary(120));
        expected.push('…');
    }
    format!(
        "{element} cannot be \"{shown}\": it is a {expected} ({})",
        row.spec
    )
}

fn split_keyword(template: &str) -> Option<(&str, &str)> {
    let (group, keyword) = template.rsplit_once('.')?;
    matches!(keyword, "_children" | "_count" | "_version").then_some((group, keyword))
}

/// The row of an element, or the fault of there being none.
fn find<'a>(model: &'a DataModel, place: &Place, element: &str) -> Result<&'a Element, Refusal> {
    if let Some(row) = model.elements.iter().find(|row| row.name == place.template) {
        return Ok(row);
    }
    let fault = if is_known_category(model, &place.template) {
        Fault::UndefinedMember
    } else {
        Fault::Undefined
    };
    let element: String = element.chars().take(80).collect();
    refuse(fault, format!("there is no data model element {element}"))
}

/// The first two segments (`cmi.core`) are those of a known element.
fn is_known_category(model: &DataModel, template: &str) -> bool {
    let category = |name: &str| name.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let wanted = category(template);
    !template.contains('.')
        || model
            .elements
            .iter()
            .any(|row| category(row.name) == wanted)
}

fn get_keyword(
    model: &DataModel,
    values: &Values,
    place: &Place,
    group: &str,
    keyword: &str,
) -> Result<String, Refusal> {
    if group == "cmi" && keyword == "_version" {
        return Ok(model.version.to_owned());
    }
    for (collection, index) in place.collections() {
        let count = values.count(&collection);
        if index >= count {
            return refuse(
                Fault::GetOutOfBounds,
                format!("{collection} has {count} entries"),
            );
        }
    }
    let row = model.groups.iter().find(|row| row.name == group);
    let name = place.name_of(group);
    match (keyword, row) {
        (
            "_children",
            Some(Group {
                children: Some(children),
                ..
            }),
        ) => Ok((*children).to_owned()),
        ("_count", Some(Group { counted: true, .. })) => Ok(values.count(&name).to_string()),
        _ if !is_known_name(model, group) => refuse(
            Fault::Undefined,
            format!("there is no data model element {name}"),
        ),
        ("_count", _) => refuse(Fault::NotACollection, format!("{name} is no collection")),
        _ => refuse(Fault::NoChildren, format!("{name} has no {keyword}")),
    }
}

fn set_keyword(
    model: &DataModel,
    place: &Place,
    group: &str,
    keyword: &str,
    element: &str,
) -> Result<Option<String>, Refusal> {
    if group == "cmi" || is_known_name(model, group) {
        return refuse(
            Fault::Keyword,
            format!("{element}: {keyword} is a keyword, read only"),
        );
    }
    refuse(
        Fault::Undefined,
        format!("there is no data model element {}", place.name_of(group)),
    )
}

/// `group` is a row, a group, or leads to one.
fn is_known_name(model: &DataModel, group: &str) -> bool {
    let leads_to = |name: &str| {
        name.strip_prefix(group)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    model.elements.iter().any(|row| leads_to(row.name))
        || model.groups.iter().any(|row| row.name == group)
}

/// Indexes start at 0 and leave no gap (RTE 3.1.7.6); the record is there only once its first value
/// was accepted.
fn check_sequence(row: &Element, values: &Values, place: &Place) -> Result<(), Refusal> {
    let collections = place.collections();
    let grows = !row.name.starts_with("adl.data.");
    for (depth, (collection, index)) in collections.iter().enumerate() {
        let count = values.count(collection);
        if *index > count || (*index == count && !grows) {
            return refuse(
                Fault::SetOutOfSequence,
                format!("{collection} has {count} entries; {index} would leave a gap"),
            );
        }
        let inner = depth + 1 < collections.len();
        if inner && *index == count && !row.needs_of_parent.is_empty() {
            return refuse(
                Fault::Dependency,
                format!(
                    "{collection}.{index}.{} must be set first",
                    row.needs_of_parent[0]
                ),
            );
        }
    }
    Ok(())
}

fn check_dependencies(row: &Element, values: &Values, place: &Place) -> Result<(), Refusal> {
    let own = place.record().map(|record| (record, row.needs));
    let parent = place
        .parent_record()
        .map(|record| (record, row.needs_of_parent));
    for (record, needs) in own.into_iter().chain(parent) {
        for sibling in needs {
            let name = format!("{record}.{sibling}");
            if values.get(&name).is_none() {
                return refuse(Fault::Dependency, format!("{name} must be set first"));
            }
        }
    }
    Ok(())
}

fn check_uniqueness(
    row: &Element,
    values: &Values,
    place: &Place,
    value: &str,
) -> Result<(), Refusal> {
    let own = values.get(&place.name());
    if row.write_once && own.is_some_and(|own| own != value) {
        return refuse(Fault::WriteOnce, format!("{} is set already", place.name()));
    }
    if !row.unique {
        return Ok(());
    }
    let Some((collection, own_index)) = place.collections().pop() else {
        return Ok(());
    };
    let key = row
        .name
        .rsplit('.')
        .next()
        .expect("a name has a last segment");
    let taken = (0..values.count(&collection)).find(|index| {
        *index != own_index && values.get(&format!("{collection}.{index}.{key}")) == Some(value)
    });
    match taken {
        Some(index) => refuse(
            Fault::NotUnique,
            format!("{collection}.{index} has this {key}"),
        ),
        None => Ok(()),
    }
}

/// Each value has its own limit; this one is for all of them, so that no content can make a state that nothing
/// can carry. A value that takes less than the one before is kept in any case.
fn check_room(values: &Values, name: &str, value: &str, room_bytes: usize) -> Result<(), Refusal> {
    let needed = values.bytes_with(name, value);
    if needed <= room_bytes || needed <= values.bytes() {
        return Ok(());
    }
    refuse(
        Fault::NoRoom,
        format!("{name} has no room: with it, all that is kept would exceed {room_bytes} bytes"),
    )
}

/// RTE 4.2.4.1: with a threshold, the progress measure decides.
fn completion_status(values: &Values) -> Option<String> {
    let threshold = values.real("cmi.completion_threshold")?;
    let measure = values.real("cmi.progress_measure")?;
    Some(
        if measure >= threshold {
            "completed"
        } else {
            "incomplete"
        }
        .to_owned(),
    )
}

/// RTE 4.2.22.1: with a passing score, the scaled score decides; without a score nothing is known.
fn success_status(values: &Values) -> Option<String> {
    let passing = values.real("cmi.scaled_passing_score")?;
    let status = match values.real("cmi.score.scaled") {
        Some(scaled) if scaled >= passing => "passed",
        Some(_) => "failed",
        None => "unknown",
    };
    Some(status.to_owned())
}

/// The limits that the interaction's type sets to its patterns, then the pattern's form.
fn check_pattern(values: &Values, place: &Place, value: &str) -> data_type::Checked {
    let interaction_type = interaction_type(values, place.parent_record());
    let (most, differ) = responses::pattern_rules(interaction_type);
    let (collection, own_index) = place
        .collections()
        .pop()
        .expect("a pattern stands in a collection");
    if most.is_some_and(|most| own_index >= most) {
        return Err(Fault::TooMany);
    }
    let taken = |index| {
        index != own_index
            && values
                .get(&format!("{collection}.{index}.pattern"))
                .is_some_and(|other| responses::same_pattern(interaction_type, value, other))
    };
    if differ && (0..values.count(&collection)).any(taken) {
        return Err(Fault::NotUnique);
    }
    responses::check_pattern(interaction_type, value)
}

fn check_response(values: &Values, place: &Place, value: &str) -> data_type::Checked {
    responses::check_response(interaction_type(values, place.record()), value)
}

/// SCORM 1.2 does not say that the type comes first: what comes before it has no form yet.
fn check_feedback_pattern(values: &Values, place: &Place, value: &str) -> data_type::Checked {
    let interaction_type = type_of(values, place.parent_record());
    feedback::check(Feedback::Pattern, interaction_type, value)
}

fn check_feedback_response(values: &Values, place: &Place, value: &str) -> data_type::Checked {
    let interaction_type = type_of(values, place.record());
    feedback::check(Feedback::Response, interaction_type, value)
}

fn interaction_type(values: &Values, record: Option<String>) -> &str {
    type_of(values, record).unwrap_or("other")
}

fn type_of(values: &Values, record: Option<String>) -> Option<&str> {
    values.get(&format!("{}.type", record?))
}

#[cfg(test)]
mod tests;
