//! Records and verdicts for people.

mod csv;
mod explained;
mod fleet;
#[cfg(feature = "html")]
pub mod html;
mod layout;
mod load;
mod markdown;
mod matrix;
mod peer;
mod side;
mod text;
mod verdict;

pub use explained::explanation;
pub use fleet::{Inventory, InventoryRow, equivalence, inventory, verdict_table};
pub use markdown::escaped;
pub use matrix::matrix;
pub use peer::beside_peer;
pub use side::side_by_side;
pub use text::{line, load_line, plain};
pub use verdict::verdict;

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
