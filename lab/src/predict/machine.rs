//! What is known of a chip beside its code: predictions/machines.toml and the reference card, from which the claims come.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use gpu_assay::problem::Element;
use gpu_assay::reference::{Card, Reference};
use serde::Deserialize;

/// From the least to the most.
pub(crate) type Pair = [f64; 2];

/// What names this as its source was not read anywhere.
const RECALL: &str = "recall";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sources: BTreeMap<String, String>,
    practice: Practice,
    machine: BTreeMap<String, Figures>,
}

/// How near to their ceilings loops without memory come on any chip.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Practice {
    pub(crate) registers: Share,
    pub(crate) workgroup: Share,
}

/// The figures of one chip.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    card: String,
    /// Records below results/ that the predictions are held against.
    pub(crate) records: Vec<PathBuf>,
    pub(crate) unit: Unit,
    pub(crate) multiply_adds: MultiplyAdds,
    /// Of the clock that the card's claim implies.
    pub(crate) clock: Share,
    pub(crate) matrix: Option<Matrix>,
    pub(crate) workgroup: Workgroup,
    pub(crate) l1: Cache,
    pub(crate) l2: Option<Cache>,
    pub(crate) l3: Option<Cache>,
    /// From a value read to the next address, in clocks.
    pub(crate) step: Option<Step>,
    pub(crate) memory: Device,
    /// Of the link's claim in one direction.
    pub(crate) link: Share,
    pub(crate) dispatch: Option<Dispatch>,
}

/// What takes a slot of a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slots {
    /// Every instruction.
    Every,
    /// Vector arithmetic: loads, stores and waits are issued beside it.
    Vector,
}

/// A multiprocessor, compute unit or Xe core.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) count: f64,
    /// Each issues an instruction for so many lanes a clock, of multiply-adds for so many.
    pub(crate) schedulers: f64,
    pub(crate) lanes: f64,
    pub(crate) arithmetic_lanes: f64,
    pub(crate) slots: Slots,
    /// Lanes that a unit shuffles in a clock, where that takes the path of workgroup memory.
    pub(crate) shuffles: Option<f64>,
    /// Most subgroups in flight.
    pub(crate) subgroups: f64,
    source: Vec<String>,
}

/// Of a unit in a clock.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MultiplyAdds {
    f32: f64,
    f16: f64,
    f64: f64,
    i8: f64,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// A share of a claim.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Share {
    pub(crate) share: Pair,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// Matrix units: what instructions of one subgroup reach of the card's claim, and operations in one of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matrix {
    pub(crate) share: Pair,
    f16: f64,
    i8: f64,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// Workgroup memory of a unit: bytes a clock, and how much of it there is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workgroup {
    pub(crate) bytes: Pair,
    pub(crate) kib: f64,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// A cache: of a unit in bytes a clock, of the whole chip in terabytes a second.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cache {
    pub(crate) name: Option<String>,
    pub(crate) bytes: Option<Pair>,
    pub(crate) tbs: Option<Pair>,
    pub(crate) kib: Option<f64>,
    pub(crate) mib: Option<f64>,
    /// The time of a read, in clocks or in nanoseconds.
    pub(crate) cycles: Option<Pair>,
    pub(crate) ns: Option<Pair>,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// Address arithmetic between two reads of a walk.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) cycles: Pair,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// Device memory: shares of the claimed bandwidth, and the time of a read beyond all caches.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Device {
    pub(crate) read: Pair,
    pub(crate) write: Pair,
    pub(crate) copy: Pair,
    pub(crate) triad: Pair,
    pub(crate) ns: Option<Pair>,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// One more dispatch in a pass, in microseconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dispatch {
    pub(crate) us: Pair,
    source: Vec<String>,
    pub(crate) why: Option<String>,
}

/// A chip with its card.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) chip: String,
    pub(crate) card: Card,
    pub(crate) figures: Figures,
    pub(crate) practice: Practice,
    sources: BTreeMap<String, String>,
}

/// Folder of predictions and what they are made of.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("predictions")
}

