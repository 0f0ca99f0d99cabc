//! Is a variant right? It is asked before it is timed at all.

use super::guard::{Guard, Unguarded};
use crate::adapter::Adapter;
use crate::benchmark::{Benchmark, Kind};
use crate::check::{Expected, Mismatch};
use crate::kernel::{
    CHASE_UNROLL, FRAGMENT_STEP, Fragment, LONGEST_FRAGMENT_UNROLL, LONGEST_UNROLL, Variant, WORKGROUP_LOADS, has_path,
};
use crate::measure::{Device, Fault, Session};
use crate::problem::{
    Atomic, COLUMN_STEP, Chase, Fill, MEMORY_BLOCK, MatrixPeak, MemoryOp, MemoryPass, Operands, Overhead, Peak, Place,
    Problem, SWEEP_BLOCK, Sweep, Transfer, TransferMethod, WorkgroupMemory,
};

/// Rows, columns and depth of a product that matrices of workgroups are checked on.
const TILES_OF_WORKGROUPS: (u32, u32, u32) = (272, 288, 256);

/// Problems on which every variant must be right before it is timed: not square, no multiple of any tile, several tiles and steps
/// along K, and the smallest that there is. Fragments are those of `adapter`.
pub fn check_problems(benchmark: &Benchmark, adapter: &Adapter) -> Vec<Problem> {
    match benchmark.kind {
        Kind::Matmul { input, .. } => {
            // A vector along K is four words.
            let words = input.per_word();
            let products = [(260, 208, 84 * words), (4, 16, 4 * words)];
            products.into_iter().filter_map(|(m, n, k)| benchmark.product(m, n, k)).collect()
        }
        Kind::MatrixProduct { .. } => {
            let fragment = Fragment::of(&adapter.cooperative_matrix, benchmark.kind);
            // Whole fragments, and a rest along K for every step that is longer than one.
            let (n, k) = (fragment.n.max(COLUMN_STEP), fragment.k.max(4 * fragment.per_word));
            let (rows, steps) = if fragment.m == 16 { (17, 5) } else { (33, 9) };
            let several = (rows * fragment.m, 13 * n, steps * k);
            let least = (fragment.m, n, k);
            // Tiles of a workgroup need room: two to three that overlap along each side, and several of their steps.
            let tiles = (!adapter.workgroup_matrix.is_empty()).then_some(TILES_OF_WORKGROUPS);
            let sizes = [several, least].into_iter().chain(tiles);
            sizes.filter_map(|(m, n, k)| benchmark.product(m, n, k)).collect()
        }
        Kind::MatrixPeak { input, accumulator } => {
            let Fragment { m, n, k, .. } = Fragment::of(&adapter.cooperative_matrix, benchmark.kind);
            let problem =
                |fragments, steps| Problem::MatrixPeak(MatrixPeak { input, accumulator, m, n, k, fragments, steps });
            vec![
                problem(2 * FRAGMENT_STEP, LONGEST_FRAGMENT_UNROLL),
                problem(FRAGMENT_STEP, 3 * LONGEST_FRAGMENT_UNROLL),
            ]
        }
        Kind::Peak(element) => vec![
            Problem::Peak(Peak { element, chains: 3012, steps: LONGEST_UNROLL }),
            Problem::Peak(Peak { element, chains: 4, steps: 3 * LONGEST_UNROLL }),
        ],
        Kind::Memory(operation) => {
            let elements = 2 * MEMORY_BLOCK;
            vec![
                Problem::Memory(MemoryPass { operation, elements: 3 * elements, parts: 3 }),
                Problem::Memory(MemoryPass { operation, elements, parts: 1 }),
            ]
        }
        Kind::CopyCommand => {
            let pass = MemoryPass { operation: MemoryOp::Copy, elements: 6 * MEMORY_BLOCK, parts: 3 };
            vec![Problem::Memory(pass)]
        }
        Kind::Sweep => {
            let problem = |(held, workgroups, blocks, parts), lines| {
                let bytes = u64::from(held * SWEEP_BLOCK * parts);
                Problem::Sweep(Sweep { bytes, workgroups, blocks, parts, lines })
            };
            let sizes = [(1, 3, 5, 1), (37, 70, 80, 1), (19, 40, 30, 3)];
            [false, true].into_iter().flat_map(|lines| sizes.map(|size| problem(size, lines))).collect()
        }
        Kind::Latency => [64, 1000]
            .map(|entries| Problem::Chase(Chase { bytes: entries * 128, stride: 128, steps: 99 * CHASE_UNROLL }))
            .to_vec(),
        Kind::WorkgroupMemory => {
            let reads = 6 * WORKGROUP_LOADS;
            let problem =
                |width, stride| Problem::WorkgroupMemory(WorkgroupMemory { width, stride, workgroups: 5, reads });
            [(1, 1), (1, 33), (4, 1), (4, 2)].map(|(width, stride)| problem(width, stride)).to_vec()
        }
        Kind::Atomic => {
            let problem = |(place, spread)| Problem::Atomic(Atomic { place, spread, workgroups: 5, rounds: 3 });
            let places = [Place::Storage, Place::Workgroup];
            places.into_iter().flat_map(|place| [false, true].map(|spread| problem((place, spread)))).collect()
        }
        Kind::Transfer(direction) => {
            let problem = |path| Problem::Transfer(Transfer { direction, path, bytes: 5 << 12 });
            let paths = [TransferMethod::Queue, TransferMethod::Mapped, TransferMethod::Direct].into_iter();
            paths.filter(|path| has_path(*path, direction, adapter)).map(problem).collect()
        }
        Kind::Overhead(what) => vec![Problem::Overhead(Overhead { what, times: 3 })],
    }
}

