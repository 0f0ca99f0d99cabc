//! What another program's libraries reached on a record's card, from the file that `scripts/ground-truth` writes beside it. No part of the record.

use std::fs::File;
use std::io::Read as _;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;

use super::{Record, encoding};
use crate::name::Name;

/// Files of ground truth are a few kilobytes.
const MAX_BYTES: u64 = 1 << 20;

/// Operations or bytes a second that some device may do.
const POSSIBLE: RangeInclusive<f64> = 1e3..=1e18;

/// Version of the file that is read here.
const SCHEMA: u32 = 1;

/// What `PyTorch`'s libraries reached.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Peer {
    schema: u32,
    /// The card, by `PyTorch`'s name for it.
    device: String,
    /// `PyTorch`'s version.
    pub torch: String,
    /// Version of CUDA that it was built for.
    pub cuda: Option<String>,
    /// The same of HIP.
    pub hip: Option<String>,
    /// SHA-256 of the records that it was measured beside.
    records: Vec<Option<String>>,
    /// One for each call and size.
    pub entries: Vec<PeerEntry>,
}

/// One call at one size.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PeerEntry {
    /// The benchmark that it stands beside; `None` where there is none.
    pub id: Option<String>,
    /// The call and its type.
    pub peer: String,
    /// What it went over, in words.
    pub size: String,
    /// What `best` counts, each second.
    pub unit: PeerUnit,
    /// The best rate of its repeats.
    pub best: f64,
    /// Those of all repeats.
    runs: Vec<f64>,
}

/// What a rate of ground truth counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerUnit {
    /// Operations.
    OpsPerS,
    /// Bytes.
    BytesPerS,
}

impl Peer {
    /// What was measured beside `record`, the file at `path`: in `peers/` under its name, or in a kit's `peer.json`. `None` where nothing was; the inner error
    /// says why the file of its name cannot be used.
    pub(super) fn beside(path: &Path, record: &Record) -> Option<Result<Self, String>> {
        let folder = path.parent()?;
        let named = folder.join("peers").join(path.file_name()?);
        if named.symlink_metadata().is_ok() {
            return Some(
                Self::read(&named, record).map_err(|why| format!("{} cannot be used: {why}", named.display())),
            );
        }
        // Of the records of a kit it may be for others.
        Self::read(&folder.join("peer.json"), record).ok().map(Ok)
    }

    fn read(path: &Path, record: &Record) -> Result<Self, String> {
        // A pipe would never end.
        if !path.is_file() {
            return Err("it is no file".to_owned());
        }
        let mut text = Vec::new();
        let file = File::open(path).map_err(|error| error.to_string())?;
        file.take(MAX_BYTES).read_to_end(&mut text).map_err(|error| error.to_string())?;
        let peer: Self = serde_json::from_str(encoding::text(&text)?).map_err(|error| error.to_string())?;
        if peer.schema != SCHEMA {
            return Err(format!("it has schema {}, and {SCHEMA} is read here", peer.schema));
        }
        if record.content_sha256.is_none() || !peer.records.contains(&record.content_sha256) {
            return Err("it was measured beside other records".to_owned());
        }
        if peer.entries.is_empty() {
            return Err("nothing was measured".to_owned());
        }
        if peer.device != record.adapter.name && !Name::agree(&peer.device, &record.adapter.name) {
            return Err(format!("it is of {}, and the record of {}", peer.device, record.adapter.name));
        }
        peer.entries.iter().try_for_each(PeerEntry::validate)?;
        Ok(peer)
    }
}

impl PeerEntry {
    fn validate(&self) -> Result<(), String> {
        if let Some(rate) = std::iter::once(&self.best).chain(&self.runs).find(|rate| !POSSIBLE.contains(rate)) {
            return Err(format!("{rate:e} a second of {} are impossible", self.peer));
        }
        if self.runs.iter().copied().reduce(f64::max) != Some(self.best) {
            return Err(format!("the best rate of {} is none of its repeats", self.peer));
        }
        Ok(())
    }
}
