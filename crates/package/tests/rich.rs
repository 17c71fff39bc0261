//! One manifest with a little of everything, and all that is read from it.

mod support;

use percorso_package::Limits;
use support::{RICH, package_with, read_bytes, zip};

#[test]
fn a_rich_manifest_is_read_whole() {
    let (package, findings) = read_bytes(&zip(&package_with(RICH)), &Limits::default());
    assert_eq!(findings, []);
    insta::assert_json_snapshot!(package.unwrap());
}