/// What is wrong with a variant.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Defect {
    /// Its answer; the text says which element.
    #[error("{0}")]
    Wrong(String),
    /// It cannot be run.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Mismatch> for Defect {
    fn from(mismatch: Mismatch) -> Self {
        Self::Wrong(mismatch.to_string())
    }
}

/// The problems and reference data that the variants of one benchmark are checked on.
pub struct Checker<'g> {
    cases: Vec<Case>,
    guard: &'g dyn Guard,
}

struct Case {
    session: Box<dyn Session>,
    expected: [Expected; 2],
}

impl Checker<'_> {
    /// Allocates the check problems of `benchmark`.
    ///
    /// # Errors
    /// Fails if the device has no room for them.
    pub fn new(device: &mut dyn Device, benchmark: &Benchmark, seed: u64) -> Result<Self, Fault> {
        let mut cases = Vec::new();
        for problem in check_problems(benchmark, device.adapter()) {
            let expected = [Fill::Integers, Fill::Random].map(|fill| Expected::new(Operands::new(problem, fill, seed)));
            cases.push(Case { session: device.open(&problem)?, expected });
        }
        Ok(Self { cases, guard: &Unguarded })
    }

    /// The same, which asks `guard` of each variant before it is selected.
    #[must_use]
    pub fn behind(self, guard: &dyn Guard) -> Checker<'_> {
        Checker { cases: self.cases, guard }
    }

    /// Whether the driver is known to survive `variant`.
    pub fn knows(&self, variant: &Variant) -> bool {
        self.guard.knows(variant)
    }

    /// Finds out whether the driver survives `variant`, where that is not known.
    ///
    /// # Errors
    /// Fails if it does not, or the run is to end.
    pub fn ask(&self, variant: &Variant) -> Result<(), Fault> {
        if self.guard.knows(variant) { Ok(()) } else { self.guard.ask(variant) }
    }

    /// Runs `variant` on every check problem, on integers and on random data, and compares every element of its answers.
    ///
    /// # Errors
    /// The first wrong element, or what kept the variant from running.
    pub fn check(&mut self, variant: &Variant) -> Result<(), Defect> {
        self.ask(variant)?;
        let suits = |case: &&mut Case| variant.suits(case.expected[0].operands().problem());
        for case in self.cases.iter_mut().filter(suits) {
            case.session.select(variant)?;
            for expected in &case.expected {
                case.session.load(expected.operands())?;
                case.session.time(1)?;
                let dispatched = case.session.dispatched();
                expected.verify::<Defect>(variant, dispatched, &mut |range| Ok(case.session.output(range)?))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{AdapterKind, Backend, made};
    use crate::benchmark::CATALOGUE;
    use crate::kernel::Target;

    #[test]
    fn each_problem_of_a_check_is_one_for_a_variant_that_the_device_can_run() {
        for backend in [Backend::Vulkan, Backend::Gl, Backend::Dx12] {
            let adapter = made::adapter("a card", AdapterKind::Discrete, backend, (0x10de, 0));
            for benchmark in CATALOGUE.iter().filter(|benchmark| benchmark.needs.is_empty()) {
                let mut variants = benchmark.seeds(&Target::of(&adapter));
                variants.retain(|variant| variant.misfit(&adapter).is_none());
                for problem in check_problems(benchmark, &adapter) {
                    let suits = variants.iter().any(|variant| variant.suits(&problem));
                    assert!(suits, "{} on {backend}: {problem}", benchmark.id);
                }
            }
        }
    }
}
