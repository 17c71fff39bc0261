//! The course in `content-packages` as it is committed: sixteen learning objects of three kinds in six
//! modules, each with aims, transcript, captions and a check; and the same length wherever one is told.

use std::{
    fs,
    path::{Path, PathBuf},
};

use percorso_package::{FolderSource, Item, Kind, Limits, Package, read};
use serde_json::Value;

const MODULES: usize = 6;
const OBJECTS: usize = 16;
const MOST_BYTES: u64 = 60_000_000;
/// A module's test, in minutes; and what an object takes beside its video.
const TEST_MINUTES: u64 = 6;
const CHECK_MINUTES: u64 = 3;

/// What is wrong, gathered, so that one run tells all of it.
struct Course {
    folder: PathBuf,
    objects: usize,
    kinds: Vec<Kind>,
    wrong: Vec<String>,
}

#[test]
fn the_course_is_whole_and_tells_one_length_everywhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content-packages");
    let mut course = Course {
        folder,
        objects: 0,
        kinds: Vec::new(),
        wrong: Vec::new(),
    };
    let modules: Vec<PathBuf> = sorted(&course.folder)
        .into_iter()
        .filter(|path| name(path).starts_with("modulo-"))
        .collect();
    for module in &modules {
        course.check_module(module);
    }
    course.expect(
        modules.len() == MODULES,
        format!("{} modules", modules.len()),
    );
    let objects = course.objects;
    course.expect(objects == OBJECTS, format!("{objects} learning objects"));
    for kind in [Kind::Videolezione, Kind::Videopillola, Kind::BuonaPratica] {
        let there = course.kinds.contains(&kind);
        course.expect(there, format!("no {kind:?}"));
    }
    let bytes = size(&course.folder);
    course.expect(bytes < MOST_BYTES, format!("{bytes} bytes in all"));
    assert!(course.wrong.is_empty(), "{}", course.wrong.join("\n"));
}

impl Course {
    fn expect(&mut self, holds: bool, otherwise: String) {
        if !holds {
            self.wrong.push(otherwise);
        }
    }

    fn check_module(&mut self, module: &Path) {
        let folder = name(module).to_owned();
        let mut source = FolderSource::open(module, &Limits::default()).expect("a folder opens");
        let (package, findings) = read(&mut source, &Limits::default());
        self.expect(findings.is_empty(), format!("{folder}: {findings:?}"));
        let package = package.expect("each module is a package");
        let readme = text(&module.join("README.md"));
        let items = &package.organization().items;
        let mut minutes = TEST_MINUTES;
        let mut objects = 0;
        for item in items {
            self.check_words(&folder, item);
            let page = item.launch.as_ref().expect("each item is launched");
            let file = module.join(&page.path);
            match page.path.strip_suffix(".html") {
                Some("test") => self.check_test(&folder, item, &text(&file)),
                Some(object) => {
                    objects += 1;
                    minutes += self.check_object(module, object, item, &readme);
                }
                None => self
                    .wrong
                    .push(format!("{folder}: {} is no page", page.path)),
            }
        }
        let scripts = sorted(&self.folder.join("_video").join(&folder)).len();
        let told = format!("{folder}: {objects} objects, {scripts} scripts");
        self.expect(objects == scripts && items.len() == objects + 1, told);
        self.objects += objects;
        self.check_whole(&folder, &package, minutes);
    }

    /// The package itself: words, and the minutes that its path credits.
    fn check_whole(&mut self, folder: &str, package: &Package, minutes: u64) {
        let about = &package.metadata;
        let said = about.title.is_some() && about.description.is_some();
        self.expect(
            said && about.language.as_deref() == Some("it"),
            format!("{folder}: the package says no title, description or language"),
        );
        let duration = about.duration.clone().unwrap_or_default();
        self.expect(
            duration == format!("PT{minutes}M"),
            format!("{folder}: the package takes {duration:?}, its objects and test {minutes} min"),
        );
        let path: Value = serde_json::from_str(&text(&self.folder.join("percorso.json")))
            .expect("the path is JSON");
        let credited = path["courses"][0]["items"]
            .as_array()
            .and_then(|items| {
                items
                    .iter()
                    .find(|item| item["package"] == package.identifier.as_str())
            })
            .map(|item| item["credit_minutes"].clone());
        self.expect(
            credited == Some(Value::from(minutes)),
            format!("{folder}: the path credits {credited:?}, the module takes {minutes} min"),
        );
    }

    /// LOM of an item: title, description, language, duration.
    fn check_words(&mut self, folder: &str, item: &Item) {
        let about = &item.metadata;
        let title = about.title.as_ref().map(|title| title.text.as_str());
        let said = title == Some(&item.title)
            && about
                .description
                .as_ref()
                .is_some_and(|text| text.text.len() > 20)
            && about.language.as_deref() == Some("it")
            && about.duration.is_some();
        let told = format!("{folder}: LOM of {} is not whole", item.identifier);
        self.expect(said, told);
    }

