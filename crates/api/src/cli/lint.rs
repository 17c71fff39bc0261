//! `percorso lint`: what is wrong with a package, and how to mend it.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Args;
use percorso_package::{Finding, Limits, Severity};

use crate::import::{self, staging::Staged};

/// Says what is wrong with packages, and how to mend it. Exits with 1 when one cannot be delivered.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Zips, or folders with the manifest at their top.
    #[arg(required = true)]
    packages: Vec<PathBuf>,
    /// Print the findings as JSON: an object of lists, by path.
    #[arg(long)]
    json: bool,
}

impl Lint {
    /// Runs the command.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn run(&self, limits: &Limits) -> Result<ExitCode> {
        let mut reports = Vec::with_capacity(self.packages.len());
        for path in &self.packages {
            let findings =
                lint(path, limits).with_context(|| format!("cannot read {}", path.display()))?;
            reports.push((path.as_path(), findings));
        }
        let out = io::stdout().lock();
        if self.json {
            print_json(out, &reports)?;
        } else {
            print_text(out, &reports)?;
        }
        Ok(code(&reports))
    }
}

/// Prints what is wrong with one package.
///
/// # Errors
/// When it cannot be read.
pub(super) fn say(path: &Path, limits: &Limits) -> Result<ExitCode> {
    let reports = [(path, lint(path, limits)?)];
    print_text(io::stdout().lock(), &reports)?;
    Ok(code(&reports))
}

/// Whether all can be delivered.
fn code(reports: &[(&Path, Vec<Finding>)]) -> ExitCode {
    let mut findings = reports.iter().flat_map(|(_, findings)| findings);
    if findings.any(is_error) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn lint(path: &Path, limits: &Limits) -> Result<Vec<Finding>> {
    if !path.is_dir() {
        return Ok(import::findings(path, limits)?);
    }
    let packed = Staged::packed(path, &std::env::temp_dir())?;
    Ok(import::findings(packed.path(), limits)?)
}

fn print_json(out: impl Write, reports: &[(&Path, Vec<Finding>)]) -> Result<()> {
    let reports: serde_json::Map<_, _> = reports
        .iter()
        .map(|(path, findings)| Ok((path.display().to_string(), serde_json::to_value(findings)?)))
        .collect::<Result<_>>()?;
    Ok(serde_json::to_writer_pretty(out, &reports)?)
}

fn print_text(mut out: impl Write, reports: &[(&Path, Vec<Finding>)]) -> Result<()> {
    for (path, findings) in reports {
        writeln!(out, "{}: {}", path.display(), summary(findings))?;
        for finding in findings {
            print_finding(&mut out, finding)?;
        }
    }
    Ok(())
}

fn summary(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| is_error(finding)).count();
    match (errors, findings.len()) {
        (0, 0) => "nothing to mend".to_owned(),
        (0, all) => format!("can be delivered; findings: {all}"),
        (errors, all) => format!("cannot be delivered; errors: {errors}, findings: {all}"),
    }
}

fn print_finding(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    writeln!(
        out,
        "  {} {}: {}",
        word(finding.severity),
        finding.code,
        finding.message
    )?;
    if let Some(file) = &finding.file {
        write!(out, "    at {file}")?;
        for number in [finding.line, finding.column].into_iter().flatten() {
            write!(out, ":{number}")?;
        }
        writeln!(out)?;
    }
    if let Some(requirement) = &finding.requirement {
        writeln!(out, "    breaks {requirement}")?;
    }
    writeln!(out, "    {}", finding.fix)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}
