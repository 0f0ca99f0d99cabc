//! What a benchmark computes, before a size is chosen.

use crate::problem::{
    Direction, Element, Matmul, MatrixPeak, MemoryOp, MemoryPass, Overhead, OverheadKind, Peak, Problem, Transfer,
};

/// What a benchmark computes, before a size is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A matrix product on the ordinary arithmetic units.
    Matmul {
        /// Type of A and B.
        input: Element,
        /// Type of the sums and of C.
        accumulator: Element,
    },
    /// Chains of multiply-adds in registers.
    Peak(Element),
    /// A matrix product on matrix units.
    MatrixProduct {
        /// Type of A and B.
        input: Element,
        /// Type of the sums and of C.
        accumulator: Element,
    },
    /// Chains of matrix multiply-adds in registers.
    MatrixPeak {
        /// Type of the factors.
        input: Element,
        /// Type of the sums.
        accumulator: Element,
    },
    /// A pass over device memory.
    Memory(MemoryOp),
    /// A copy in device memory by the API, without a kernel.
    CopyCommand,
    /// Reads within working sets of many sizes.
    Sweep,
    /// The time of a read, in working sets of many sizes.
    Latency,
    /// Reads of workgroup memory.
    WorkgroupMemory,
    /// Atomic additions.
    Atomic,
    /// Bytes between host and device.
    Transfer(Direction),
    /// What the API costs; of a pipeline, cold and warm.
    Overhead(OverheadKind),
}

impl Kind {
    /// Share of a suite's time, relative to others': kernels with more to choose from need more.
    pub fn weight(self) -> u32 {
        match self {
            // A sweep has sixty points, goes over them again and again, and decides what memory passes go over.
            Self::Sweep => 5,
            Self::Matmul { .. } | Self::MatrixProduct { .. } => 3,
            // Passes over memory make and compare large arrays.
            Self::Peak(_) | Self::MatrixPeak { .. } | Self::Memory(_) | Self::CopyCommand => 2,
            _ => 1,
        }
    }

    /// Whether the figure is one that others are held against, so that the fastest of all shapes has to be among those that are tried.
    pub fn is_ceiling(self) -> bool {
        matches!(self, Self::Peak(_) | Self::MatrixPeak { .. })
    }

    /// Type of what a product keeps in workgroup memory: bytes stay packed, halves are widened where the sums are wider.
    pub(crate) fn tile_element(self) -> Element {
        match self {
            Self::Matmul { input: Element::I8, .. } => Element::I8,
            Self::Matmul { accumulator, .. } => accumulator,
            Self::MatrixProduct { input, .. } | Self::MatrixPeak { input, .. } => input,
            Self::Peak(element) => element,
            _ => Element::F32,
        }
    }

    /// Size of an element of workgroup memory in bytes: of a word where bytes are packed.
    pub(crate) fn tile_element_bytes(self) -> u64 {
        let element = self.tile_element();
        element.size() * u64::from(element.per_word())
    }

    /// Whether bytes go between host and device.
    pub fn is_transfer(self) -> bool {
        matches!(self, Self::Transfer(_))
    }

    /// Whether the figure is time of the host alone, so short that a question to the driver meanwhile lengthens it.
    pub fn is_host_time(self) -> bool {
        matches!(
            self,
            Self::Overhead(OverheadKind::RoundTrip | OverheadKind::PipelineCold | OverheadKind::PipelineWarm)
        )
    }

    /// Whether the figure follows the clock of the device's arithmetic units. Transfers, round trips and compilation are the host's time: a device rests
    /// between them, as it does in any program, and what the figure is good for has the same rests.
    pub fn follows_the_clock(self) -> bool {
        !self.is_transfer() && !self.is_host_time()
    }

    /// Whether `problem` is one of this kind, with these types.
    pub fn computes(self, problem: &Problem) -> bool {
        match *problem {
            Problem::Matmul(Matmul { input, accumulator, .. }) => {
                self == Self::Matmul { input, accumulator } || self == Self::MatrixProduct { input, accumulator }
            }
            Problem::MatrixPeak(MatrixPeak { input, accumulator, .. }) => {
                self == Self::MatrixPeak { input, accumulator }
            }
            Problem::Peak(Peak { element, .. }) => self == Self::Peak(element),
            Problem::Memory(MemoryPass { operation, .. }) => {
                self == Self::Memory(operation) || self == Self::CopyCommand && operation == MemoryOp::Copy
            }
            Problem::Sweep(_) => self == Self::Sweep,
            Problem::Chase(_) => self == Self::Latency,
            Problem::WorkgroupMemory(_) => self == Self::WorkgroupMemory,
            Problem::Atomic(_) => self == Self::Atomic,
            Problem::Transfer(Transfer { direction, .. }) => self == Self::Transfer(direction),
            Problem::Overhead(Overhead { what: OverheadKind::PipelineWarm, .. }) => {
                self == Self::Overhead(OverheadKind::PipelineCold)
            }
            Problem::Overhead(Overhead { what, .. }) => self == Self::Overhead(what),
        }
    }

    /// Whether it is a matrix product, on whatever units.
    pub fn is_product(self) -> bool {
        matches!(self, Self::Matmul { .. } | Self::MatrixProduct { .. })
    }

    /// Whether it runs on matrix units.
    pub fn uses_matrix_units(self) -> bool {
        matches!(self, Self::MatrixProduct { .. } | Self::MatrixPeak { .. })
    }

    /// Types of the factors and sums of a kernel on matrix units.
    ///
    /// # Panics
    /// For a kernel on other units: a mistake in this program.
    pub(crate) fn matrix_elements(self) -> (Element, Element) {
        match self {
            Self::MatrixProduct { input, accumulator } | Self::MatrixPeak { input, accumulator } => {
                (input, accumulator)
            }
            _ => unreachable!("{self:?} has no fragments"),
        }
    }
}
