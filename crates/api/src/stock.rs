//! What takes long to count, counted in the background: whether every archive that a version names is
//! there, what nothing names, and what has piled up. The health page shows it with its time.

use std::{collections::HashSet, ffi::OsStr, io, path::Path, sync::Mutex, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    app::App,
    db,
    import::Importer,
    problem::{Problem, Result},
    xapi::attachment::blob_key,
};

/// How often it is counted.
const EVERY: Duration = Duration::from_mins(15);

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stock {
    /// When.
    pub(crate) counted_at: DateTime<Utc>,
    /// Archives and attachments that lie in the store.
    pub(crate) blobs: usize,
    /// Of these, those that nothing names.
    pub(crate) orphans: usize,
    /// Those that are named and do not lie there.
    pub(crate) missing: usize,
    /// Uploads under way, and what stopped ones left.
    pub(crate) staged: usize,
    /// Sessions of which not all is stated in the record store yet.
    pub(crate) unstated: i64,
}

/// The last count; none before the first.
#[derive(Debug, Default)]
pub struct Counted(Mutex<Option<Stock>>);

impl Counted {
    /// The last count.
    pub(crate) fn last(&self) -> Option<Stock> {
        *self.0.lock().expect("nobody panics while holding it")
    }

    fn keep(&self, stock: Stock) {
        *self.0.lock().expect("nobody panics while holding it") = Some(stock);
    }
}

/// Counts, for ever.
pub(crate) async fn watch(app: App) {
    loop {
        if let Err(problem) = count(&app).await {
            let error = format!("{problem:?}");
            tracing::warn!(error, "the stock could not be counted; it is tried again");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Counts once.
///
/// # Errors
/// When the database or the store fails.
pub async fn count(app: &App) -> Result<()> {
    let mut conn = app.db.get().await?;
    let keys = db::packages::blob_keys(&mut conn).await?;
    let mut named: HashSet<String> = keys.into_iter().collect();
    let attachments = db::lrs::attachment_keys(&mut conn).await?;
    named.extend(attachments.iter().map(|sha2| blob_key(sha2)));
    let unstated = db::admin::health::unstated(&mut conn).await?;
    drop(conn);
    let lying = app.blobs.list().await.map_err(Problem::internal)?;
    let lying: HashSet<String> = lying.into_iter().map(|blob| blob.key).collect();
    let staging = Importer::of(app).staging;
    let staged = tokio::task::spawn_blocking(move || files(&staging)).await;
    let staged = staged.map_err(Problem::internal)?;
    app.stock.keep(Stock {
        counted_at: Utc::now(),
        blobs: lying.len(),
        orphans: lying.difference(&named).count(),
        missing: named.difference(&lying).count(),
        staged: staged.map_err(Problem::internal)?,
        unstated,
    });
    Ok(())
}

/// The first upload makes the directory. What describes an upload beside it is none of its own.
fn files(directory: &Path) -> io::Result<usize> {
    let is_upload = |name: &OsStr| Path::new(name).extension() != Some(OsStr::new("json"));
    match std::fs::read_dir(directory) {
        Ok(files) => Ok(files
            .flatten()
            .filter(|file| is_upload(&file.file_name()))
            .count()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}
