//! Records on disk: written atomically, never over another file; read with limits, whatever the file holds.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::{Peer, Record, SCHEMA_VERSION, encoding};

/// Records are a few hundred kilobytes; what is larger than this is something else.
const MAX_BYTES: u64 = 64 << 20;

/// Why a record could not be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is too large to be a record.
    #[error("{} is larger than {} MiB, which no record is; is it the right file?", .0.display(), MAX_BYTES >> 20)]
    TooLarge(PathBuf),
    /// Not JSON, or not a record.
    #[error("{} is not a gpu-assay record: {problem}", path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Written by a newer program.
    #[error(
        "{} has schema version {version}, this program reads up to {SCHEMA_VERSION}; install a newer gpu-assay to read it",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// A record that contradicts itself.
    #[error("{} cannot be used: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl LoadError {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::TooLarge(path)
            | Self::Io { path, .. }
            | Self::NotARecord { path, .. }
            | Self::Newer { path, .. }
            | Self::Invalid { path, .. } => path,
        }
    }
}

/// Why a record could not be written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file is there already.
    #[error("{} exists, and records are never overwritten; choose another name", .0.display())]
    Exists(PathBuf),
    /// The system refuses.
    #[error("cannot write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Reads a record, and what other libraries reached on its card, where a file beside it tells.
///
/// # Errors
/// Fails if the file is missing, too large, not a record, of a newer version, or contradicts itself.
pub fn load(path: &Path) -> Result<Record, LoadError> {
    let record = parse(&read_limited(path)?, path)?;
    Ok(Record { peer: Peer::beside(path, &record), ..record })
}

/// Reads a record from bytes that nobody vouches for; `path` is what errors call it.
///
/// # Errors
/// Fails if they are not a record, of a newer version, or contradict themselves.
pub fn parse(text: &[u8], path: &Path) -> Result<Record, LoadError> {
    #[derive(Deserialize)]
    struct Head {
        schema_version: u64,
    }
    let not_a_record = |problem: String| LoadError::NotARecord { path: path.to_owned(), problem };
    let text = encoding::text(text).map_err(not_a_record)?;
    let parse = |error: serde_json::Error| not_a_record(error.to_string());
    let head: Head = serde_json::from_str(text).map_err(parse)?;
    if head.schema_version > u64::from(SCHEMA_VERSION) {
        return Err(LoadError::Newer { path: path.to_owned(), version: head.schema_version });
    }
    let record: Record = serde_json::from_str(text).map_err(parse)?;
    record
        .validate()
        .and_then(|()| record.rederived())
        .map_err(|problem| LoadError::Invalid { path: path.to_owned(), problem })
}

fn read_limited(path: &Path) -> Result<Vec<u8>, LoadError> {
    let io = |source| LoadError::Io { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(io(io::Error::other("it is a folder; name a record in it")));
    }
    let mut text = Vec::new();
    File::open(path).map_err(io)?.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(io)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    Ok(text)
}

/// A file that a growing record is written to: once created it is this run's own and replaced by each later state.
#[derive(Debug)]
pub struct RecordFile {
    path: PathBuf,
}

impl RecordFile {
    /// Creates `path` with a first state of the record.
    ///
    /// # Errors
    /// Fails if the file exists or the system refuses.
    pub fn create(path: &Path, record: &Record) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { path: path.to_owned(), source };
        match write_beside(path, record).map_err(io)?.persist_noclobber(path) {
            Ok(_) => Ok(Self { path: path.to_owned() }),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(StoreError::Exists(path.to_owned()))
            }
            Err(error) => Err(io(error.error)),
        }
    }

    /// Creates `<folder>/<date>_<adapter>_<backend>.json`, with a numeric suffix where that exists.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub fn create_dated(folder: &Path, record: &Record) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
        let date = record.created.get(..10).unwrap_or("undated");
        let stem = format!("{date}_{}_{}", record.adapter.slug(), record.adapter.backend);
        let mut number = 1;
        loop {
            let name = if number == 1 { format!("{stem}.json") } else { format!("{stem}-{number}.json") };
            match Self::create(&folder.join(name), record) {
                Err(StoreError::Exists(_)) => number += 1,
                done => return done,
            }
        }
    }

    /// Replaces what this run wrote before by the record's new state. A failure leaves the state before.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub fn update(&self, record: &Record) -> Result<(), StoreError> {
        let io = |source| StoreError::Io { path: self.path.clone(), source };
        write_beside(&self.path, record).map_err(io)?.persist(&self.path).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A complete temporary file in the folder of `path`, on the disk and ready to take its name.
fn write_beside(path: &Path, record: &Record) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gpu-assay-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    serde_json::to_writer_pretty(&mut file, &record.sealed())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    Ok(file)
}
