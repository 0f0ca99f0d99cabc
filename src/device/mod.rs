//! The GPU itself, through wgpu. No other module names that crate.

mod adapters;
mod gpu;
mod readback;
mod session;
mod timestamps;

pub use adapters::{Found, enumerate};
pub use gpu::{Gpu, Source};
