//! Threads with a deep stack for drivers' compilers, and work on all cores.

mod deep_stack;
pub(crate) mod parallel;

pub use deep_stack::{DEEP_STACK, on_deep_stack};
