//! Records and verdicts for people.

mod conditions;
mod csv;
mod explained;
mod fleet;
mod gaps;
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

pub use csv::Csv;
pub use explained::explanation;
pub use fleet::{Inventory, InventoryRow, equivalence, inventory, verdict_table};
pub use markdown::{Markdown, escaped};
pub use matrix::matrix;
pub use peer::beside_peer;
pub use side::side_by_side;
pub use text::{Text, line, load_line, plain};
pub use verdict::verdict;

use crate::judge::Verdict;
use crate::record::Record;

/// A form in which `report` prints records and their verdicts.
pub trait Format: Sync {
    /// Its name, for `report --format`.
    fn name(&self) -> &'static str;

    /// What it is for, in a few words.
    fn describe(&self) -> &'static str;

    /// A record and its verdict.
    fn render(&self, record: &Record, verdict: &Verdict) -> String;

    /// The same after another record, for forms whose header stands once.
    fn render_next(&self, record: &Record, verdict: &Verdict) -> String {
        self.render(record, verdict)
    }

    /// A line about a file that could not be used; `None` for forms that a program reads, which have no place for it.
    fn remark(&self, _words: &str) -> Option<String> {
        None
    }
}

/// Every form, the usual one first.
pub static FORMATS: [&dyn Format; 3] = [&Text, &Markdown, &Csv];
