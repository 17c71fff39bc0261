//! An author's pages: the packages, one package with its versions, what reading it found, uploads with
//! and without a script, archiving.

use std::collections::HashMap;

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use percorso_package::{Edition, Finding, Item, Package, Severity, Standard};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    coordinator::format::{day_of, size, time},
    courses::kind_key,
    visitor::{Visitor, see_other},
    words::{Language, findings as findings_in_italian},
};
use crate::{
    app::App,
    audit::Actor,
    auth::{Role, web as sign_in},
    content,
    db::{
        self,
        packages::Belongs,
        versions::{FileChange, Runs},
    },
    import::{
        ImportError, Importer,
        excerpt::{self, Line},
        staging::Staged,
    },
    problem::Result,
    routes::{address::at, package_versions, packages as api, uploads},
    wire::package_change::{Change, changes},
};

/// Files longer than this show no excerpts.
const LARGEST_TEXT_BYTES: u64 = 2 * 1024 * 1024;

/// Files listed in a comparison.
const FILES_SHOWN: usize = 50;

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/packages", web::post().to(upload))
        .route("/packages/uploads/{upload}", web::post().to(finish))
        .service(at("/packages/{package}").get(package))
        .service(at("/packages/{package}/compare").get(compare))
        .route("/packages/{package}/current", web::post().to(make_current))
        .route("/packages/{package}/archive", web::post().to(archive));
}

struct PackageLine {
    id: Uuid,
    title: String,
    standard: &'static str,
    version: i32,
    size: String,
    warnings: usize,
    published: String,
}

#[derive(Template)]
#[template(path = "packages.html")]
struct PackagesPage<'a> {
    page: &'a Visitor,
    packages: Vec<PackageLine>,
    upload_for: Option<Uuid>,
    may_write: bool,
}

/// The list, which is also the home page of whoever is no learner.
pub(super) async fn list(app: &App, visitor: &Visitor) -> Result<HttpResponse> {
    let offered = db::courses::offered(&mut *app.db.get().await?).await?;
    let packages = offered.into_iter().map(|version| PackageLine {
        id: version.package_id,
        standard: version.package().map_or("", |package| standard(&package)),
        warnings: warnings(&version.findings),
        title: version.title,
        version: version.version,
        size: size(visitor.language, version.size_bytes),
        published: day_of(version.created_at),
    });
    Ok(visitor.show_with_script(&PackagesPage {
        page: visitor,
        packages: packages.collect(),
        upload_for: None,
        may_write: may_write(visitor),
    }))
}

/// Findings of one severity.
struct Group {
    severity: Severity,
    findings: Vec<FindingLine>,
}

struct FindingLine {
    finding: Finding,
    lines: Vec<Line>,
}

impl Group {
    fn key(&self) -> &'static str {
        match self.severity {
            Severity::Error => "severity_error",
            Severity::Warning => "severity_warning",
            Severity::Info => "severity_info",
        }
    }

    fn class(&self) -> &'static str {
        match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }

    fn icon(&self) -> &'static str {
        match self.severity {
            Severity::Error => "it-close-circle",
            Severity::Warning => "it-warning-circle",
            Severity::Info => "it-info-circle",
        }
    }
}

impl FindingLine {
    /// What is wrong: of the case at hand in English, of its kind in Italian.
    fn message(&self, language: Language) -> &str {
        match language {
            Language::English => &self.finding.message,
            Language::Italian => findings_in_italian::of(self.finding.code).0,
        }
    }

    /// What to do about it.
    fn fix(&self, language: Language) -> &str {
        match language {
            Language::English => &self.finding.fix,
            Language::Italian => findings_in_italian::of(self.finding.code).1,
        }
    }

    /// What the Italian words leave out of the message: what it quotes.
    fn values(&self, language: Language) -> Vec<&str> {
        match language {
            Language::English => Vec::new(),
            Language::Italian => findings_in_italian::quoted(&self.finding.message),
        }
    }

