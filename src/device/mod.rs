//! The GPU itself, through wgpu. No other module names that crate, or ash.

mod adapters;
mod ahead;
mod compiler;
#[cfg(not(target_vendor = "apple"))]
mod drivers;
mod gpu;
mod group_matrices;
#[cfg(not(target_vendor = "apple"))]
mod matrix2;
#[cfg(not(target_vendor = "apple"))]
mod memory;
#[cfg(not(target_vendor = "apple"))]
mod narrow;
mod pipelines;
#[cfg(not(target_vendor = "apple"))]
mod place;
mod readback;
#[cfg(not(target_vendor = "apple"))]
mod refusals;
mod session;
mod spirv;
mod timestamps;
mod transfer;
#[cfg(not(target_vendor = "apple"))]
pub mod vulkan;
mod watched;

pub use adapters::{Driver, Found, enumerate, enumerate_with};
pub use compiler::{Source, compile};
#[cfg(not(target_vendor = "apple"))]
pub use drivers::loader_is_missing;
pub use gpu::{Gpu, descriptor};
