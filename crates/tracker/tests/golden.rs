//! Replays every golden case of `tests/cases/` natively.

use std::{fs, path::Path};

use percorso_tracker::golden;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads its cases; the tracker does not"
)]
fn every_golden_case_goes_as_it_says() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    let mut replayed = 0;
    let mut deviations = Vec::new();
    for standard in fs::read_dir(&cases)
        .expect("tests/cases is there")
        .flatten()
    {
        let Ok(files) = fs::read_dir(standard.path()) else {
            continue;
        };
        for file in files
            .flatten()
            .filter(|file| file.path().extension().is_some_and(|e| e == "json"))
        {
            let text = fs::read_to_string(file.path()).expect("a case can be read");
            let list: Vec<serde_json::Value> = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{:?}: {error}", file.path()));
            for case in list {
                let report = golden::replay(&case.to_string());
                replayed += 1;
                deviations.extend(
                    report
                        .deviations
                        .iter()
                        .map(|one| format!("{}: {one}", report.id)),
                );
            }
        }
    }
    assert!(replayed > 0, "there are cases");
    assert!(
        deviations.is_empty(),
        "{} cases replayed:\n{}",
        replayed,
        deviations.join("\n")
    );
}