    /// `imsmanifest.xml, riga 12`.
    fn place(&self, language: Language) -> String {
        let file = self.finding.file.as_deref().unwrap_or_default();
        match self.finding.line {
            Some(line) => format!("{file}, {} {line}", language.t("line")),
            None => file.to_owned(),
        }
    }
}

/// The findings by severity, the worst first.
fn by_severity(findings: Vec<Finding>, lines: Vec<Vec<Line>>) -> Vec<Group> {
    let mut groups: Vec<Group> = [Severity::Error, Severity::Warning, Severity::Info]
        .map(|severity| Group {
            severity,
            findings: Vec::new(),
        })
        .into();
    let lines = lines.into_iter().chain(std::iter::repeat_with(Vec::new));
    for (finding, lines) in findings.into_iter().zip(lines) {
        let group = groups
            .iter_mut()
            .find(|group| group.severity == finding.severity)
            .expect("there is a group for each severity");
        group.findings.push(FindingLine { finding, lines });
    }
    groups.retain(|group| !group.findings.is_empty());
    groups
}

struct TreeLine {
    title: String,
    id: String,
    depth: usize,
    cluster: bool,
    kind: Option<&'static str>,
}

struct VersionLine {
    version: i32,
    title: String,
    size: String,
    published: String,
    is_current: bool,
    runs: Runs,
}

#[derive(Template)]
#[template(path = "package.html")]
struct PackagePage<'a> {
    page: &'a Visitor,
    id: Uuid,
    title: String,
    standard: &'static str,
    version: i32,
    size: String,
    published: String,
    archived: bool,
    activities: Vec<TreeLine>,
    groups: Vec<Group>,
    versions: Vec<VersionLine>,
    upload_for: Option<Uuid>,
    may_write: bool,
}

async fn package(app: web::Data<App>, visitor: Visitor, package: web::Path<Uuid>) -> HttpResponse {
    if let Some(answer) = not_for(&visitor) {
        return answer;
    }
    let page = package_page(&app, &visitor, *package).await;
    page.unwrap_or_else(|problem| visitor.failed(&problem))
}

async fn package_page(app: &App, visitor: &Visitor, id: Uuid) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let versions = db::packages::versions(&mut conn, id).await?;
    let runs = db::versions::runs(&mut conn, id).await?;
    drop(conn);
    let current = versions
        .iter()
        .find(|version| version.version == version.current_version);
    let Some(current) = current else {
        return Ok(visitor.not_found());
    };
    let findings = findings(&current.findings);
    let lines = excerpts(app, current.id, &findings).await?;
    let archived = current.archived_at.is_some();
    Ok(visitor.show_with_script(&PackagePage {
        page: visitor,
        id,
        title: current.title.clone(),
        standard: standard(&current.manifest),
        version: current.version,
        size: size(visitor.language, current.size_bytes),
        published: day_of(current.created_at),
        archived,
        activities: tree(&current.manifest),
        groups: by_severity(findings, lines),
        versions: versions
            .iter()
            .map(|version| VersionLine {
                version: version.version,
                title: version.title.clone(),
                size: size(visitor.language, version.size_bytes),
                published: time(version.created_at),
                is_current: version.version == version.current_version,
                runs: runs.get(&version.id).copied().unwrap_or_default(),
            })
            .collect(),
        upload_for: Some(id),
        may_write: may_write(visitor) && !archived,
    }))
}

#[derive(Deserialize)]
struct CompareQuery {
    from: i32,
    to: i32,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage<'a> {
    page: &'a Visitor,
    id: Uuid,
    title: String,
    lead: String,
    from: i32,
    to: i32,
    changes: Vec<Change>,
    files: Vec<FileChange>,
    more_files: usize,
    runs: Runs,
    to_is_current: bool,
    may_write: bool,
}

async fn compare(
    app: web::Data<App>,
    visitor: Visitor,
    package: web::Path<Uuid>,
    query: web::Query<CompareQuery>,
) -> HttpResponse {
    if let Some(answer) = not_for(&visitor) {
        return answer;
    }
    let page = compare_page(&app, &visitor, *package, &query).await;
    page.unwrap_or_else(|problem| visitor.failed(&problem))
}

