//! Which variant is fastest here: each is checked, then timed briefly on the real problem.

mod cache;
mod checker;
mod guard;
pub mod kept;
mod pool;
mod probe;
mod search;
mod survivors;

pub use cache::Cache;
pub use checker::{Checker, Defect, check_problems};
pub use guard::{Guard, Unguarded};
pub use pool::Pool;
pub use probe::probe;
pub use search::{MOST_LOSSES, Search};
pub use survivors::Survivors;
