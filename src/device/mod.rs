//! The GPU itself, through wgpu. No other module names that crate, or ash.

mod adapters;
mod bytes;
mod gpu;
mod pipelines;
mod readback;
mod session;
mod timestamps;
mod transfer;
#[cfg(not(target_vendor = "apple"))]
pub mod vulkan;

pub use adapters::{Found, enumerate};
pub use gpu::{Gpu, Source, compile, descriptor};