async fn compare_page(
    app: &App,
    visitor: &Visitor,
    id: Uuid,
    query: &CompareQuery,
) -> Result<HttpResponse> {
    let mut conn = app.db.get().await?;
    let versions = db::packages::versions(&mut conn, id).await?;
    let numbered = |number| versions.iter().find(|version| version.version == number);
    let (Some(from), Some(to)) = (numbered(query.from), numbered(query.to)) else {
        return Ok(visitor.not_found());
    };
    let runs = db::versions::runs(&mut conn, id).await?;
    let mut files = db::versions::file_changes(&mut conn, from.id, to.id).await?;
    let more_files = files.len().saturating_sub(FILES_SHOWN);
    files.truncate(FILES_SHOWN);
    Ok(visitor.show(&ComparePage {
        page: visitor,
        id,
        title: to.title.clone(),
        lead: visitor
            .t("compare_lead")
            .replace("{from}", &from.version.to_string())
            .replace("{to}", &to.version.to_string()),
        from: from.version,
        to: to.version,
        changes: changes(&from.manifest, &to.manifest),
        files,
        more_files,
        runs: runs.get(&from.id).copied().unwrap_or_default(),
        to_is_current: to.version == to.current_version,
        may_write: may_write(visitor) && to.archived_at.is_none(),
    }))
}

#[derive(Deserialize)]
struct CurrentForm {
    version: i32,
}

/// Back to an earlier version, or forward again: for whoever registers from now on.
async fn make_current(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    package: web::Path<Uuid>,
    form: web::Form<CurrentForm>,
) -> HttpResponse {
    if !may_change(&app, &request, &visitor) {
        return visitor.forbidden();
    }
    let actor = actor(&visitor);
    match package_versions::chosen(&app, actor, *package, form.version).await {
        Ok(true) => see_other(&format!("/packages/{package}")),
        Ok(false) => visitor.not_found(),
        Err(problem) => visitor.failed(&problem),
    }
}

async fn archive(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    package: web::Path<Uuid>,
) -> HttpResponse {
    if !may_change(&app, &request, &visitor) {
        return visitor.forbidden();
    }
    match api::archived(&app, actor(&visitor), *package).await {
        Ok(true) => see_other("/"),
        Ok(false) => visitor.not_found(),
        Err(problem) => visitor.failed(&problem),
    }
}

/// The plain form: the file comes with it, in one piece.
async fn upload(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    form: Multipart,
) -> HttpResponse {
    if !may_change(&app, &request, &visitor) {
        return visitor.forbidden();
    }
    match api::receive(&Importer::of(&app), form).await {
        Ok(upload) => {
            let belongs = upload.package_id.map_or(Belongs::ByContent, Belongs::To);
            publish(&app, &visitor, upload.file, belongs).await
        }
        Err(problem) => visitor.failed(&problem),
    }
}

/// The script's way: the file came in pieces before.
async fn finish(
    app: web::Data<App>,
    request: HttpRequest,
    visitor: Visitor,
    upload: web::Path<Uuid>,
) -> HttpResponse {
    let Some(person) = visitor.person.as_ref() else {
        return visitor.forbidden();
    };
    if !may_change(&app, &request, &visitor) {
        return visitor.forbidden();
    }
    match uploads::taken(&app, &person.id.to_string(), *upload).await {
        Ok((file, belongs)) => publish(&app, &visitor, file, belongs).await,
        Err(problem) => visitor.failed(&problem),
    }
}

#[derive(Template)]
#[template(path = "rejected.html")]
struct RejectedPage<'a> {
    page: &'a Visitor,
    groups: Vec<Group>,
    upload_for: Option<Uuid>,
}

