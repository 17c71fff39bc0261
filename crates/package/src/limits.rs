//! How much a package may ask of the machine that reads it.

/// Limits on a package. Whatever goes beyond them is refused with a finding that names the limit.
///
/// ```
/// use percorso_package::Limits;
///
/// let limits = Limits { entries: 500, ..Limits::default() };
/// assert_eq!(limits.manifest_bytes, 16 * 1024 * 1024);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries of an archive; default 50 000.
    pub entries: u64,
    /// Bytes of all entries together when inflated; default 8 GiB.
    pub total_bytes: u64,
    /// Bytes of one entry when inflated; default 4 GiB.
    pub entry_bytes: u64,
    /// Inflated bytes per packed byte, for each entry above 16 MiB and for all together above 64 MiB;
    /// default 250. (Deflate itself ends at 1032.)
    pub ratio: u64,
    /// Bytes of the manifest and of each metadata file; default 16 MiB. All metadata files together may
    /// have four times that, and so may what the manifest comes to when it is read.
    pub manifest_bytes: u64,
    /// Bytes of an archive's central directory, which is read before anything else; default 64 MiB. The
    /// names of its entries may take 16 MiB of them.
    pub directory_bytes: u64,
    /// Depth of elements in an XML file, and of items in the activity tree; default 50 (what is read
    /// must fit JSON's usual depth of 128 when it is stored).
    pub nesting_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 50_000,
            total_bytes: 8 << 30,
            entry_bytes: 4 << 30,
            ratio: 250,
            manifest_bytes: 16 << 20,
            directory_bytes: 64 << 20,
            nesting_depth: 50,
        }
    }
}
