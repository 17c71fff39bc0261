//! Pages made from other sources: `docs/configuration.md` from `.env.example`, so that the settings
//! are explained once, and `docs/openapi.json` from the code.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result, bail};

use crate::shell;

const SOURCE: &str = ".env.example";
const TARGET: &str = "docs/configuration.md";
const OPENAPI: &str = "docs/openapi.json";

/// Renews both.
///
/// # Errors
/// When a file cannot be read or written, or the server does not build.
pub(crate) fn renew() -> Result<()> {
    fs::write(shell::root().join(TARGET), page()?).with_context(|| format!("writing {TARGET}"))?;
    fs::write(shell::root().join(OPENAPI), openapi()?).with_context(|| format!("writing {OPENAPI}"))
}

/// Checks that the committed description of the API is the code's.
///
/// # Errors
/// When it is not, or the server does not build.
pub(crate) fn check_openapi() -> Result<()> {
    let there = fs::read_to_string(shell::root().join(OPENAPI)).unwrap_or_default();
    if there != openapi()? {
        bail!(
            "{OPENAPI}: differs from the code; run `cargo xtask docs` and review the change of contract"
        );
    }
    Ok(())
}

fn openapi() -> Result<String> {
    shell::run(&mut shell::build_server())?;
    let mut program = shell::command(shell::target().join("debug/percorso"));
    let text = shell::output(program.arg("openapi")).context("`percorso openapi` failed")?;
    Ok(text + "\n")
}

/// Why the page is not the one of today's settings; `None` when it is.
///
/// # Errors
/// When the settings cannot be read.
pub(crate) fn stale() -> Result<Option<String>> {
    let there = fs::read_to_string(shell::root().join(TARGET)).unwrap_or_default();
    Ok((there != page()?)
        .then(|| format!("{TARGET}: differs from {SOURCE}; run `cargo xtask docs`")))
}

fn page() -> Result<String> {
    let source = fs::read_to_string(shell::root().join(SOURCE))
        .with_context(|| format!("reading {SOURCE}"))?;
    Ok(render(&source))
}

/// Comments become text, `## …` headings, and `# NAME=default` lines rows of a table.
fn render(source: &str) -> String {
    let mut page =
        String::from("# Configuration\n\n<!-- Made from .env.example by `cargo xtask docs`. -->\n");
    for block in source.split("\n\n") {
        let lines: Vec<&str> = block
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            .map(str::trim)
            .collect();
        let (settings, text): (Vec<&str>, Vec<&str>) =
            lines.iter().partition(|line| setting(line).is_some());
        let text = text.join(" ");
        if let Some(title) = text.strip_prefix("# ") {
            let _ = write!(
                page,
                "\n## {title}\n\n| Variable | Meaning | Default |\n| --- | --- | --- |\n"
            );
        } else if settings.is_empty() {
            let _ = write!(page, "\n{text}\n");
        } else {
            page.push_str(&row(&settings, &text));
        }
    }
    page
}

fn row(settings: &[&str], text: &str) -> String {
    let parts = settings.iter().filter_map(|line| setting(line));
    let (names, defaults): (Vec<_>, Vec<_>) = parts
        .map(|(name, default)| (format!("`{name}`"), default))
        .unzip();
    let default = match defaults.as_slice() {
        [default] if !default.is_empty() => format!("`{default}`"),
        _ => String::new(),
    };
    format!("| {} | {text} | {default} |\n", names.join("<br>"))
}

fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, default) = line.split_once('=')?;
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name.then_some((name, default))
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn a_setting_becomes_a_row() {
        let page = render("## Logs\n\n# What is\n# logged.\n# PERCORSO_LOG=info\n");
        assert!(page.ends_with("\n## Logs\n\n| Variable | Meaning | Default |\n| --- | --- | --- |\n| `PERCORSO_LOG` | What is logged. | `info` |\n"));
    }
}
