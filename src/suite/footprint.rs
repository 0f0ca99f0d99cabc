//! The total footprint of passes over memory: the bytes of all their arrays together, which has to be many times what caches hold.

use super::caches::expected_cache;
use crate::adapter::{Adapter, AdapterKind, Memory};
use crate::plan::{Effort, Plan};
use crate::problem::Problem;
use crate::record::Remark;

/// The total footprint of a pass over memory, in bytes; `None` of other problems.
pub(super) fn total_footprint(problem: &Problem) -> Option<u64> {
    let Problem::Memory(pass) = problem else { return None };
    Some(pass.footprint_bytes())
}

/// Whether `problem` is a pass over memory.
pub(super) fn is_pass(problem: &Problem) -> bool {
    total_footprint(problem).is_some()
}

/// How many times larger than the last cache a footprint should be: what a cache keeps of a pass is then an eighth of it at the most, on a card
/// that tells how much memory it has a thirty-second; in a quick run, which has no time to fill as much, a quarter and an eighth.
fn over_cache(adapter: &Adapter, plan: &Plan) -> u64 {
    match (is_card(adapter) && adapter.memory.is_some(), plan.effort) {
        (true, Effort::Standard | Effort::Full) => 32,
        (true, Effort::Quick) | (false, Effort::Standard | Effort::Full) => 8,
        (false, Effort::Quick) => 4,
    }
}

/// No footprint is smaller, however small the caches, unless there is no room: on a card a pass over less is too short, in a quick run a little.
fn least_footprint(adapter: &Adapter, plan: &Plan) -> u64 {
    match (is_card(adapter), plan.effort) {
        (true, Effort::Standard | Effort::Full) => 1 << 30,
        (true, Effort::Quick) => 256 << 20,
        (false, _) => 64 << 20,
    }
}

fn is_card(adapter: &Adapter) -> bool {
    adapter.kind == AdapterKind::Discrete && !adapter.software
}

/// A pass that is too short goes over this many times its footprint at the most, if the device does not tell how much memory it has.
const UNTOLD_GROWTH: u64 = 4;

/// A pass goes over this much even if hardly any memory is free.
const LAST_RESORT: u64 = 1 << 20;

/// The total footprint that passes over memory are to have: the bytes of all their arrays together.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    /// What passes go over at the least where time allows.
    pub bytes: u64,
    /// How far they may go where a pass over that is too short to be timed well.
    pub most_bytes: u64,
    /// What kept it smaller than caches ask for.
    pub limited_by: Option<Remark>,
}

impl Footprint {
    /// These bytes, no more and no less.
    pub fn of(bytes: u64) -> Self {
        Self { bytes, most_bytes: bytes, limited_by: None }
    }

    /// What was asked for, or so many times the `largest_cache`, that to be expected where it is not known, as far as the memory that is free allows.
    pub(super) fn of_passes(adapter: &Adapter, plan: &Plan, largest_cache: Option<u64>) -> Self {
        if let Some(bytes) = plan.footprint_bytes {
            return Self::of(bytes);
        }
        let cache = largest_cache.unwrap_or_else(|| expected_cache(adapter));
        // More than any memory has is cut to what there is.
        let wanted = cache.saturating_mul(over_cache(adapter, plan)).max(least_footprint(adapter, plan));
        let spare = adapter.memory.map(|memory| memory.spare_bytes().max(LAST_RESORT));
        let bytes = spare.map_or(wanted, |spare| spare.min(wanted));
        let most_bytes = match plan.effort {
            Effort::Quick => bytes,
            _ => spare.unwrap_or_else(|| wanted.saturating_mul(UNTOLD_GROWTH)),
        };
        Self { bytes, most_bytes, limited_by: adapter.memory.and_then(|memory| too_little(memory, bytes, wanted)) }
    }
}

/// What is to be said of passes over `bytes` where the device's memory has no room for the `wanted` ones.
fn too_little(memory: Memory, bytes: u64, wanted: u64) -> Option<Remark> {
    (bytes < wanted).then_some(Remark::LittleMemory { taken: bytes, wanted, memory })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A card with so much memory, of which so much is free.
    fn card(memory: Option<[u64; 2]>) -> Adapter {
        let text = include_str!("../../tests/fixtures/synthetic-a100.json");
        let record: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let adapter: Adapter = serde_json::from_value(record["adapter"].clone()).expect("an adapter");
        let memory = memory.map(|[heap_bytes, free]| Memory { heap_bytes, free_bytes: Some(free) });
        Adapter { kind: AdapterKind::Discrete, software: false, memory, ..adapter }
    }

    #[test]
    fn a_footprint_is_many_times_the_cache_as_far_as_memory_is_free() {
        let [standard, quick] = [Effort::Standard, Effort::Quick].map(Plan::new);
        let h100 = card(Some([80 << 30, 79 << 30]));
        let of = |adapter: &Adapter, plan: &Plan, mib: u64| Footprint::of_passes(adapter, plan, Some(mib << 20));
        let mib = |footprint: &Footprint| [footprint.bytes >> 20, footprint.most_bytes >> 20];
        let whole = of(&h100, &standard, 50);
        assert_eq!(
            (mib(&whole), whole.limited_by),
            ([1600, 79 << 8], None),
            "32 times the cache, a quarter of the memory"
        );
        assert_eq!(mib(&of(&h100, &standard, 2))[0], 1024, "a GiB at the least");
        assert_eq!(mib(&of(&h100, &quick, 50)), [400, 400], "a quick run has no time for more");
        assert_eq!(mib(&of(&card(None), &standard, 256)), [2048, 8192], "eight times where no memory is told");
        let filled = of(&card(Some([80 << 30, 1 << 30])), &standard, 50);
        assert_eq!(mib(&filled), [256, 256]);
        assert!(
            filled.limited_by.is_some_and(|words| words.to_string().contains("1 GiB of the device's 80 GiB are free"))
        );
        let asked = Plan { footprint_bytes: Some(8 << 30), ..standard };
        assert_eq!(of(&card(Some([80 << 30, 1 << 30])), &asked, 50), Footprint::of(8 << 30), "what was asked for");
    }
}
