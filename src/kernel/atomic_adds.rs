//! Atomic additions.

use std::fmt;

use super::Launch;
use super::shape::{Kernel, Shape};
use crate::benchmark::Kind;
use crate::problem::{Atomic, Place, WORKGROUP_INVOCATIONS};

/// Additions in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AtomicAdds {
    /// The memory that is added to.
    pub place: Place,
}

pub(super) fn shapes() -> Vec<Shape> {
    [Place::Storage, Place::Workgroup].map(|place| Shape::AtomicAdds(AtomicAdds { place })).to_vec()
}

impl AtomicAdds {
    /// `None` where the kernel adds in another place.
    pub(super) fn launch(self, atomic: &Atomic) -> Option<Launch> {
        let Atomic { place, spread, workgroups, rounds } = *atomic;
        let params = [rounds, u32::from(spread), workgroups, 0];
        (place == self.place).then(|| Launch::new(atomic, [workgroups, 1], params))
    }
}

impl Kernel for AtomicAdds {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some(match self.place {
            Place::Storage => "memory/atomic_storage.wgsl",
            Place::Workgroup => "memory/atomic_workgroup.wgsl",
        })
    }

    fn invocations(&self) -> u32 {
        WORKGROUP_INVOCATIONS
    }

    fn unrolled(&self) -> u32 {
        1
    }

    fn registers(&self, _: Kind) -> u64 {
        4
    }

    fn workgroup_memory_bytes(&self, _: Kind) -> u64 {
        match self.place {
            Place::Storage => 0,
            Place::Workgroup => u64::from(WORKGROUP_INVOCATIONS) * 4,
        }
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("WORKGROUP", WORKGROUP_INVOCATIONS)]
    }
}

impl fmt::Display for AtomicAdds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.place {
            Place::Storage => "add/storage",
            Place::Workgroup => "add/workgroup",
        })
    }
}
