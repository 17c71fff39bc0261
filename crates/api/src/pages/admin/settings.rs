//! The settings in force, what each means, and whether it was set or is the default. They are read at the
//! start and changed where the server is started; this page shows them.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::Admin;
use crate::{
    app::App,
    config::{Config, Given},
    pages::{
        visitor::Visitor,
        words::{Language, settings as in_italian},
    },
    routes::address::at,
};

/// Every setting with its meaning and default: the same file that administrators copy.
const DESCRIBED: &str = include_str!("../../../../../.env.example");

/// Routes, for the app's listener.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(at("/admin/settings").get(show));
}

struct Group {
    title: String,
    settings: Vec<Setting>,
}

struct Setting {
    name: String,
    meaning: String,
    value: String,
    given: bool,
}

#[derive(Template)]
#[template(path = "admin/settings.html")]
struct SettingsPage<'a> {
    page: &'a Visitor,
    groups: Vec<Group>,
}

async fn show(app: web::Data<App>, admin: Admin) -> HttpResponse {
    admin.show(&SettingsPage {
        page: &admin,
        groups: groups(DESCRIBED, &app.config, admin.language),
    })
}

/// Reads the described settings: `## Title`, comment lines, `# NAME=default`.
fn groups(described: &str, config: &Config, language: Language) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut meaning = String::new();
    // Of settings that stand together the first one's words are all of theirs.
    let mut shared = String::new();
    for line in described.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            groups.push(Group {
                title: title.to_owned(),
                settings: Vec::new(),
            });
            meaning.clear();
            continue;
        }
        let text = line.trim_start_matches('#').trim();
        match setting(text) {
            Some((name, default)) => {
                let known = config.given.iter().find(|given| given.name == name);
                let shown = known.map_or_else(|| default.to_owned(), Given::shown);
                if !meaning.is_empty() {
                    shared = std::mem::take(&mut meaning);
                }
                if let Some(group) = groups.last_mut() {
                    group.settings.push(Setting {
                        name: name.to_owned(),
                        meaning: shared.clone(),
                        value: shown,
                        given: known.is_some(),
                    });
                }
            }
            None if text.is_empty() => {
                meaning.clear();
                shared.clear();
            }
            None => {
                if !meaning.is_empty() {
                    meaning.push(' ');
                }
                meaning.push_str(text);
            }
        }
    }
    groups.retain(|group| !group.settings.is_empty());
    if language == Language::Italian {
        translate(&mut groups);
    }
    groups
}

/// What has no Italian words stays as it is described.
fn translate(groups: &mut [Group]) {
    for group in groups {
        if let Some(title) = in_italian::title(&group.title) {
            title.clone_into(&mut group.title);
        }
        for setting in &mut group.settings {
            if let Some(meaning) = in_italian::meaning(&setting.name) {
                meaning.clone_into(&mut setting.meaning);
            }
        }
    }
}

fn setting(text: &str) -> Option<(&str, &str)> {
    let (name, default) = text.split_once('=')?;
    let is_name =
        |letter: char| letter.is_ascii_uppercase() || letter == '_' || letter.is_ascii_digit();
    (name.len() > 3 && name.chars().all(is_name)).then_some((name, default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_shown_with_their_meaning_and_secrets_are_not() {
        let lookup = |name: &str| match name {
            "PERCORSO_POOL_SIZE" => Some("7".to_owned()),
            "PERCORSO_ADMIN_EMAIL" => Some("a@b.example".to_owned()),
            "PERCORSO_ADMIN_PASSWORD" => Some("geheim-geheim".to_owned()),
            "DATABASE_URL" => Some("postgres://u:geheim@h/d".to_owned()),
            _ => None,
        };
        let config = Config::from_lookup(&lookup).unwrap();
        let groups = groups(DESCRIBED, &config, Language::English);
        let all: Vec<&Setting> = groups.iter().flat_map(|group| &group.settings).collect();
        let find = |name: &str| all.iter().find(|setting| setting.name == name).unwrap();
        assert_eq!(
            (
                find("PERCORSO_POOL_SIZE").value.as_str(),
                find("PERCORSO_POOL_SIZE").given
            ),
            ("7", true)
        );
        assert!(
            !find("PERCORSO_TOKEN_SECONDS").given && find("PERCORSO_TOKEN_SECONDS").value == "3600"
        );
        assert!(all.iter().all(|setting| !setting.value.contains("geheim")));
        assert!(all.iter().all(|setting| !setting.meaning.is_empty()));
        assert!(all.len() > 20);
    }

    #[test]
    fn every_setting_has_its_words_in_italian() {
        let config = Config::from_lookup(&|_: &str| None).unwrap();
        let all = groups(DESCRIBED, &config, Language::English);
        let titles = all.iter().map(|group| group.title.as_str());
        let missing: Vec<&str> = titles
            .filter(|title| in_italian::title(title).is_none())
            .chain(
                all.iter()
                    .flat_map(|group| &group.settings)
                    .map(|setting| setting.name.as_str())
                    .filter(|name| in_italian::meaning(name).is_none()),
            )
            .collect();
        assert_eq!(missing, [""; 0]);
    }
}
