//! The smallest kernel whose answer shows that it ran.

use std::fmt;

use super::Launch;
use super::shape::{Kernel, Shape};
use crate::benchmark::Kind;
use crate::problem::Overhead;

/// Adds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Counter {
    /// A number that makes the text another one, and the answer not.
    pub novelty: u32,
}

pub(super) fn shapes() -> Vec<Shape> {
    vec![Shape::Counter(Counter { novelty: 1 })]
}

impl Counter {
    pub(super) fn launch(overhead: &Overhead) -> Launch {
        Launch::new(overhead, [1, 1], [0; 4])
    }
}

impl Kernel for Counter {
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
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("count")
    }
}