/// Imports a file; shows the package, or all that is wrong with it.
async fn publish(app: &App, visitor: &Visitor, file: Staged, belongs: Belongs) -> HttpResponse {
    match Importer::of(app).import(file, belongs).await {
        Ok(version) => match api::note_upload(app, actor(visitor), &version).await {
            Ok(()) => see_other(&format!("/packages/{}", version.package_id)),
            Err(problem) => visitor.failed(&problem),
        },
        Err(ImportError::Rejected(findings, lines)) => visitor.respond_with_script(
            StatusCode::UNPROCESSABLE_ENTITY,
            &RejectedPage {
                page: visitor,
                groups: by_severity(findings, lines),
                upload_for: match belongs {
                    Belongs::To(id) => Some(id),
                    _ => None,
                },
            },
        ),
        Err(error) => visitor.failed(&api::problem(error)),
    }
}

/// Who acts here: they are signed in, or were turned away before.
pub(super) fn actor(visitor: &Visitor) -> Actor {
    visitor.person.as_ref().map_or(Actor::Nobody, Actor::from)
}

/// The answer to whoever may not see packages.
pub(super) fn not_for(visitor: &Visitor) -> Option<HttpResponse> {
    match &visitor.person {
        None => Some(visitor.to_sign_in()),
        Some(person) if person.role == Role::Learner => Some(visitor.forbidden()),
        Some(_) => None,
    }
}

pub(super) fn may_write(visitor: &Visitor) -> bool {
    let role = visitor.person.as_ref().map(|person| person.role);
    matches!(role, Some(Role::Author | Role::Admin))
}

pub(super) fn may_change(app: &App, request: &HttpRequest, visitor: &Visitor) -> bool {
    may_write(visitor) && sign_in::same_origin(app, request).is_ok()
}

/// The findings of a published version; none when a newer program wrote them.
fn findings(value: &serde_json::Value) -> Vec<Finding> {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

fn warnings(value: &serde_json::Value) -> usize {
    let found = findings(value);
    let is_warning = |finding: &&Finding| finding.severity != Severity::Info;
    found.iter().filter(is_warning).count()
}

/// The lines each finding is about, read from the published archive.
async fn excerpts(app: &App, version_id: Uuid, findings: &[Finding]) -> Result<Vec<Vec<Line>>> {
    let mut texts: HashMap<&str, Option<String>> = HashMap::new();
    let mut all = Vec::new();
    for finding in findings {
        let (Some(path), Some(line)) = (finding.file.as_deref(), finding.line) else {
            all.push(Vec::new());
            continue;
        };
        if !texts.contains_key(path) {
            let text = content::text(app, version_id, path, LARGEST_TEXT_BYTES).await?;
            texts.insert(path, text);
        }
        let text = texts.get(path).and_then(Option::as_deref);
        let meant = usize::try_from(line).unwrap_or_default();
        all.push(text.map_or_else(Vec::new, |text| excerpt::around(text, meant)));
    }
    Ok(all)
}

fn tree(package: &Package) -> Vec<TreeLine> {
    fn add(items: &[Item], depth: usize, lines: &mut Vec<TreeLine>) {
        for item in items {
            lines.push(TreeLine {
                title: item.title.clone(),
                id: item.identifier.clone(),
                depth: depth.min(3),
                cluster: !item.items.is_empty(),
                kind: item.kind().map(kind_key),
            });
            add(&item.items, depth + 1, lines);
        }
    }
    let mut lines = Vec::new();
    add(&package.organization().items, 0, &mut lines);
    lines
}

fn standard(package: &Package) -> &'static str {
    match (package.standard, package.edition) {
        (Standard::Scorm12, _) => "SCORM 1.2",
        (Standard::Cmi5, _) => "cmi5",
        (Standard::Scorm2004, Some(Edition::Second)) => "SCORM 2004 2nd Edition",
        (Standard::Scorm2004, Some(Edition::Third)) => "SCORM 2004 3rd Edition",
        (Standard::Scorm2004, _) => "SCORM 2004 4th Edition",
    }
}

/// The key of the word for what differs.
fn what_key(what: &str) -> &'static str {
    match what {
        "title" => "title_changed",
        "content" => "content_changed",
        "sequencing" => "sequencing_changed",
        "scoring" => "scoring_changed",
        "metadata" => "metadata_changed",
        _ => "other_changed",
    }
}