/// Every chip that has figures.
///
/// # Errors
/// Fails if machines.toml is not there or says something else, names no source, or a card that is none.
pub(crate) fn all() -> anyhow::Result<Vec<Machine>> {
    let path = folder().join("machines.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("{} is not as expected", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Vec<Machine>> {
    let file: File = toml::from_str(text)?;
    let cards = Reference::embedded().cards;
    let known = |machine: &Machine| match machine.named_sources().iter().find(|id| !file.sources.contains_key(**id)) {
        Some(id) => bail!("{} names a source `{id}` that is not listed", machine.chip),
        None => Ok(()),
    };
    let made = file.machine.iter().map(|(chip, figures)| {
        let card = cards.get(&figures.card).with_context(|| format!("{chip}: no card `{}`", figures.card))?;
        let (practice, sources) = (file.practice.clone(), file.sources.clone());
        let machine = Machine { chip: chip.clone(), card: card.clone(), figures: figures.clone(), practice, sources };
        known(&machine)?;
        Ok(machine)
    });
    made.collect()
}

impl Machine {
    /// Records in the repository that the predictions are held against.
    pub(crate) fn named_records(&self) -> Vec<PathBuf> {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
        self.figures.records.iter().map(|name| results.join(name)).collect()
    }

    /// Hertz that the card's claim for singles implies.
    pub(crate) fn clock_hz(&self) -> f64 {
        let claim = self.card.rates.get("fp32").copied().unwrap_or_default() * 1e12;
        claim / (2.0 * self.figures.unit.count * self.figures.multiply_adds.f32)
    }

    /// Multiply-adds of a unit in a clock.
    pub(crate) fn multiply_adds(&self, element: Element) -> f64 {
        let lanes = &self.figures.multiply_adds;
        match element {
            Element::F16 => lanes.f16,
            Element::F64 => lanes.f64,
            Element::I8 => lanes.i8,
            // Of the narrow types there are no vector kernels.
            Element::F32 | Element::I32 | Element::Bf16 | Element::E4m3 | Element::E5m2 => lanes.f32,
        }
    }

    /// Operations a second that instructions of one subgroup reach on the matrix units, and how many are in one; `None` where nothing is claimed.
    pub(crate) fn matrix(&self, input: Element, accumulator: Element) -> Option<(Pair, f64)> {
        let matrix = self.figures.matrix.as_ref()?;
        let claim = |names: &[&str]| names.iter().find_map(|name| self.card.rates.get(*name)).map(|rate| rate * 1e12);
        let (claim, operations) = match (input, accumulator) {
            (Element::F16, Element::F16) => (claim(&["fp16_mx_acc16", "fp16_mx_acc32"])?, matrix.f16),
            (Element::F16, _) => (claim(&["fp16_mx_acc32"])?, matrix.f16),
            (Element::Bf16, _) => (claim(&["bf16_mx"])?, matrix.f16),
            (Element::I8, _) => (claim(&["int8_mx"])?, matrix.i8),
            _ => return None,
        };
        Some((matrix.share.map(|share| share * claim), operations))
    }

    /// Bytes a second that the card claims for its memory.
    pub(crate) fn memory(&self) -> Option<f64> {
        self.card.memory.bw_gbs.map(|claim| claim * 1e9)
    }

    /// Bytes a second that the card claims for its link to the host, one way.
    pub(crate) fn link(&self) -> Option<f64> {
        self.card.io.as_ref()?.host_gbs.map(|both| both * 1e9 / 2.0)
    }

    /// Bytes a second of all units together, of so many bytes a clock in each.
    pub(crate) fn of_all_units(&self, bytes: Pair) -> Pair {
        bytes.map(|bytes| bytes * self.figures.unit.count * self.clock_hz())
    }

    fn groups(&self) -> Vec<(&'static str, &[String], Option<&str>)> {
        let one = &self.figures;
        let mut groups: Vec<(&'static str, &[String], Option<&str>)> = vec![
            ("units", &one.unit.source, None),
            ("multiply-adds", &one.multiply_adds.source, one.multiply_adds.why.as_deref()),
            ("clock", &one.clock.source, one.clock.why.as_deref()),
            ("workgroup memory", &one.workgroup.source, one.workgroup.why.as_deref()),
            ("L1", &one.l1.source, one.l1.why.as_deref()),
            ("device memory", &one.memory.source, one.memory.why.as_deref()),
            ("link", &one.link.source, one.link.why.as_deref()),
        ];
        groups.extend(one.matrix.as_ref().map(|it| ("matrix units", &it.source[..], it.why.as_deref())));
        groups.extend(one.l2.as_ref().map(|it| ("L2", &it.source[..], it.why.as_deref())));
        groups.extend(one.l3.as_ref().map(|it| ("L3", &it.source[..], it.why.as_deref())));
        groups.extend(one.step.as_ref().map(|it| ("step of a walk", &it.source[..], it.why.as_deref())));
        groups.extend(one.dispatch.as_ref().map(|it| ("dispatch", &it.source[..], it.why.as_deref())));
        let practice = &self.practice;
        groups.push(("loops in registers", &practice.registers.source, practice.registers.why.as_deref()));
        groups.push(("passes over workgroup memory", &practice.workgroup.source, practice.workgroup.why.as_deref()));
        groups
    }

    fn named_sources(&self) -> BTreeSet<&str> {
        self.groups().into_iter().flat_map(|(_, ids, _)| ids.iter().map(String::as_str)).collect()
    }

    /// Each group of figures, which sources it has and why it is taken, and whether a part of it was not read anywhere.
    pub(crate) fn sources(&self) -> Vec<(&'static str, String, bool)> {
        let words = |(name, ids, why): (&'static str, &[String], Option<&str>)| {
            let named: Vec<&str> = ids.iter().map(String::as_str).collect();
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            (name, format!("{}{why}", named.join(", ")), named.contains(&RECALL))
        };
        self.groups().into_iter().map(words).collect()
    }

    /// The titles of all sources that are named.
    pub(crate) fn titles(&self) -> Vec<(&str, &str)> {
        self.sources
            .iter()
            .filter(|(id, _)| self.named_sources().contains(id.as_str()))
            .map(|(id, title)| (id.as_str(), title.as_str()))
            .collect()
    }

    /// Whether a group of figures was, even in part, not read anywhere.
    pub(crate) fn is_unconfirmed(&self, group: &str) -> bool {
        self.groups().iter().any(|(name, ids, _)| *name == group && ids.iter().any(|id| id == RECALL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_claims_imply_are_those_of_the_chips() {
        let expected =
            [("ad102", 2.52), ("bmg", 2.85), ("ga100", 1.41), ("gfx942", 2.1), ("gh100", 1.98), ("navi31", 2.5)];
        let machines = all().expect("machines.toml");
        let clocks: Vec<(&str, f64)> = machines.iter().map(|one| (one.chip.as_str(), one.clock_hz() / 1e9)).collect();
        assert_eq!(clocks.len(), expected.len());
        for ((chip, clock), (name, due)) in clocks.into_iter().zip(expected) {
            assert!(chip == name && (clock / due - 1.0).abs() < 0.01, "{chip}: {clock} GHz, {name}: {due}");
        }
    }

    #[test]
    fn lanes_agree_with_what_cards_claim_for_other_formats() {
        for machine in all().expect("machines.toml") {
            let per_clock = 2.0 * machine.figures.unit.count * machine.clock_hz();
            for (name, element) in [("fp64", Element::F64), ("fp16", Element::F16)] {
                let Some(claim) = machine.card.rates.get(name) else { continue };
                let ratio = machine.multiply_adds(element) * per_clock / 1e12 / claim;
                // The RX 7900 XTX claims twice of what its packed halves do.
                let due = if machine.chip == "navi31" && name == "fp16" { 0.5 } else { 1.0 };
                assert!((ratio / due - 1.0).abs() < 0.03, "{} {name}: {ratio} of the claim", machine.chip);
            }
        }
    }

    #[test]
    fn a_source_that_is_not_listed_and_a_card_that_is_none_are_refused() {
        let text = std::fs::read_to_string(folder().join("machines.toml")).expect("machines.toml");
        let refused = |from: &str, to: &str| format!("{:#}", parse(&text.replacen(from, to, 1)).expect_err(to));
        assert!(refused("\"hopper-micro\"]", "\"hearsay\"]").contains("hearsay"));
        assert!(refused("nvidia-rtx-4090\"", "nvidia-rtx-4091\"").contains("no card"));
        assert!(refused("kib = 227", "kib = 227, bits = 1").contains("bits"));
    }
}
