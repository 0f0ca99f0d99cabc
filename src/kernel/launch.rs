//! How a kernel is started.

use crate::problem::Counted;

/// How a kernel is started over one buffer of a problem's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Which of the problem's inputs the body is given, in the order of its bindings from 2 on.
    pub inputs: Vec<usize>,
    /// The four words of the `Params` uniform; unused ones are zero.
    pub params: [u32; 4],
    /// Workgroups along x and y; the second is 1 where the body takes them in a row.
    pub(super) workgroups: [u32; 2],
}

impl Launch {
    /// Of `workgroups` that are given `params` and all inputs of `problem`.
    pub(super) fn new(problem: &dyn Counted, workgroups: [u32; 2], params: [u32; 4]) -> Self {
        Self { inputs: (0..problem.input_bytes().len()).collect(), params, workgroups }
    }

    /// Of what the API does with all inputs of `problem`.
    pub(super) fn without_kernel(problem: &dyn Counted) -> Self {
        Self::new(problem, [0, 1], [0; 4])
    }

    /// Workgroups in x, y and z that cover the buffer, no dimension of those in a row above `per_dimension`.
    pub fn grid(&self, per_dimension: u32) -> [u32; 3] {
        match self.workgroups {
            [count, 1] => {
                let rows = count.div_ceil(per_dimension).max(1);
                [count.div_ceil(rows), rows, 1]
            }
            [x, y] => [x, y, 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::mem::discriminant;

    use crate::benchmark::{Benchmark, CATALOGUE};
    use crate::kernel::{Target, Variant};
    use crate::problem::{
        Atomic, Chase, Direction, Element, Matmul, MatrixPeak, MemoryOp, MemoryPass, Overhead, OverheadKind, Peak,
        Place, Problem, Sweep, Transfer, TransferMethod, WorkgroupMemory,
    };

    /// One of each kind, or of what variants of one benchmark are written for.
    fn problems() -> Vec<Problem> {
        let (input, accumulator) = (Element::F16, Element::F32);
        let (workgroups, transposed_too) = (1, true);
        let mut problems = vec![
            Problem::Matmul(Matmul { m: 1024, n: 1024, k: 1024, input, accumulator, transposed_too }),
            Problem::MatrixPeak(MatrixPeak { input, accumulator, m: 16, n: 16, k: 16, fragments: 128, steps: 128 }),
            Problem::Peak(Peak { element: Element::F32, chains: 64, steps: 64 }),
            Problem::Memory(MemoryPass { operation: MemoryOp::Copy, elements: 1 << 16, parts: 1 }),
            Problem::Chase(Chase { bytes: 4096, stride: 64, steps: 7 }),
            Problem::Overhead(Overhead { what: OverheadKind::Dispatch, times: 1 }),
        ];
        let sweep = Sweep { bytes: 4096, workgroups, blocks: 1, parts: 1, lines: false };
        problems.extend([false, true].map(|lines| Problem::Sweep(Sweep { lines, ..sweep })));
        let memory = WorkgroupMemory { width: 1, stride: 1, workgroups, reads: 8 };
        problems.extend([1, 4].map(|width| Problem::WorkgroupMemory(WorkgroupMemory { width, ..memory })));
        let atomic = |place| Problem::Atomic(Atomic { place, spread: true, workgroups, rounds: 1 });
        problems.extend([Place::Storage, Place::Workgroup].map(atomic));
        let transfer = |path| Problem::Transfer(Transfer { direction: Direction::Upload, path, bytes: 4096 });
        problems.extend([TransferMethod::Queue, TransferMethod::Mapped, TransferMethod::Direct].map(transfer));
        problems
    }

    #[test]
    fn every_variant_is_started_on_problems_of_one_kind_and_refuses_all_others() {
        for benchmark in &CATALOGUE {
            for variant in benchmark.seeds(&Target::common()) {
                let taken: Vec<Problem> = problems().into_iter().filter(|one| variant.suits(one)).collect();
                let kinds: HashSet<_> = taken.iter().map(discriminant).collect();
                assert_eq!((taken.len(), kinds.len()), (1, 1), "{} {}: {taken:?}", benchmark.id, variant.name());
            }
        }
    }

    #[test]
    fn what_32_bits_do_not_count_is_refused() {
        let first = |id: &str| -> Variant {
            let benchmark = Benchmark::by_id(id).expect("a benchmark");
            benchmark.seeds(&Target::common())[0]
        };
        let chase = |bytes| Problem::Chase(Chase { bytes, stride: 64, steps: 7 });
        assert!(first("memory/latency").suits(&chase(1 << 33)) && !first("memory/latency").suits(&chase(1 << 35)));
        let pass = |elements| Problem::Memory(MemoryPass { operation: MemoryOp::Copy, elements, parts: 2 });
        let copy = first("memory/copy");
        assert!(copy.launch(&pass(1 << 34), 1).is_some() && copy.launch(&pass(1 << 36), 1).is_none());
        let sweep = |bytes| Problem::Sweep(Sweep { bytes, workgroups: 1, blocks: 1, parts: 1, lines: false });
        assert!(first("memory/sweep").suits(&sweep(1 << 32)) && !first("memory/sweep").suits(&sweep(1 << 45)));
    }
}
