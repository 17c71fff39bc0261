//! Everything that is kept of a learner, as a zip of JSON files with a page that explains them.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, Write},
};

use diesel_async::pooled_connection::deadpool::Object;
use flate2::{Compression, write::DeflateEncoder};
use serde_json::json;

use super::agents;
use crate::{
    app::App,
    audit::{self, Act, Actor},
    content::{Entry, Method},
    db::{
        self,
        gdpr::{FILES, Subject},
    },
    import::ZipWriter,
    problem::{Problem, Result},
};

/// Journal entries and statements read at a time.
const PAGE: i64 = 1000;

/// What the files are.
const README: &str = include_str!("README.txt");

/// A file of the archive, compressed as it is written.
struct Part {
    out: DeflateEncoder<File>,
    crc: crc32fast::Hasher,
    bytes: u64,
}

impl Part {
    fn new() -> io::Result<Self> {
        Ok(Self {
            out: DeflateEncoder::new(tempfile::tempfile()?, Compression::default()),
            crc: crc32fast::Hasher::new(),
            bytes: 0,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    fn add(self, zip: &mut ZipWriter<File>, path: &str) -> io::Result<()> {
        let (bytes, crc) = (self.bytes, self.crc.finalize());
        let mut file = self.out.finish()?;
        let compressed_bytes = file.stream_position()?;
        file.rewind()?;
        let entry = Entry {
            path: path.to_owned(),
            method: Method::Deflated,
            data_offset: 0,
            compressed_bytes,
            size_bytes: bytes,
            crc32: crc,
        };
        zip.add(&entry, file.take(compressed_bytes))
    }
}

/// Writes the copy to a temporary file, and notes that it was made.
///
/// # Errors
/// When the database or the disk fails.
pub(crate) async fn export(app: &App, subject: &Subject, actor: impl Into<Actor>) -> Result<File> {
    let mut conn = app.db.get().await?;
    let mut zip = ZipWriter::new(tempfile::tempfile().map_err(Problem::internal)?);
    put(&mut zip, "README.txt", &[README.to_owned()])?;
    for (name, query) in FILES {
        let rows = db::gdpr::rows(&mut conn, query, subject.id).await?;
        put(&mut zip, name, &array(&rows))?;
    }
    journal(&mut conn, &mut zip, subject).await?;
    let agents = agents(app, subject);
    let documents = db::gdpr::documents(&mut conn, subject.id, &agents).await?;
    put(&mut zip, "documents.json", &array(&documents))?;
    let ids = db::gdpr::statements(&mut conn, subject.id, &agents).await?;
    let mut part = Part::new().map_err(Problem::internal)?;
    for ids in ids.chunks(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
        for line in db::gdpr::statement_lines(&mut conn, ids).await? {
            part.write(line.as_bytes()).map_err(Problem::internal)?;
            part.write(b"\n").map_err(Problem::internal)?;
        }
    }
    part.add(&mut zip, "statements.ndjson")
        .map_err(Problem::internal)?;
    audit::note(
        &mut conn,
        actor,
        Act::LearnerExported,
        subject.id,
        json!({}),
    )
    .await?;
    let (_, mut file) = zip.finish().map_err(Problem::internal)?;
    file.rewind().map_err(Problem::internal)?;
    Ok(file)
}

/// Rows as one JSON array, a row a line.
fn array(rows: &[String]) -> [String; 3] {
    ["[\n".to_owned(), rows.join(",\n"), "\n]\n".to_owned()]
}

fn put(zip: &mut ZipWriter<File>, name: &str, texts: &[String]) -> Result<()> {
    let write = || -> io::Result<()> {
        let mut part = Part::new()?;
        for text in texts {
            part.write(text.as_bytes())?;
        }
        part.add(zip, name)
    };
    let mut write = write;
    write().map_err(Problem::internal)
}

async fn journal(
    conn: &mut Object<db::Connection>,
    zip: &mut ZipWriter<File>,
    subject: &Subject,
) -> Result<()> {
    let mut part = Part::new().map_err(Problem::internal)?;
    for session in db::gdpr::sessions(conn, subject.id).await? {
        let mut after = 0;
        loop {
            let lines = db::gdpr::journal(conn, session.id, after, PAGE).await?;
            let Some((last, _)) = lines.last() else { break };
            after = *last;
            for (_, line) in &lines {
                part.write(line.as_bytes()).map_err(Problem::internal)?;
                part.write(b"\n").map_err(Problem::internal)?;
            }
        }
    }
    part.add(zip, "journal.ndjson").map_err(Problem::internal)
}
