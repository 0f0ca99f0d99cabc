//! Atomic additions.

use std::fmt;

use super::shape::{Form, Shape};
use crate::benchmark::Kind;
use crate::problem::{LOCAL_LANES, Place, Problem};

/// Additions in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Atomics {
    /// Where.
    pub place: Place,
}

pub(super) fn shapes() -> Vec<Shape> {
    [Place::Storage, Place::Workgroup].map(|place| Shape::Atomics(Atomics { place })).to_vec()
}

impl Form for Atomics {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some(match self.place {
            Place::Storage => "memory/atomic_storage.wgsl",
            Place::Workgroup => "memory/atomic_workgroup.wgsl",
        })
    }

    fn invocations(&self) -> u32 {
        LOCAL_LANES
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
            Place::Workgroup => u64::from(LOCAL_LANES) * 4,
        }
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("WORKGROUP", LOCAL_LANES)]
    }

    fn suits(&self, problem: &Problem) -> bool {
        matches!(*problem, Problem::Atomic { place, .. } if place == self.place)
    }

    fn workgroups(&self, problem: &Problem) -> [u32; 2] {
        let Problem::Atomic { workgroups, .. } = *problem else { unreachable!("atomics, not {problem:?}") };
        [workgroups, 1]
    }

    fn params(&self, problem: &Problem, _part: u32) -> [u32; 4] {
        let Problem::Atomic { spread, workgroups, rounds, .. } = *problem else {
            unreachable!("atomics, not {problem:?}")
        };
        [rounds, u32::from(spread), workgroups, 0]
    }
}

impl fmt::Display for Atomics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.place {
            Place::Storage => "add/storage",
            Place::Workgroup => "add/workgroup",
        })
    }
}
