//! `moveOn`: when an AU counts as met (13.1.4).

use percorso_package::MoveOn;

use super::Unit;

/// Whether what was stated meets the criterion; a waived AU always does (9.3.3.0-3, 9.3.4.0-4).
pub(super) fn is_met(move_on: MoveOn, unit: &Unit) -> bool {
    let stated = match move_on {
        MoveOn::Passed => unit.passed,
        MoveOn::Completed => unit.completed,
        MoveOn::CompletedAndPassed => unit.completed && unit.passed,
        MoveOn::CompletedOrPassed => unit.completed || unit.passed,
        MoveOn::NotApplicable => true,
    };
    stated || unit.waived
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 9.3.3.0-3, 9.3.4.0-4: completed and passed count as the criterion asks.
    #[test]
    fn each_criterion_asks_for_its_own_statements() {
        let unit = |completed, passed| Unit {
            completed,
            passed,
            ..Unit::default()
        };
        let none = unit(false, false);
        let (completed, passed, both) = (unit(true, false), unit(false, true), unit(true, true));
        for (move_on, expected) in [
            (MoveOn::Passed, [false, false, true, true]),
            (MoveOn::Completed, [false, true, false, true]),
            (MoveOn::CompletedAndPassed, [false, false, false, true]),
            (MoveOn::CompletedOrPassed, [false, true, true, true]),
            (MoveOn::NotApplicable, [true; 4]),
        ] {
            let found = [&none, &completed, &passed, &both].map(|unit| is_met(move_on, unit));
            assert_eq!(found, expected, "{move_on:?}");
            let waived = Unit {
                waived: true,
                ..Unit::default()
            };
            assert!(is_met(move_on, &waived));
        }
    }
}
