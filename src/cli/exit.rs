//! Exit codes are part of the interface.

use std::io::Write as _;
use std::process::ExitCode;

use crate::record::{Outcome, Record};
use crate::report::plain;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; `judge`: not restricted; `compare`: nothing is slower.
    Done,
    /// The command or a benchmark failed.
    Failed,
    /// The arguments make no sense.
    Usage,
    /// `judge`: restricted; `compare`: something is slower.
    Exceeds,
    /// `judge`: undecided, or no verdict.
    Undecided,
    /// An answer was wrong.
    Wrong,
}

impl Exit {
    /// The code, as documented in `--help`.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Exceeds => 10,
            Self::Undecided => 11,
            Self::Wrong => 20,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A usage error: exit code 2 instead of 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// How a run ends: an answer was wrong, an entry or a load failed or the run was interrupted, or all is well.
pub fn of_record(record: &Record, interrupted: bool) -> Exit {
    let any = |outcome| record.entries.iter().any(|entry| entry.outcome == outcome);
    let cut = record.entries.iter().filter_map(|entry| entry.sustained.as_ref()).any(|load| load.reason.is_some());
    // What the budget had no time for is no failure, unless that was all.
    let nothing = any(Outcome::Skipped) && record.entries.iter().all(|entry| entry.rates.is_none());
    if any(Outcome::Wrong) {
        Exit::Wrong
    } else if any(Outcome::Failed) || interrupted || cut || nothing {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// Says what went wrong, on stderr, and with which code to end.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return Exit::Done.into();
    }
    // Nothing is left to be done where stderr is closed as well.
    // A message may quote untrusted text.
    let message: Vec<String> = in_words(error).lines().map(plain).collect();
    let _ = writeln!(std::io::stderr(), "error: {}", message.join("\n"));
    let usage = error.is::<Usage>() || error.is::<crate::adapter::SelectError>();
    if usage && !matches!(error.downcast_ref(), Some(crate::adapter::SelectError::None(_))) {
        Exit::Usage.into()
    } else {
        Exit::Failed.into()
    }
}

/// An error and its causes. Some have the words of their causes in their own.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |words, cause| match words.as_str() {
        "" => cause,
        said if said.ends_with(&cause) => words,
        said => format!("{said}: {cause}"),
    })
}

/// A reader that has seen enough (`| head`) is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
