//! The error codes of both standards: numbers, strings, and which fault is which number.
//!
//! Inside the run-time a refusal is a [`Fault`]; only at the border does it become the number that
//! the standard in use gives it.

use percorso_package::Standard;

/// Why a call is refused, whichever standard the content speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing better fits.
    GeneralException,
    /// There is nothing to initialize: no SCO is delivered.
    InitializationFailure,
    /// Initialize was called twice.
    AlreadyInitialized,
    /// Initialize after Terminate.
    InstanceTerminated,
    /// Terminate before Initialize.
    TerminateBeforeInitialization,
    /// Terminate twice.
    TerminateAfterTermination,
    /// GetValue before Initialize.
    GetBeforeInitialization,
    /// GetValue after Terminate.
    GetAfterTermination,
    /// SetValue before Initialize.
    SetBeforeInitialization,
    /// SetValue after Terminate.
    SetAfterTermination,
    /// Commit before Initialize.
    CommitBeforeInitialization,
    /// Commit after Terminate.
    CommitAfterTermination,
    /// An argument that must be empty is not, or one that must not be is.
    Argument,
    /// GetValue of an index that is not there.
    GetOutOfBounds,
    /// SetValue of an index that would leave a gap.
    SetOutOfSequence,
    /// GetValue without an element.
    GetNothing,
    /// SetValue without an element.
    SetNothing,
    /// `_children` of an element that has none.
    NoChildren,
    /// `_count` of an element that is no collection.
    NotACollection,
    /// SetValue of a keyword (`_children`, `_count`, `_version`).
    Keyword,
    /// The value is there already, in a set that holds it only once.
    NotUnique,
    /// A first value cannot be replaced.
    WriteOnce,
    /// More than the standard allows of this collection.
    TooMany,
    /// No such element in a group that the standard knows.
    UndefinedMember,
    /// No such element at all.
    Undefined,
    /// The element has no value yet.
    NotSet,
    /// SetValue of what only the LMS sets.
    ReadOnly,
    /// GetValue of what only content sets.
    WriteOnly,
    /// Not of the element's type.
    TypeMismatch,
    /// Of the type, but outside its range.
    OutOfRange,
    /// Another element must be set first.
    Dependency,
    /// Longer than what we keep.
    TooLong,
    /// More, with all that is kept already, than a session may hold.
    NoRoom,
}

/// Fault, SCORM 2004 code (RTE 3.1.7), SCORM 1.2 code (RTE 3.3.2).
const CODES: &[(Fault, u16, u16)] = &[
    (Fault::GeneralException, 101, 101),
    (Fault::InitializationFailure, 102, 101),
    (Fault::AlreadyInitialized, 103, 101),
    (Fault::InstanceTerminated, 104, 101),
    (Fault::TerminateBeforeInitialization, 112, 301),
    (Fault::TerminateAfterTermination, 113, 301),
    (Fault::GetBeforeInitialization, 122, 301),
    (Fault::GetAfterTermination, 123, 301),
    (Fault::SetBeforeInitialization, 132, 301),
    (Fault::SetAfterTermination, 133, 301),
    (Fault::CommitBeforeInitialization, 142, 301),
    (Fault::CommitAfterTermination, 143, 301),
    (Fault::Argument, 201, 201),
    (Fault::GetOutOfBounds, 301, 201),
    (Fault::SetOutOfSequence, 351, 201),
    (Fault::GetNothing, 301, 201),
    (Fault::SetNothing, 351, 201),
    (Fault::NoChildren, 301, 202),
    (Fault::NotACollection, 301, 203),
    (Fault::Keyword, 404, 402),
    (Fault::NotUnique, 351, 405),
    (Fault::WriteOnce, 351, 405),
    (Fault::TooMany, 351, 405),
    (Fault::UndefinedMember, 401, 201),
    (Fault::Undefined, 401, 401),
    (Fault::NotSet, 403, 0),
    (Fault::ReadOnly, 404, 403),
    (Fault::WriteOnly, 405, 404),
    (Fault::TypeMismatch, 406, 405),
    (Fault::OutOfRange, 407, 405),
    (Fault::Dependency, 408, 201),
    (Fault::TooLong, 351, 405),
    (Fault::NoRoom, 351, 101),
];

/// SCORM 2004 error strings (RTE 3.1.7.1–3.1.7.6).
const STRINGS_2004: &[(u16, &str)] = &[
    (0, "No Error"),
    (101, "General Exception"),
    (102, "General Initialization Failure"),
    (103, "Already Initialized"),
    (104, "Content Instance Terminated"),
    (111, "General Termination Failure"),
    (112, "Termination Before Initialization"),
    (113, "Termination After Termination"),
    (122, "Retrieve Data Before Initialization"),
    (123, "Retrieve Data After Termination"),
    (132, "Store Data Before Initialization"),
    (133, "Store Data After Termination"),
    (142, "Commit Before Initialization"),
    (143, "Commit After Termination"),
    (201, "General Argument Error"),
    (301, "General Get Failure"),
    (351, "General Set Failure"),
    (391, "General Commit Failure"),
    (401, "Undefined Data Model Element"),
    (402, "Unimplemented Data Model Element"),
    (403, "Data Model Element Value Not Initialized"),
    (404, "Data Model Element Is Read Only"),
    (405, "Data Model Element Is Write Only"),
    (406, "Data Model Element Type Mismatch"),
    (407, "Data Model Element Value Out Of Range"),
    (408, "Data Model Dependency Not Established"),
];

/// SCORM 1.2 error strings (RTE 3.3.2.3).
const STRINGS_12: &[(u16, &str)] = &[
    (0, "No error"),
    (101, "General Exception"),
    (201, "Invalid argument error"),
    (202, "Element cannot have children"),
    (203, "Element not an array - cannot have count"),
    (301, "Not initialized"),
    (401, "Not implemented error"),
    (402, "Invalid set value, element is a keyword"),
    (403, "Element is read only"),
    (404, "Element is write only"),
    (405, "Incorrect Data Type"),
];

/// The number that `fault` has in `standard`.
pub fn code(fault: Fault, standard: Standard) -> u16 {
    let (_, scorm_2004, scorm_12) = CODES
        .iter()
        .find(|row| row.0 == fault)
        .expect("every fault has its row");
    match standard {
        Standard::Scorm12 => *scorm_12,
        _ => *scorm_2004,
    }
}

/// The standard's string for `code`, written as content passes it (`"402"`); empty when it is no
/// code of that standard.
pub fn error_string(code: &str, standard: Standard) -> &'static str {
    let strings = match standard {
        Standard::Scorm12 => STRINGS_12,
        _ => STRINGS_2004,
    };
    strings
        .iter()
        .find(|row| row.0.to_string() == code)
        .map_or("", |row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_a_fault_has_its_string() {
        for (fault, scorm_2004, scorm_12) in CODES {
            assert_ne!(
                error_string(&scorm_2004.to_string(), Standard::Scorm2004),
                "",
                "{fault:?}"
            );
            assert_ne!(
                error_string(&scorm_12.to_string(), Standard::Scorm12),
                "",
                "{fault:?}"
            );
        }
    }

    #[test]
    fn a_string_is_asked_for_by_its_exact_number() {
        for unknown in ["", "001", "1444", "402 ", "-1", "zero"] {
            assert_eq!(
                error_string(unknown, Standard::Scorm2004),
                "",
                "{unknown:?}"
            );
        }
        assert_eq!(
            error_string("402", Standard::Scorm2004),
            "Unimplemented Data Model Element"
        );
        assert_eq!(
            error_string("403", Standard::Scorm12),
            "Element is read only"
        );
    }
}
