//! What is said beside figures: words for people, and a code for programs.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Remark, Warning};

/// Something that a reader should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected words, or an object of `code` and `words`")]
pub enum Note {
    /// As this version says it.
    Coded {
        /// What is said, in a word that stays where the sentence changes.
        code: Cow<'static, str>,
        /// The sentence.
        words: String,
    },
    /// A sentence without a code, as records of schema version 1 have it.
    Plain(String),
}

impl Note {
    /// What `code` stands for, in words.
    pub fn new(code: &'static str, words: &impl fmt::Display) -> Self {
        Self::Coded { code: code.into(), words: words.to_string() }
    }

    /// The sentence, from an untrusted file as it is there: who shows it has to escape it.
    pub fn words(&self) -> &str {
        match self {
            Self::Coded { words, .. } | Self::Plain(words) => words,
        }
    }

    /// What is said; `None` of a note without a code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Coded { code, .. } => Some(code),
            Self::Plain(_) => None,
        }
    }

    /// Whether this says what `other` does: by its code, or by its words where one of the two has none.
    pub fn says(&self, other: &Self) -> bool {
        match (self.code(), other.code()) {
            (Some(code), Some(others)) => code == others,
            _ => self.words() == other.words(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

impl From<Remark> for Note {
    fn from(remark: Remark) -> Self {
        Self::new(remark.code(), &remark)
    }
}

impl From<Warning> for Note {
    fn from(warning: Warning) -> Self {
        Self::new(warning.code(), &warning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let drift = Note::from(Remark::Drift(0.031));
        let coded = r#"{"code":"drift","words":"times drift: +3.1 % from the first third of the samples to the last"}"#;
        for (note, text) in
            [(drift, coded), (Note::Plain("by an older version".to_owned()), r#""by an older version""#)]
        {
            assert_eq!(serde_json::to_string(&note).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Note>(text).expect("a note"), note, "the hash of a record is over this");
        }
    }

    #[test]
    fn a_code_of_a_later_version_is_kept() {
        let text = r#"{"code":"never_heard_of","words":"this or that"}"#;
        let note: Note = serde_json::from_str(text).expect("a note");
        assert_eq!((note.code(), note.words()), (Some("never_heard_of"), "this or that"));
        assert_eq!(serde_json::to_string(&note).expect("JSON"), text);
    }

    #[test]
    fn what_is_no_note_is_refused_in_words() {
        for bad in ["3", "null", r#"{"code":"drift"}"#, r#"["drift"]"#] {
            let error = serde_json::from_str::<Note>(bad).expect_err(bad).to_string();
            assert!(error.contains("`code` and `words`"), "{error}");
        }
    }

    #[test]
    fn an_older_records_words_say_the_same() {
        let [ours, plain] = [Note::from(Warning::Unfinished), Note::Plain(Warning::Unfinished.to_string())];
        assert!(ours.says(&plain) && plain.says(&ours));
        assert!(!ours.says(&Warning::CheckedShaders.into()));
    }
}
