//! Records and verdicts for people.

mod csv;
pub mod html;
mod load;
mod markdown;
mod peer;
mod side;
mod text;
mod verdict_text;

pub use markdown::escaped;
pub use peer::beside_peer;
pub use side::side_by_side;
pub use text::{line, load_line, plain};
pub use verdict_text::{equivalence, verdict, verdict_table};

use crate::judge::Verdict;
use crate::record::Record;

/// A record and its verdict in one text form.
pub trait Render {
    /// The text.
    fn render(&self, record: &Record, verdict: &Verdict) -> String;
}

/// For a terminal, at most 80 columns where the names allow it.
#[derive(Debug, Clone, Copy)]
pub struct Text;

/// For a pull request or a wiki.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

/// For a spreadsheet: one line for each benchmark, base units.
#[derive(Debug, Clone, Copy)]
pub struct Csv;
