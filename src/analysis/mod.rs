//! What records say: their entries of each other, of the maker's claim, and of another record.

pub mod comparison;
pub mod conditions;
pub mod crosscheck;
mod gaps;

pub use gaps::gaps;
