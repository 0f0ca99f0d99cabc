//! What each benchmark is: the one place that knows their ids, which number format or memory a figure counts for, which published figure it stands
//! beside, and what bounds it. Plain data, which the judge uses without a GPU stack.

mod host;
mod kind;
mod memory;
mod peaks;
mod products;

pub use kind::Kind;

use crate::adapter::Feature;
use crate::problem::{Matmul, Problem};

/// One benchmark of the suite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Benchmark {
    /// Identity in records and on the command line: a path, `matmul/f16-f32` for f16 inputs and f32 sums.
    pub id: &'static str,
    /// What it shows, in one sentence for people who do not write kernels.
    pub describe: &'static str,
    /// What is computed.
    pub kind: Kind,
    /// Device features without which it cannot run.
    pub needs: &'static [Feature],
    /// What its figure says of a card.
    pub measures: Measures,
    /// What other benchmarks of the same record say of its rate.
    pub bounds: &'static [Bound],
}

/// What a figure says of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measures {
    /// An arithmetic rate: evidence for total processing performance (TPP).
    Arithmetic {
        /// The number format, a key of `reference/formats.toml`.
        format: &'static str,
        /// The metric under which results of the same kind of kernel are published in `reference/measured/`. Published half-precision products ran on matrix
        /// units, so they stand beside such products only.
        published: Option<&'static str>,
    },
    /// Bandwidth of device memory: evidence for the rules' memory bandwidth.
    DeviceMemory {
        /// As above.
        published: Option<&'static str>,
        /// The benchmark that is meant to be no slower, by its kernel and not by physics. On cards: in software, reads and workgroup memory are bound by
        /// instructions and not by memory.
        ceiling_on_cards: Option<&'static str>,
    },
    /// The levels of the memory hierarchy.
    Caches,
    /// Bandwidth of workgroup memory.
    WorkgroupMemory,
    /// Bandwidth between host and device.
    HostLink,
    /// How long something takes that is counted one by one.
    Time,
}

