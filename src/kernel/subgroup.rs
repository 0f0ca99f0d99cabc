//! Subgroups as kernels on matrix units divide a workgroup into.

/// The size that a kernel counts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subgroup {
    /// Invocations. The kernel is right, but slow, on a device that takes another number.
    pub lanes: u32,
    /// Whether the device has no other size, so that a subgroup's number follows from an invocation's.
    pub only_size: bool,
}

/// Asks the device. Modules that do so beside matrix units crash compilers (kvark/blade issue 333).
const ASKED: &str = "struct Place {
    @builtin(local_invocation_index) lane: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(num_subgroups) subgroups: u32,
}
fn subgroup_of(place: Place) -> u32 {
    return place.subgroup;
}
fn subgroups_of(place: Place) -> u32 {
    return place.subgroups;
}";

const COUNTED: &str = "struct Place {
    @builtin(local_invocation_index) lane: u32,
}
fn subgroup_of(place: Place) -> u32 {
    return place.lane / LANES;
}
fn subgroups_of(place: Place) -> u32 {
    return INVOCATIONS / LANES;
}";

impl Subgroup {
    /// Each of `sizes`, those that a device's subgroups can have.
    pub(super) fn each(sizes: &[u32]) -> impl Iterator<Item = Self> + Clone {
        sizes.iter().map(move |&lanes| Self { lanes, only_size: false }.among(sizes))
    }

    /// The same on a device whose subgroups have `sizes`.
    pub(super) fn among(self, sizes: &[u32]) -> Self {
        Self { only_size: sizes == [self.lanes], ..self }
    }

    /// How a kernel of LANES and INVOCATIONS learns which subgroup of its workgroup it is in, and how many there are.
    pub(super) fn wgsl(self) -> &'static str {
        if self.only_size { COUNTED } else { ASKED }
    }
}

#[cfg(test)]
mod tests {
    use crate::benchmark::Benchmark;
    use crate::kernel::{Target, Variant};

    #[test]
    fn a_device_with_one_size_is_not_asked_for_its_subgroups() {
        let several = Target::common();
        let one = Target { subgroup_sizes: vec![32], ..Target::common() };
        for id in ["peak/coop/f16-f32", "matmul/coop/f16-f32", "matmul/coop/i8-i32"] {
            let benchmark = Benchmark::by_id(id).expect("a benchmark");
            let asks = |variant: &Variant| variant.wgsl().contains("subgroup_id");
            assert!(benchmark.seeds(&several).iter().all(asks), "{id}");
            let own = benchmark.seeds(&one);
            assert!(!own.iter().any(asks), "{id}");
            let made: Vec<_> = benchmark.seeds(&several).into_iter().map(|seed| seed.on(&one)).collect();
            assert!(own.iter().all(|seed| made.contains(seed)), "{id}: `on` makes what the device's own list has");
        }
    }
}
