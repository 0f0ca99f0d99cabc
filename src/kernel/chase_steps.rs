//! Steps of a pointer chase.

use std::fmt;

use super::Launch;
use super::shape::{Kernel, Shape};
use crate::benchmark::Kind;
use crate::problem::Chase;

/// One invocation that goes from address to address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChaseSteps {
    /// Steps between two looks at the count.
    pub unroll: u32,
}

/// What the steps of a dispatch have to be a multiple of; odd, so that their number can be odd: a chase around a cycle of 2^n entries then ends
/// elsewhere than it began.
pub const CHASE_UNROLL: u32 = 7;

pub(super) fn shapes() -> Vec<Shape> {
    vec![Shape::ChaseSteps(ChaseSteps { unroll: CHASE_UNROLL })]
}

impl ChaseSteps {
    /// `None` where 32 bits do not address the array's words.
    pub(super) fn launch(chase: &Chase) -> Option<Launch> {
        let addressed = chase.bytes / 4 <= u64::from(u32::MAX);
        addressed.then(|| Launch::new(chase, [1, 1], [chase.steps, 0, 0, 0]))
    }
}

impl Kernel for ChaseSteps {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("memory/chase.wgsl")
    }

    fn invocations(&self) -> u32 {
        1
    }

    fn unrolled(&self) -> u32 {
        self.unroll
    }

    fn registers(&self, _: Kind) -> u64 {
        2
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("UNROLL", self.unroll)]
    }
}

impl fmt::Display for ChaseSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one/u{}", self.unroll)
    }
}
