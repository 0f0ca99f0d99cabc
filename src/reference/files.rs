//! The base as files: compiled in or read from a folder, with errors that name file and line.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::de::DeserializeOwned;
use thiserror::Error;

/// Texts by path relative to the base's folder.
#[derive(Debug, Clone)]
pub struct Files(BTreeMap<String, String>);

/// What is wrong with a base.
#[derive(Debug, Error)]
pub enum ReferenceError {
    /// The folder cannot be read.
    #[error("cannot read the reference base in {}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that has to be there is not.
    #[error("the reference base has no {0}")]
    Missing(String),
    /// Something in a file.
    #[error("{file}:{line}: {problem}")]
    At {
        /// The file.
        file: String,
        /// The line, from one.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Every file below `reference/`, as (path, text).
static EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/reference.rs"));

/// Files of a base are a few kilobytes.
const MAX_BYTES: u64 = 4 << 20;

impl Files {
    /// The base that this program was built with.
    pub fn embedded() -> Self {
        Self(EMBEDDED.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// The base in `folder`: the same tree of TOML files.
    ///
    /// # Errors
    /// Fails if the folder or a file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, ReferenceError> {
        let mut files = BTreeMap::new();
        for below in ["", "cards", "measured", "rules", "sources"] {
            let path = folder.join(below);
            let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
            for entry in fs::read_dir(&path).map_err(|source| ReferenceError::Io { path: path.clone(), source })? {
                let file = entry.map_err(|source| ReferenceError::Io { path: path.clone(), source })?.path();
                if file.extension().is_some_and(|extension| extension == "toml") {
                    let name = file.file_name().unwrap_or_default().to_string_lossy();
                    files.insert(format!("{prefix}{name}"), read_limited(&file)?);
                }
            }
        }
        Ok(Self(files))
    }

    /// This base with `path` replaced or added; for tests and trials.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.to_owned(), text.to_owned());
        self
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Paths that begin with `prefix`, sorted.
    pub(super) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().map(String::as_str).filter(move |path| path.starts_with(prefix))
    }

    /// Parses a whole file.
    pub(super) fn parse<T: DeserializeOwned>(&self, path: &str) -> Result<T, ReferenceError> {
        let text = self.0.get(path).ok_or_else(|| ReferenceError::Missing(path.to_owned()))?;
        toml::from_str(text).map_err(|error| ReferenceError::At {
            file: path.to_owned(),
            line: error.span().map_or(1, |span| 1 + text.get(..span.start).unwrap_or_default().matches('\n').count()),
            problem: error.message().to_owned(),
        })
    }

    /// Parses a file that is a list of `[[key]]` tables.
    pub(super) fn list<T: DeserializeOwned>(&self, path: &str, key: &str) -> Result<Vec<T>, ReferenceError> {
        let mut tables: BTreeMap<String, Vec<T>> = self.parse(path)?;
        match (tables.remove(key), tables.into_keys().next()) {
            (Some(rows), None) => Ok(rows),
            (_, Some(other)) => {
                Err(self.error_at(path, &other, format!("`{other}` is not known here, only `[[{key}]]`")))
            }
            (None, None) => Err(self.error_at(path, key, format!("there is no `[[{key}]]`"))),
        }
    }

    /// Collects pairs into a map; a key that comes twice is an error.
    pub(super) fn keyed<T>(
        &self,
        path: &str,
        pairs: impl Iterator<Item = (String, T)>,
    ) -> Result<BTreeMap<String, T>, ReferenceError> {
        let mut map = BTreeMap::new();
        for (key, value) in pairs {
            let problem = format!("`{key}` is there twice");
            if map.insert(key.clone(), value).is_some() {
                return Err(self.error_at(path, &format!("\"{key}\""), problem));
            }
        }
        Ok(map)
    }

    /// An error at the last line of `path` on which `place` stands as a key or a quoted text; the first line where it does not.
    pub(super) fn error_at(&self, path: &str, place: &str, problem: impl Into<String>) -> ReferenceError {
        let text = self.text(path).unwrap_or_default();
        let names = |line: &str| line.split(['=', '{', '}', '[', ']', ',']).any(|word| word.trim() == place);
        let lines: Vec<&str> = text.lines().collect();
        let named = lines.iter().rposition(|line| names(line));
        let line = named.or_else(|| lines.iter().rposition(|line| line.contains(place))).unwrap_or(0);
        ReferenceError::At { file: path.to_owned(), line: line + 1, problem: problem.into() }
    }
}

fn read_limited(path: &Path) -> Result<String, ReferenceError> {
    let io = |source| ReferenceError::Io { path: path.to_owned(), source };
    // A pipe would never end, nor would a device.
    if !path.is_file() {
        return Err(io(io::Error::other("it is no file")));
    }
    let mut text = String::new();
    let file = fs::File::open(path).map_err(io)?;
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(io)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io(io::Error::other(format!("more than {MAX_BYTES} bytes, which no file of the base has"))));
    }
    Ok(text)
}
