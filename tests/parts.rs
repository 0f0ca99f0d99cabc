//! A device that is a part of a card: one die of a package, a partition, a slice. Claims are of the whole.

use std::path::Path;

use gpu_assay::adapter::Adapter;
use gpu_assay::analysis::gaps;
use gpu_assay::benchmark::Benchmark;
use gpu_assay::judge::{Confidence, Given, Headline, Part, Question, Ratio, Verdict, claim, claimed_rate, judge};
use gpu_assay::record::{Entry, Rates, Record, load};
use gpu_assay::reference::Reference;
use gpu_assay::units::{BytesPerSec, OpsPerSec};

const FIXTURE: &str = "tests/fixtures/synthetic-a100.json";

/// A record of an adapter with one benchmark, which reached `per_s` operations or bytes.
fn record(name: &str, pci: (u32, u32), like: &str, id: &str, per_s: f64) -> Record {
    let mut record = load(Path::new(FIXTURE)).expect("a record");
    record.adapter = Adapter { name: name.to_owned(), vendor_id: pci.0, device_id: pci.1, ..record.adapter };
    record.entries.retain(|entry| entry.id == like);
    let entry: &mut Entry = record.entries.first_mut().expect("an entry like that");
    let now = entry.rates.and_then(|rates| rates.best_per_s()).expect("a rate");
    id.clone_into(&mut entry.id);
    for sample in &mut entry.samples {
        let slower = |time: gpu_assay::units::Seconds| gpu_assay::units::Seconds::new(time.get() * now / per_s);
        (sample.wall_s, sample.gpu_s) = (slower(sample.wall_s), sample.gpu_s.map(slower));
    }
    entry.rates = entry.rates.map(|rates| match rates {
        Rates::Ops(rate) => Rates::Ops(rate.map(|rate| OpsPerSec::new(rate.get() * per_s / now))),
        Rates::Bytes(rate) => Rates::Bytes(rate.map(|rate| BytesPerSec::new(rate.get() * per_s / now))),
        Rates::Each(_) => panic!("{like} has a rate"),
    });
    record
}

fn judged(record: &Record, reference_card: &str, devices: Option<f64>) -> Verdict {
    let reference = Reference::embedded();
    let question = Question {
        named: Vec::new(),
        called: None,
        record: Some(record),
        given: Given { devices, ..Given::default() },
        date: "2026-11-22".parse().expect("a date"),
        destination: reference.destination("CN").expect("a destination"),
        reference_card: &reference.cards[reference_card],
        what_if: false,
    };
    judge(&question, &reference)
}

fn share(verdict: &Verdict) -> f64 {
    let ratio: &Ratio = verdict.a100.measured.first().expect("a ratio");
    ratio.of_claimed.expect("a claim")
}

/// One of the two dies of an MI250X reaches 147 TFLOP/s: 76.8 % of half the claim, and the package 294 of 383.
#[test]
fn a_die_is_held_against_its_half_of_the_claim() {
    let record = record("AMD Instinct MI250X", (0x1002, 0x7408), "matmul/f16", "matmul/coop/f16-f32", 147e12);
    let verdict = judged(&record, "amd-mi250x", None);
    assert_eq!(verdict.subject.card.as_deref(), Some("amd-mi250x"), "{}", verdict.subject.because);
    assert!((share(&verdict) - 2.0 * 147.0 / 383.0).abs() < 1e-3, "{}", share(&verdict));
    let tpp = verdict.tpp.measured.as_ref().expect("a measured figure");
    assert!(tpp.value > 4600.0 && tpp.origin.contains("times 2.00"), "{tpp:?}");
    let reference = Reference::embedded();
    let card = &reference.cards["amd-mi250x"];
    let part = Part::of(Some(card), Some(&record.adapter), None);
    let gap = &gaps(&record, &|peak| claim(peak, card, &part), &|_| None)[0];
    assert_eq!(gap.claimed_ops_per_s, Some(OpsPerSec::stated(0.5 * 383e12)), "a die's half");
    let read = Benchmark::by_id("memory/read").expect("a benchmark");
    assert_eq!(claimed_rate(read, card, &part), Some(0.5 * 3277e9), "of memory too");
    assert!(verdict.subject.device.is_some(), "the reader is told");
}