    /// One learning object; how many minutes it takes in all.
    fn check_object(&mut self, module: &Path, object: &str, item: &Item, readme: &str) -> u64 {
        let at = format!("{}/{object}", name(module));
        let built: Value =
            serde_json::from_str(&text(&module.join(format!("media/{object}.json"))))
                .expect("a video's description is JSON");
        let seconds = built["duration_s"].as_f64().unwrap_or_default();
        let (kind, word, least, most) = match item.kind() {
            Some(Kind::Videolezione) => ("videolezione", "Videolezione", 180.0, 360.0),
            Some(Kind::Videopillola) => ("videopillola", "Videopillola", 60.0, 120.0),
            Some(Kind::BuonaPratica) => ("buona-pratica", "Buona pratica", 60.0, 360.0),
            None => ("none", "none", 0.0, 0.0),
        };
        self.kinds.extend(item.kind());
        self.expect(
            (least..=most).contains(&seconds),
            format!("{at}: {seconds} s is no {kind}"),
        );
        self.expect(
            built["kind"] == kind,
            format!("{at}: the video is a {}", built["kind"]),
        );
        self.expect(
            built["title"] == item.title.as_str(),
            format!("{at}: the video's title is {}", built["title"]),
        );
        let html = text(&module.join(format!("{object}.html")));
        for (what, wanted) in [
            ("kind", format!("<span>{word}</span>")),
            ("title", format!("<h1>{}</h1>", item.title)),
            ("aims", "id=\"obiettivi\"".to_owned()),
            ("transcript", "<details data-text>".to_owned()),
            (
                "captions",
                format!(
                    "<track kind=\"captions\" srclang=\"it\" label=\"Italiano\" src=\"media/{object}.vtt\">"
                ),
            ),
            ("check", "<form data-check>".to_owned()),
            ("question", "data-question=".to_owned()),
            ("sources", "id=\"fonti\"".to_owned()),
        ] {
            self.expect(
                html.contains(&wanted),
                format!("{at}: the page has no {what}: {wanted}"),
            );
        }
        let scenes = built["scenes"].as_array().map_or(0, Vec::len);
        self.expect(
            html.matches(" data-scene ").count() == scenes,
            format!("{at}: the transcript has not the video's {scenes} scenes"),
        );
        self.check_lengths(&at, seconds, item, &html, readme)
    }

    /// The lengths that metadata, page and README tell are the built video's; answers the whole.
    fn check_lengths(
        &mut self,
        at: &str,
        seconds: f64,
        item: &Item,
        html: &str,
        readme: &str,
    ) -> u64 {
        let (seconds, minutes) = (rounded(seconds), rounded(seconds / 60.0));
        let whole = minutes + CHECK_MINUTES;
        let duration = format!("PT{}M{}", seconds / 60, {
            match seconds % 60 {
                0 => String::new(),
                rest => format!("{rest}S"),
            }
        });
        self.expect(
            item.metadata.duration.as_ref() == Some(&duration),
            format!(
                "{at}: LOM says {:?}, the video takes {duration}",
                item.metadata.duration
            ),
        );
        let unit = if minutes == 1 { "minuto" } else { "minuti" };
        let told = format!("video di {minutes} {unit} · circa {whole} minuti in tutto");
        self.expect(
            html.contains(&told),
            format!("{at}: the page does not say {told:?}"),
        );
        let row = format!("{minutes} min di video, circa {whole} in tutto");
        let said = readme
            .lines()
            .any(|line| line.contains(&format!("| {} |", item.title)) && line.contains(&row));
        self.expect(said, format!("{at}: the README does not say {row:?}"));
        let description = item.metadata.description.as_ref();
        let other = description.is_some_and(|text| {
            text.text.contains("Video di ")
                && !text.text.contains(&format!("Video di {minutes} {unit}"))
        });
        self.expect(
            !other,
            format!("{at}: the description tells another length"),
        );
        whole
    }

    /// A module's test: its time, and as many questions as it says.
    fn check_test(&mut self, folder: &str, item: &Item, html: &str) {
        let time = format!("PT{TEST_MINUTES}M");
        self.expect(
            item.metadata.duration.as_ref() == Some(&time) && item.kind().is_none(),
            format!("{folder}: LOM of the test does not say {time}"),
        );
        let told = format!("estratte da {}.", html.matches("<fieldset ").count());
        let spoken = format!("circa {TEST_MINUTES} minuti");
        self.expect(
            html.contains(&told) && html.contains(&spoken),
            format!("{folder}: the test does not say {told:?} and {spoken:?}"),
        );
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn size(path: &Path) -> u64 {
    if path.is_dir() {
        return sorted(path).iter().map(|inner| size(inner)).sum();
    }
    fs::metadata(path).map_or(0, |file| file.len())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a video"
)]
fn rounded(number: f64) -> u64 {
    number.round() as u64
}
