//! The smallest kernel whose answer shows that it ran.

use std::fmt;

use super::shape::{Form, Shape};
use crate::benchmark::Kind;
use crate::problem::Problem;

/// Adds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Counter {
    /// A number that makes the text another one, and the answer not.
    pub novelty: u32,
}

pub(super) fn shapes() -> Vec<Shape> {
    vec![Shape::Counter(Counter { novelty: 1 })]
}

impl Form for Counter {
    fn shader(&self, _: Kind) -> Option<&'static str> {
        Some("overhead/count.wgsl")
    }

    fn invocations(&self) -> u32 {
        1
    }

    fn unrolled(&self) -> u32 {
        1
    }

    fn registers(&self, _: Kind) -> u64 {
        2
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        vec![("NOVELTY", self.novelty)]
    }

    fn workgroups(&self, _: &Problem) -> [u32; 2] {
        [1, 1]
    }

    fn params(&self, _: &Problem, _part: u32) -> [u32; 4] {
        [0; 4]
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("count")
    }
}