/// Both cards that a driver names are of two dies: what one of these reached counts twice for either.
#[test]
fn a_die_of_one_of_two_cards_is_half_of_either() {
    let record = record("AMD Instinct MI250X / MI250", (0x1002, 0x740c), "matmul/f16", "matmul/coop/f16-f32", 147e12);
    let verdict = judged(&record, "nvidia-a100-sxm4-80gb", None);
    assert_eq!((verdict.variants.len(), verdict.headline), (2, Headline::Restricted), "{}", verdict.reason);
    assert!((share(&verdict) - 2.0 * 147.0 / 312.0).abs() < 1e-3, "{}", share(&verdict));
    assert!(verdict.subject.device.is_some(), "the reader is told");
}

/// A die that reads 3.2 TB/s is a broken clock: its half of the memory has 1.64.
#[test]
fn a_doubled_bandwidth_of_a_die_is_caught() {
    let headline = |bytes_per_s| {
        let record = record("AMD Instinct MI250X", (0x1002, 0x7408), "memory/read", "memory/read", bytes_per_s);
        judged(&record, "nvidia-a100-sxm4-80gb", None).headline
    };
    assert_eq!(headline(1.5e12), Headline::Restricted, "as the data sheet");
    assert_eq!(headline(3.1e12), Headline::NoVerdict, "more than the whole card has");
}

#[test]
fn slices_and_partitions_are_parts() {
    let reference = Reference::embedded();
    let part = |name: &str, card: &str, devices: Option<f64>| {
        let record = load(Path::new(FIXTURE)).expect("a record");
        let adapter = Adapter { name: name.to_owned(), ..record.adapter };
        let part = Part::of(Some(&reference.cards[card]), Some(&adapter), devices);
        ((1000.0 * part.rates).round(), (1000.0 * part.memory).round(), part.words.is_some())
    };
    let a100 = "nvidia-a100-sxm4-40gb";
    assert_eq!(part("NVIDIA A100-SXM4-40GB", a100, None), (1000.0, 1000.0, false));
    assert_eq!(part("NVIDIA A100-SXM4-40GB MIG 1g.5gb", a100, None), (143.0, 125.0, true));
    assert_eq!(part("NVIDIA A100-SXM4-40GB MIG 3g.20gb", a100, None), (429.0, 500.0, true));
    assert_eq!(part("GRID A100-10C", a100, None), (1000.0, 1000.0, true), "a share that nobody knows");
    assert_eq!(part("AMD Instinct MI300X", "amd-mi300x", Some(8.0)), (125.0, 125.0, true), "as the user says");
    assert_eq!(part("AMD Instinct MI300X CPX", "amd-mi300x", None), (125.0, 125.0, true));
    assert_eq!(part("AMD Instinct MI300A CPX", "amd-mi300a", None), (167.0, 167.0, true));
    assert_eq!(
        part("AMD Instinct MI250X SPX", "amd-mi250x", None),
        (500.0, 500.0, true),
        "a mode that it does not have"
    );
    assert_eq!(part("AMD Instinct MI250X", "amd-mi250x", Some(1.0)), (1000.0, 1000.0, false), "the user knows better");
}

/// A device with an eighth of its card's memory is hardly the whole of it.
#[test]
fn a_device_with_little_memory_is_wondered_at() {
    let warned = |gigabytes: u64| {
        let mut record = record("AMD Instinct MI300X", (0x1002, 0x74a1), "memory/read", "memory/read", 1e12);
        record.adapter.memory = Some(gpu_assay::adapter::Memory { heap_bytes: gigabytes << 30, free_bytes: None });
        let verdict = judged(&record, "nvidia-a100-sxm4-80gb", None);
        assert_eq!(verdict.subject.confidence, Confidence::Certain, "{}", verdict.subject.because);
        verdict.warnings.iter().any(|warning| warning.code() == Some("perhaps_a_part"))
    };
    assert_eq!([warned(192), warned(179), warned(24)], [false, false, true]);
}