/// What another benchmark, named by its id, says of a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The register-resident peak of the same units: a product's ceiling by its kernel, not by physics.
    Peak(&'static str),
    /// The peak of units that may do more at once for this product: its share of the peak is shown, and is no ceiling.
    MixedPeak(&'static str),
    /// A peak that no card is known to be slower at: by its kernel, not by physics.
    EqualPeak(&'static str),
    /// What no unit does.
    Physical {
        /// The peak beside which it is impossible.
        than: &'static str,
        /// At more than so many times.
        times: f64,
        /// The reason.
        why: &'static str,
    },
    /// The same product on the ordinary units, which matrix units are there to exceed.
    OrdinaryUnits(&'static str),
}

const COUNT: usize =
    peaks::PEAKS.len() + products::PRODUCTS.len() + 1 + memory::PASSES.len() + memory::OTHERS.len() + host::HOST.len();

/// Every benchmark, in the order of the suite.
pub static CATALOGUE: [Benchmark; COUNT] = {
    let families: [&[Benchmark]; 6] =
        [&peaks::PEAKS, &products::PRODUCTS, &[memory::SWEEP], &memory::PASSES, &memory::OTHERS, &host::HOST];
    let mut all = [memory::SWEEP; COUNT];
    let (mut family, mut filled) = (0, 0);
    while family < families.len() {
        let mut at = 0;
        while at < families[family].len() {
            all[filled] = families[family][at];
            (filled, at) = (filled + 1, at + 1);
        }
        family += 1;
    }
    all
};

impl Benchmark {
    /// The peak of single precision, which every device has.
    pub const F32_PEAK: &'static Self = &CATALOGUE[0];

    /// The benchmark of that id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|benchmark| benchmark.id == id)
    }

    /// The benchmark of that kind.
    ///
    /// # Panics
    /// Panics if the catalogue has none: a mistake in this program.
    pub fn of(kind: Kind) -> &'static Self {
        let found = CATALOGUE.iter().find(|benchmark| benchmark.kind == kind);
        found.unwrap_or_else(|| unreachable!("no benchmark is {kind:?}"))
    }

    /// The number format whose rate it measures; `None` for what is no arithmetic.
    pub fn format(&self) -> Option<&'static str> {
        match self.measures {
            Measures::Arithmetic { format, .. } => Some(format),
            _ => None,
        }
    }

    /// Whether it measures the bandwidth of device memory.
    pub fn is_device_memory(&self) -> bool {
        matches!(self.measures, Measures::DeviceMemory { .. })
    }

    /// The metric of published results of the same kind of kernel; `None` where there is none.
    pub fn published(&self) -> Option<&'static str> {
        match self.measures {
            Measures::Arithmetic { published, .. } | Measures::DeviceMemory { published, .. } => published,
            _ => None,
        }
    }

    /// The peak that a product is a share of.
    pub fn peak(&self) -> Option<&'static str> {
        self.bounds.iter().find_map(|bound| match bound {
            Bound::Peak(peak) | Bound::MixedPeak(peak) => Some(*peak),
            _ => None,
        })
    }

    /// The benchmark that is meant to be no slower than this one on cards, by its kernel and not by physics.
    pub fn ceiling_on_cards(&self) -> Option<&'static str> {
        match self.measures {
            Measures::DeviceMemory { ceiling_on_cards, .. } => ceiling_on_cards,
            _ => None,
        }
    }

    /// The peak that is meant to be no slower than this benchmark, by its kernel and not by physics, on software renderers too.
    pub fn ceiling(&self) -> Option<&'static str> {
        self.bounds.iter().find_map(|bound| match bound {
            Bound::Peak(peak) | Bound::EqualPeak(peak) => Some(*peak),
            _ => None,
        })
    }

    /// The product of the given dimensions; `None` where the benchmark is not a product.
    pub fn product(&self, m: u32, n: u32, k: u32) -> Option<Problem> {
        let (input, accumulator, transposed_too) = match self.kind {
            Kind::Matmul { input, accumulator } => (input, accumulator, false),
            Kind::MatrixProduct { input, accumulator } => (input, accumulator, true),
            _ => return None,
        };
        Some(Problem::Matmul(Matmul { m, n, k, input, accumulator, transposed_too }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Element;

    #[test]
    fn ids_are_unique() {
        for (i, one) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[i + 1..].iter().all(|other| other.id != one.id), "{} is there twice", one.id);
        }
    }

    #[test]
    fn every_benchmark_says_what_it_measures_and_what_bounds_it() {
        for benchmark in &CATALOGUE {
            let id = benchmark.id;
            match (benchmark.kind, benchmark.measures) {
                (Kind::Matmul { .. } | Kind::MatrixProduct { .. }, Measures::Arithmetic { .. }) => {
                    assert!(benchmark.peak().is_some(), "{id} is a share of no peak");
                }
                (Kind::Peak(_) | Kind::MatrixPeak { .. }, Measures::Arithmetic { .. })
                | (Kind::Memory(_) | Kind::CopyCommand, Measures::DeviceMemory { .. })
                | (Kind::Sweep | Kind::Latency, Measures::Caches)
                | (Kind::WorkgroupMemory, Measures::WorkgroupMemory)
                | (Kind::Transfer(_), Measures::HostLink)
                | (Kind::Atomic | Kind::Overhead(_), Measures::Time) => {}
                (kind, measures) => panic!("{id} is {kind:?}, and measures {measures:?}"),
            }
            let sums = |kind| match kind {
                Kind::Matmul { input, accumulator } | Kind::MatrixProduct { input, accumulator } => {
                    Some((input, accumulator))
                }
                _ => None,
            };
            let twin = CATALOGUE.iter().find(|one| {
                matches!(benchmark.kind, Kind::MatrixProduct { .. })
                    && matches!(one.kind, Kind::Matmul { .. })
                    && sums(one.kind) == sums(benchmark.kind)
            });
            let named = benchmark.bounds.iter().find_map(|bound| match bound {
                Bound::OrdinaryUnits(id) => Some(*id),
                _ => None,
            });
            assert_eq!(named, twin.map(|twin| twin.id), "{id}: the same product on the ordinary units");
        }
    }

    #[test]
    fn bounds_name_benchmarks_that_there_are() {
        for benchmark in &CATALOGUE {
            let named = benchmark.bounds.iter().map(|bound| match bound {
                Bound::Peak(id) | Bound::MixedPeak(id) | Bound::EqualPeak(id) | Bound::OrdinaryUnits(id) => *id,
                Bound::Physical { than, .. } => *than,
            });
            for id in named.chain(benchmark.ceiling_on_cards()) {
                assert!(id != benchmark.id && Benchmark::by_id(id).is_some(), "{}: {id}", benchmark.id);
            }
        }
    }

    #[test]
    fn a_peak_of_single_precision_comes_first() {
        assert_eq!(Benchmark::F32_PEAK.kind, Kind::Peak(Element::F32));
    }
}
