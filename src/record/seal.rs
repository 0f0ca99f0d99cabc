//! Was a record edited since it was written? A hash over its content, carried by the file itself: it shows a change, not who made it.

use sha2::{Digest as _, Sha256};

use super::Record;

/// What the hash in a record says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// The content is as it was written.
    Whole,
    /// The content was changed since.
    Broken,
    /// There is no hash: written by an older version, or by hand.
    Missing,
}

impl Record {
    /// The SHA-256 of the record's content: of its compact JSON in the order of its fields, without the hash itself.
    pub fn content_hash(&self) -> String {
        let unsealed = Self { content_sha256: None, ..self.clone() };
        let text = serde_json::to_vec(&unsealed).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }

    /// The record with its hash, as it is written.
    #[must_use]
    pub fn sealed(&self) -> Self {
        Self { content_sha256: Some(self.content_hash()), ..self.clone() }
    }

    /// Whether the content is what was written.
    pub fn seal(&self) -> Seal {
        match &self.content_sha256 {
            None => Seal::Missing,
            Some(hash) if *hash == self.content_hash() => Seal::Whole,
            Some(_) => Seal::Broken,
        }
    }

    /// What a reader should know of a record that was edited.
    pub fn edited(&self) -> Option<&'static str> {
        (self.seal() == Seal::Broken)
            .then_some("the record was edited since it was written: its content does not match its SHA-256")
    }
}
