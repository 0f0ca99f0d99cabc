//! What is computed, and how many operations and bytes that is. The only place that counts them.

mod atomic;
mod chains;
mod chase;
mod cycle;
mod element;
mod index;
mod matmul;
mod matrix_peak;
mod memory_op;
mod memory_pass;
mod operands;
mod overhead;
mod peak;
pub mod rounding;
mod sweep;
mod transfer;
mod workgroup_memory;

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

pub use atomic::{Atomic, Place};
pub use chase::Chase;
pub use cycle::Cycle;
pub use element::{Element, Sums};
pub use index::index;
pub use matmul::{COLUMN_STEP, Matmul};
pub use matrix_peak::{MatrixPeak, PEAK_RIGHTS};
pub use memory_op::{MemoryOp, Pass, PassKernel, TRIAD_SCALE, WRITE_FACTOR};
pub use memory_pass::{MEMORY_BLOCK, MemoryPass, READ_GROUP};
pub use operands::{Fill, Matrix, Operands};
pub use overhead::{Overhead, OverheadKind};
pub use peak::{ChainConstant, Peak, STRETCH};
pub use sweep::{LINE, SWEEP_BLOCK, SWEEP_SUMS, Sweep};
pub use transfer::{Direction, Transfer, TransferMethod};
pub use workgroup_memory::{WORKGROUP_STEP, WORKGROUP_WORDS, WorkgroupMemory};

use crate::units::{Bytes, Ops};

/// One problem instance. What is counted of it is told by [`Counted`], whatever its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Problem {
    /// A matrix product.
    Matmul(Matmul),
    /// Chains of multiply-adds on matrix units.
    #[serde(rename = "matrix-peak")]
    MatrixPeak(MatrixPeak),
    /// Chains of multiply-adds on the ordinary arithmetic units.
    Peak(Peak),
    /// A pass over device memory.
    Memory(MemoryPass),
    /// Reads within a working set.
    Sweep(Sweep),
    /// A pointer chase.
    Chase(Chase),
    /// Reads of workgroup memory.
    #[serde(rename = "workgroup-memory")]
    WorkgroupMemory(WorkgroupMemory),
    /// Atomic additions.
    Atomic(Atomic),
    /// Bytes between host and device.
    Transfer(Transfer),
    /// What the API costs.
    Overhead(Overhead),
}

/// What is counted of a problem of any kind. Sizes from untrusted records saturate instead of overflowing.
pub trait Counted: fmt::Display {
    /// Arithmetic operations of one execution; `None` where they are not the point.
    fn ops(&self) -> Option<Ops> {
        None
    }

    /// Bytes that count as moved.
    fn traffic(&self) -> u64;

    /// What is counted one by one.
    fn events(&self) -> Option<u64> {
        None
    }

    /// Size of each input array in bytes.
    fn input_bytes(&self) -> Vec<u64>;

    /// Size of the output array in bytes.
    fn output_bytes(&self) -> u64;

    /// Buffers of equal size that each array is made of.
    fn parts(&self) -> u32 {
        1
    }

    /// How often a dispatch is made where one is asked for.
    fn repeats(&self) -> u32 {
        1
    }

    /// Operations and bytes of one execution.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn work(&self) -> Work {
        Work { ops: self.ops(), bytes: Bytes::new(self.traffic() as f64), events: self.events() }
    }

    /// Size in bytes of each input array's part in one buffer.
    fn part_input_bytes(&self) -> Vec<u64> {
        self.input_bytes().into_iter().map(|bytes| bytes / u64::from(self.parts())).collect()
    }

    /// Size in bytes of the output's part in one buffer.
    fn part_output_bytes(&self) -> u64 {
        self.output_bytes() / u64::from(self.parts())
    }
}

impl Deref for Problem {
    type Target = dyn Counted;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Matmul(product) => product,
            Self::MatrixPeak(peak) => peak,
            Self::Peak(peak) => peak,
            Self::Memory(pass) => pass,
            Self::Sweep(sweep) => sweep,
            Self::Chase(chase) => chase,
            Self::WorkgroupMemory(memory) => memory,
            Self::Atomic(atomic) => atomic,
            Self::Transfer(transfer) => transfer,
            Self::Overhead(overhead) => overhead,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// How much one execution of a problem does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Work {
    /// Arithmetic operations; absent where they are not the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops: Option<Ops>,
    /// Bytes that have to move at the least.
    pub bytes: Bytes,
    /// Things that are done one after the other, or are counted one by one, and whose time is the point: steps of a pointer chase, atomics,
    /// dispatches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
}

/// Invocations of a workgroup that reads its memory or makes atomics.
pub const WORKGROUP_INVOCATIONS: u32 = 256;

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_one(parts: &u32) -> bool {
    *parts == 1
}

/// A size of a cache or transfer, in binary units as these have them.
#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
pub fn binary(bytes: u64) -> String {
    let (scale, unit) = match bytes {
        0..1_048_576 => (1024.0, "KiB"),
        1_048_576..1_073_741_824 => (1_048_576.0, "MiB"),
        _ => (1_073_741_824.0, "GiB"),
    };
    let scaled = bytes as f64 / scale;
    let decimals = usize::from(scaled < 100.0 && scaled.fract() > 0.0);
    format!("{scaled:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One problem of each kind as records have it, with `small` in place of 32-bit numbers and `large` in place of 64-bit ones.
    fn one_of_each(small: u32, large: u64) -> Vec<String> {
        vec![
            format!(
                r#"{{"kind":"matmul","m":{small},"n":{small},"k":{small},"input":"i8","accumulator":"i32","transposed_too":true}}"#
            ),
            format!(
                r#"{{"kind":"matrix-peak","input":"f16","accumulator":"f32","m":{small},"n":{small},"k":{small},"fragments":{small},"steps":{small}}}"#
            ),
            format!(r#"{{"kind":"peak","element":"f64","lanes":{small},"steps":{small}}}"#),
            format!(r#"{{"kind":"memory","operation":"triad","elements":{large},"parts":{small}}}"#),
            format!(
                r#"{{"kind":"sweep","bytes":{large},"workgroups":{small},"blocks":{small},"parts":{small},"lines":true}}"#
            ),
            format!(r#"{{"kind":"chase","bytes":{large},"stride":{small},"steps":{small}}}"#),
            format!(
                r#"{{"kind":"workgroup-memory","width":{small},"stride":{small},"workgroups":{small},"reads":{small}}}"#
            ),
            format!(r#"{{"kind":"atomic","place":"storage","spread":true,"workgroups":{small},"rounds":{small}}}"#),
            format!(r#"{{"kind":"transfer","direction":"readback","path":"queue","bytes":{large}}}"#),
            format!(r#"{{"kind":"overhead","what":"pipeline-cold","times":{small}}}"#),
        ]
    }

    #[test]
    fn every_kind_keeps_its_form_and_counts_whatever_numbers_a_record_holds() {
        for (small, large) in [(0, 0), (3, 3), (u32::MAX, u64::MAX)] {
            for text in one_of_each(small, large) {
                let problem: Problem = serde_json::from_str(&text).expect("a problem");
                assert_eq!(serde_json::to_string(&problem).expect("JSON"), text);
                let counted = (problem.work(), problem.part_input_bytes(), problem.part_output_bytes());
                assert!(counted.0.bytes.get().is_finite(), "{problem}: {counted:?}");
            }
        }
    }
}
