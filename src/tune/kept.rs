//! Files in the cache folder: what is found once, by a key that says of what.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Format of the files; a file of another format is not read.
const FORMAT: u32 = 1;

/// What is kept of all cards of a laboratory stays far below this.
const MAX_BYTES: u64 = 16 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Contents<T> {
    format: u32,
    found: T,
}

/// What the file holds, by key.
///
/// # Errors
/// Fails if there is none, or it is not of this format.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<BTreeMap<String, T>> {
    // A pipe would never end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut text = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is far too large"));
    }
    let contents: Contents<BTreeMap<String, T>> = serde_json::from_slice(&text)?;
    if contents.format != FORMAT {
        return Err(io::Error::other(format!("its format is {}, not {FORMAT}", contents.format)));
    }
    Ok(contents.found)
}

/// Puts `known` in the place of what the file holds, and makes the folder where there is none.
///
/// # Errors
/// Fails if it cannot be written; what was there stays then.
pub fn write<T: Serialize>(path: &Path, known: &BTreeMap<String, T>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, &Contents { format: FORMAT, found: known })?;
    file.write_all(b"\n")?;
    file.persist(path).map_err(|error| error.error).map(drop)
}
