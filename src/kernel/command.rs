//! What the API does without a kernel.

use std::fmt;

use super::shape::{Kernel, Shape};
use crate::adapter::{Adapter, Backend};
use crate::benchmark::Kind;
use crate::problem::{Direction, TransferMethod};

/// A command of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// `copy_buffer_to_buffer`, from the first input to the output.
    Copy,
    /// Bytes between host and device.
    Transfer(TransferMethod),
}

pub(super) fn copies() -> Vec<Shape> {
    vec![Shape::Command(Command::Copy)]
}

pub(super) fn transfers() -> Vec<Shape> {
    [TransferMethod::Queue, TransferMethod::Mapped, TransferMethod::Direct]
        .map(|path| Shape::Command(Command::Transfer(path)))
        .to_vec()
}

/// Whether bytes can go in `direction` by `path` on `adapter`.
pub fn has_path(path: TransferMethod, direction: Direction, adapter: &Adapter) -> bool {
    let maps = matches!(adapter.backend, Backend::Vulkan | Backend::Metal);
    maps || path != TransferMethod::Direct || direction != Direction::Upload
}

impl Kernel for Command {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        None
    }

    fn invocations(&self) -> u32 {
        0
    }

    fn unrolled(&self) -> u32 {
        0
    }

    fn registers(&self, _: Kind) -> u64 {
        0
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![]
    }

    fn misfit(&self, kind: Kind, adapter: &Adapter) -> Option<String> {
        let (Self::Transfer(path), Kind::Transfer(direction)) = (*self, kind) else { return None };
        (!has_path(path, direction, adapter))
            .then(|| format!("wgpu lets no device read mapped memory of the host through {}", adapter.backend))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Copy => "copy_buffer_to_buffer",
            Self::Transfer(TransferMethod::Queue) => "queue",
            Self::Transfer(TransferMethod::Mapped) => "mapped",
            Self::Transfer(TransferMethod::Direct) => "direct",
        })
    }
}
