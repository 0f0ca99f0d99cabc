//! A walk from address to address.

use std::fmt;

use super::shape::{Form, Shape};
use crate::benchmark::Kind;
use crate::problem::Problem;

/// One invocation that walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chase {
    /// Steps between two looks at the count.
    pub unroll: u32,
}

/// What the steps of a dispatch have to be a multiple of; odd, so that their number can be odd: a walk around a cycle of 2^n entries then ends
/// elsewhere than it began.
pub const CHASE_UNROLL: u32 = 7;

pub(super) fn shapes() -> Vec<Shape> {
    vec![Shape::Chase(Chase { unroll: CHASE_UNROLL })]
}

impl Form for Chase {
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

    fn workgroups(&self, _: &Problem) -> [u32; 2] {
        [1, 1]
    }

    fn params(&self, problem: &Problem, _part: u32) -> [u32; 4] {
        let Problem::Chase { steps, .. } = *problem else { unreachable!("a walk, not {problem:?}") };
        [steps, 0, 0, 0]
    }
}

impl fmt::Display for Chase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one/u{}", self.unroll)
    }
}
