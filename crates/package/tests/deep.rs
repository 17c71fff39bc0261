//! Deep trees are kept or refused; none breaks the stack, or JSON when it is stored.

mod support;

use percorso_package::{Code, Limits, Package};
use support::{RICH, package_with, read_bytes, zip};

const TITLE: &str = "<title>Lavoro agile</title>";

/// `inner` within `depth` items.
fn nest(depth: usize, prefix: &str, inner: &str) -> String {
    let open: Vec<String> = (0..depth)
        .map(|n| format!("<item identifier='{prefix}{n}'><title>P</title>"))
        .collect();
    open.concat() + inner + &"</item>".repeat(depth)
}

fn leaf(resource: &str) -> String {
    format!("<item identifier='{resource}-leaf' identifierref='{resource}'><title>F</title></item>")
}

/// Whether a manifest is refused as too deep; one that is not can be stored.
fn is_too_deep(manifest: &str) -> bool {
    let (package, findings) = read_bytes(&zip(&package_with(manifest)), &Limits::default());
    if let Some(package) = package {
        let json = serde_json::to_string(&package).unwrap();
        assert_eq!(serde_json::from_str::<Package>(&json).unwrap(), package);
    }
    findings
        .iter()
        .any(|finding| finding.code == Code::NestingTooDeep)
}

#[test]
fn deep_trees_are_kept_or_refused() {
    for depth in [10, 40, 45, 46, 48, 60, 500] {
        let items = nest(depth, "p", &leaf("r-intro"));
        let manifest = RICH.replacen(TITLE, &format!("{TITLE}{items}"), 1);
        assert_eq!(is_too_deep(&manifest), depth > 45, "{depth}");
    }
}

#[test]
fn sub_manifests_cannot_go_around_the_limit() {
    let outer = nest(30, "a", &leaf("sotto"));
    let inner = nest(30, "b", &leaf("r-intro"));
    let sub = format!(
        "<manifest identifier='sotto'><organizations><organization identifier='s'>\
         <title>S</title>{inner}</organization></organizations></manifest></manifest>"
    );
    let manifest = RICH.replacen(TITLE, &format!("{TITLE}{outer}"), 1);
    assert!(is_too_deep(&manifest.replacen("</manifest>", &sub, 1)));
}
