//! The judge against worked cases, at the edges of thresholds, and under random predicates and subjects.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gpu_assay::analysis::gaps;
use gpu_assay::benchmark::Benchmark;
use gpu_assay::judge::{
    Conclusion, Given, Headline, Part, Question, Truth, Verdict, claim, claimed_rate, format_of, judge,
};
use gpu_assay::record::{Entry, Outcome, Rates, Record, Remark, load};
use gpu_assay::reference::{Files, Reference};
use gpu_assay::units::OpsPerSec;
use jiff::civil::Date;
use serde::Deserialize;

const TODAY: &str = "2026-11-22";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    worked: Vec<Case>,
}

/// One worked case; see tests/worked/README.md.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// A card of the base, or of `cards` in the same file.
    card: String,
    why: String,
    #[serde(default)]
    as_of: Option<Date>,
    #[serde(default)]
    destination: Option<String>,
    #[serde(default)]
    die_area_mm2: Option<f64>,
    #[serde(default)]
    io_gbs: Option<f64>,
    #[serde(default)]
    datacenter: Option<bool>,
    /// Results by rule.
    #[serde(default)]
    expect: BTreeMap<String, String>,
    /// Outcomes by rule.
    #[serde(default)]
    outcome: BTreeMap<String, String>,
    #[serde(default)]
    headline: Option<String>,
    #[serde(default)]
    exception: Option<String>,
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("a word").as_str().expect("a word").to_owned()
}

fn verdict(reference: &Reference, card: &str, date: Date, destination: &str, given: Given) -> Verdict {
    let card = reference.cards.get(card).unwrap_or_else(|| panic!("no card {card}"));
    let question = Question {
        named: vec![card],
        called: None,
        record: None,
        given,
        date,
        destination: reference.destination(destination).expect("a destination"),
        reference_card: &reference.cards[&reference.policy.reference_card],
        what_if: false,
    };
    judge(&question, reference)
}

fn run(reference: &Reference, file: &str) {
    let text = fs::read_to_string(file).expect("the cases can be read");
    let cases: Cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    for case in cases.worked {
        let date = case.as_of.unwrap_or_else(|| TODAY.parse().expect("a date"));
        let given =
            Given { die_area_mm2: case.die_area_mm2, io_gbs: case.io_gbs, datacenter: case.datacenter, devices: None };
        let verdict = verdict(reference, &case.card, date, case.destination.as_deref().unwrap_or("CN"), given);
        let name = format!("{} on {date} ({})", case.card, case.why);
        let finding = |rule: &str| {
            verdict
                .findings
                .iter()
                .find(|finding| finding.rule == rule)
                .unwrap_or_else(|| panic!("{name}: no finding of {rule}"))
        };
        for (rule, expected) in &case.expect {
            assert_eq!(word(finding(rule).result), *expected, "{name}: result of {rule}");
        }
        for (rule, expected) in &case.outcome {
            assert_eq!(word(finding(rule).outcome), *expected, "{name}: outcome of {rule}");
        }
        if let Some(expected) = &case.headline {
            assert_eq!(word(verdict.headline), *expected, "{name}: headline, because {}", verdict.reason);
        }
        if let Some(expected) = &case.exception {
            assert!(verdict.reason.contains(expected.as_str()), "{name}: {} names {expected}", verdict.reason);
        }
    }
}

#[test]
fn published_cases_come_out_as_worked_by_hand() {
    run(&Reference::embedded(), "tests/worked/published.toml");
    run(&Reference::embedded(), "tests/worked/dated.toml");
    run(&Reference::embedded(), "tests/worked/all-cards.toml");
}

/// A base with one more card: made up, for datacenters, on a die of 800 mm².
fn with_card(tpp: f64, extra: &str) -> Reference {
    let text = format!(
        "id = \"test-card\"\nvendor = \"NVIDIA\"\nname = \"Test\"\nchip = \"T\"\npci = []\nmarket = \"datacenter\"\n\
         datacenter_marketed = true\nregion = \"global\"\n[rates]\nint8_mx = {}\n{extra}\n[source]\nrates = \"recall\"\n\
         memory = \"recall\"\nio = \"recall\"\ndie = \"recall\"\n",
        tpp / 8.0
    );
    Reference::parse(&Files::embedded().with("cards/test-card.toml", &text)).expect("a sound base")
}

#[track_caller]
fn edge(tpp: f64, extra: &str, rule: &str, expected: Truth) {
    let verdict = verdict(&with_card(tpp, extra), "test-card", TODAY.parse().expect("a date"), "CN", Given::default());
    let finding = verdict.findings.iter().find(|finding| finding.rule == rule).expect("a finding");
    assert_eq!(finding.result, expected, "TPP {tpp} with `{extra}` under {rule}");
}

/// Memory and die sections for a density of exactly `pd` at `tpp`.
fn density(tpp: f64, pd: f64) -> String {
    format!("[memory]\n[die]\napplicable_mm2 = {}\nnode = \"N7\"", tpp / pd)
}

#[test]
fn thresholds_are_met_by_equality_and_not_by_a_hair_less() {
    use Truth::{False, True, Unknown};
    let no_die = "[memory]";
    for (tpp, expected) in [(4799.992, Unknown), (4800.0, True), (4800.008, True)] {
        edge(tpp, no_die, "us-3a090a-2023", expected);
    }
    for (pd, a, b) in [(5.919_99, False, True), (5.92, True, False), (5.920_01, True, False)] {
        edge(2000.0, &density(2000.0, pd), "us-3a090a-2023", a);
        edge(2000.0, &density(2000.0, pd), "us-3a090b-2023", b);
    }
    for (tpp, pd, b) in [(1599.92, 4.0, False), (1600.0, 4.0, True), (1600.0, 3.199_99, False), (1600.0, 3.2, True)] {
        edge(tpp, &density(tpp, pd), "us-3a090b-2023", b);
    }
    for (tpp, pd, b) in [(2399.92, 2.0, False), (2400.0, 2.0, True), (2400.0, 1.599_99, False), (2400.0, 1.6, True)] {
        edge(tpp, &density(tpp, pd), "us-3a090b-2023", b);
    }
    let memory = |dram: f64, io: f64| {
        format!(
            "[memory]\nbw_gbs = {dram}\n[io]\nchip_to_chip_gbs = {io}\nhost_gbs = 0\ntotal_gbs = {io}\nkind = \"x\""
        )
    };
    for (io, expected) in [(599.9, False), (600.0, True), (600.1, True)] {
        edge(4800.0, &memory(1000.0, io), "us-3a090-2022", expected);
    }
    for (dram, io, expected) in [(1399.9, 0.0, False), (1400.0, 0.0, True), (0.1, 1099.9, False), (0.1, 1100.0, True)] {
        edge(100.0, &memory(dram, io), "us-h20-letter-2025-04", expected);
    }
    for (dram, io, expected) in [(1000.0, 699.9, False), (1000.0, 700.0, True)] {
        edge(100.0, &memory(dram, io), "us-h20-letter-2025-04", expected);
    }
    for (tpp, dram, expected) in [(20_999.92, 6499.9, True), (21_000.0, 6499.9, False), (20_000.0, 6500.0, False)] {
        edge(tpp, &memory(dram, 0.0), "us-case-by-case-2026", expected);
    }
    for (tpp, dram, expected) in
        [(14_000.0, 4800.0, False), (14_000.8, 4800.0, True), (17_500.0, 4800.0, False), (15_000.0, 4500.0, False)]
    {
        edge(tpp, &memory(dram, 0.0), "us-tariff-232-2026-band1", expected);
    }
    for (tpp, expected) in [(4991.992, False), (4992.0, True)] {
        edge(tpp, no_die, "popular-2023", expected);
    }
}

#[test]
fn a_date_far_past_the_confirmation_is_warned_of() {
    let reference = Reference::embedded();
    let warned = |date: &str| {
        let verdict = verdict(&reference, "nvidia-a10", date.parse().expect("a date"), "CN", Given::default());
        verdict.warnings.iter().any(|warning| warning.code() == Some("stale_rules"))
    };
    assert!(!warned("2027-01-02"), "90 days after the confirmation");
    assert!(warned("2027-01-03"), "91 days after it");
}

#[test]
fn break_even_areas_are_those_worked_by_hand() {
    let reference = Reference::embedded();
    for (card, a, b) in [
        ("moorethreads-mtt-s4000", 270.3, 500.0),
        ("cambricon-mlu370-x8", 345.9, 640.0),
        ("hygon-k100-ai", 529.7, 1960.0),
        ("huawei-ascend-910", 691.9, 2560.0),
    ] {
        let verdict = verdict(&reference, card, TODAY.parse().expect("a date"), "CN", Given::default());
        let areas = |rule: &str| {
            let finding = verdict.findings.iter().find(|finding| finding.rule == rule).expect("a finding");
            assert_eq!(finding.outcome, Conclusion::NeedsDieArea, "{card} under {rule}");
            finding.break_even.iter().map(|edge| (edge.die_area_mm2 * 10.0).round() / 10.0).collect::<Vec<_>>()
        };
        assert_eq!(areas("us-3a090a-2023"), [a], "{card}: a.2");
        assert_eq!(areas("us-3a090b-2023").last(), Some(&b), "{card}: b");
        assert_eq!(verdict.headline, Headline::Undecided, "{card}");
    }
}

/// The SAFE Chips proposal, had it become law for every card: one more file, and cards that Note 2 keeps out today are in.
#[test]
fn a_rule_is_added_by_one_file() {
    let proposal = Files::embedded().text("rules/us-safe-chips-proposed.toml").expect("the proposal").to_owned();
    let law = proposal
        .replace("us-safe-chips-proposed", "us-safe-chips-trial")
        .replace("kind = \"proposed\"", "kind = \"control\"")
        .replace("  { var = \"datacenter\", op = \"==\", value = true },\n", "")
        .replace("status = \"proposed\"", "status = \"in_force\"\neffective_from = \"2026-06-01\"");
    let reference =
        Reference::parse(&Files::embedded().with("rules/us-safe-chips-trial.toml", &law)).expect("a sound base");
    let headline = |date: &str| {
        verdict(&reference, "nvidia-rtx-3090", date.parse().expect("a date"), "CN", Given::default()).headline
    };
    assert_eq!(headline("2026-05-31"), Headline::NotRestricted, "the day before");
    assert_eq!(headline("2026-06-01"), Headline::Restricted, "2272 >= 1600 and 3.62 >= 3.2");
}

#[test]
fn the_order_of_formats_does_not_matter() {
    let text = Files::embedded().text("cards/nvidia-a100-sxm4-80gb.toml").expect("the card").to_owned();
    let start = text.find("[rates]\n").expect("rates") + "[rates]\n".len();
    let end = start + text[start..].find("\n[").expect("the next table");
    let turned: Vec<&str> = text[start..end].lines().rev().collect();
    let turned = format!("{}{}\n{}", &text[..start], turned.join("\n").trim_start(), &text[end..]);
    let reference =
        Reference::parse(&Files::embedded().with("cards/nvidia-a100-sxm4-80gb.toml", &turned)).expect("a sound base");
    let (here, there) =
        (&reference.cards["nvidia-a100-sxm4-80gb"], &Reference::embedded().cards["nvidia-a100-sxm4-80gb"]);
    assert_eq!(here.tpp(&reference), there.tpp(&reference), "TPP and the format that decides it");
}

mod properties {
    use super::*;
    use gpu_assay::judge::{Known, evaluate};
    use gpu_assay::reference::{Comparison, Predicate, Threshold};
    use proptest::prelude::*;

    const NAMES: [&str; 4] = ["tpp", "pd", "dram_gbs", "io_total_gbs"];

    fn predicate() -> impl Strategy<Value = Predicate> {
        let comparison = prop_oneof![
            Just(Comparison::AtLeast),
            Just(Comparison::Above),
            Just(Comparison::Below),
            Just(Comparison::AtMost),
        ];
        let leaf = (prop::sample::subsequence(&NAMES[..], 1..3), comparison, 0.0..100.0f64).prop_map(
            |(names, comparison, value)| {
                let variables = names.into_iter().map(str::to_owned).collect();
                Predicate::Compare { variables, comparison, threshold: Threshold::Number(value) }
            },
        );
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(Predicate::All),
                prop::collection::vec(inner.clone(), 1..4).prop_map(Predicate::Any),
                inner.prop_map(|part| Predicate::Not(Box::new(part))),
            ]
        })
    }

    fn values() -> impl Strategy<Value = [f64; 4]> {
        prop::array::uniform4(0.0..100.0f64)
    }

    fn known(values: [f64; 4], mask: u8, bound: u8) -> impl Fn(&str) -> Known {
        move |name| {
            let i = NAMES.iter().position(|known| *known == name).expect("a known name");
            match (mask >> i & 1, bound >> i & 1) {
                (0, _) => Known::Nothing,
                (_, 0) => Known::Exactly(values[i]),
                _ => Known::AtLeast(values[i] * 0.5),
            }
        }
    }

    proptest! {
        /// What is decided with parts missing, or known as lower bounds only, stays so when they become known.
        #[test]
        fn unknown_never_turns_into_a_wrong_answer(predicate in predicate(), values in values(), mask in 0u8..16, bound in 0u8..16) {
            let partial = evaluate(&predicate, &known(values, mask, bound));
            let full = evaluate(&predicate, &known(values, 15, 0));
            prop_assert_ne!(full, Truth::Unknown);
            prop_assert!(partial == Truth::Unknown || partial == full);
        }

        /// Adding an unknown never decides anything.
        #[test]
        fn knowing_less_decides_no_more(predicate in predicate(), values in values(), mask in 0u8..16, less in 0u8..16) {
            let more = evaluate(&predicate, &known(values, mask, 0));
            let fewer = evaluate(&predicate, &known(values, mask & less, 0));
            prop_assert!(fewer == Truth::Unknown || fewer == more);
        }

        /// Raising TPP never frees a card under a rule without an upper bound.
        #[test]
        fn raising_tpp_never_frees_a_card(tpp in 1.0..20_000.0f64, factor in 1.0..4.0f64, area in 100.0..900.0f64) {
            let extra = format!("[memory]\nbw_gbs = 1000\n[die]\napplicable_mm2 = {area}\nnode = \"N7\"");
            let date = TODAY.parse().expect("a date");
            let [less, more] = [tpp, tpp * factor]
                .map(|tpp| verdict(&with_card(tpp, &extra), "test-card", date, "CN", Given::default()).findings);
            for rule in ["us-3a090a-2023", "us-safe-chips-proposed", "popular-2023"] {
                let [less, more] = [&less, &more]
                    .map(|findings| findings.iter().find(|finding| finding.rule == rule).expect("a finding").result);
                prop_assert!(less != Truth::True || more == Truth::True, "{}", rule);
            }
        }
    }

    #[test]
    fn every_subset_of_missing_variables_gives_a_verdict() {
        let figures = [
            "[rates]\nint8_mx = 250",
            "size_gb = 10",
            "bw_gbs = 1000",
            "[io]\nchip_to_chip_gbs = 0\ntotal_gbs = 0\nkind = \"x\"",
            "[die]\napplicable_mm2 = 600\nnode = \"N7\"",
        ];
        for mask in 0..32u32 {
            let kept = |i: usize| if mask >> i & 1 == 1 { figures[i] } else { "" };
            let text = format!(
                "id = \"test-card\"\nvendor = \"X\"\nname = \"Test\"\nchip = \"T\"\npci = []\nmarket = \"consumer\"\ndatacenter_marketed = false\n\
                 region = \"global\"\n{}\n[memory]\n{}\n{}\n{}\n{}\n[source]\nrates = \"recall\"\nmemory = \"recall\"\nio = \"recall\"\ndie = \"recall\"\n",
                kept(0),
                kept(1),
                kept(2),
                kept(3),
                kept(4)
            );
            let reference =
                Reference::parse(&Files::embedded().with("cards/test-card.toml", &text)).expect("a sound base");
            for date in ["2022-08-26", "2023-01-01", "2025-05-01", TODAY] {
                let verdict = verdict(&reference, "test-card", date.parse().expect("a date"), "CN", Given::default());
                assert_eq!(verdict.findings.len(), reference.rules.len(), "a finding for every rule");
            }
        }
    }
}

/// What `record` comes to.
fn judged(record: &Record, reference: &Reference) -> Verdict {
    let question = Question {
        named: Vec::new(),
        called: None,
        record: Some(record),
        given: Given::default(),
        date: TODAY.parse().expect("a date"),
        destination: reference.destination("CN").expect("a destination"),
        reference_card: &reference.cards[&reference.policy.reference_card],
        what_if: false,
    };
    judge(&question, reference)
}

const NARROW: [(&str, &str, f64); 3] =
    [("bf16-f32", "bf16_mx", 16.0), ("e4m3-f32", "fp8_mx_acc32", 8.0), ("e5m2-f32", "fp8_mx_acc32", 8.0)];

#[test]
fn bf16_and_fp8_count_with_their_bits_and_change_nothing_where_they_are_unsupported() {
    let reference = Reference::embedded();
    let record = load(Path::new("tests/fixtures/synthetic-a100.json")).expect("a record");
    let product = record.entries.iter().find(|entry| entry.id == "matmul/f32").expect("a product").clone();
    let rate = product.rates.and_then(|rates| rates.ops()).expect("a rate").median.get();
    for (types, format, bits) in NARROW {
        for id in [format!("peak/coop/{types}"), format!("matmul/coop/{types}")] {
            assert_eq!(
                format_of(Benchmark::by_id(&id).expect("a benchmark"), &reference),
                Some((format, bits)),
                "{id}"
            );
            let mut only = record.clone();
            only.entries = vec![Entry { id: id.clone(), ..product.clone() }];
            let tpp = judged(&only, &reference).tpp.measured.expect("a measured figure");
            assert_eq!(tpp.format.as_deref(), Some(format), "{id}");
            assert!((tpp.value / (rate * 1e-12 * bits) - 1.0).abs() < 1e-9, "{id}: {}", tpp.value);
        }
    }
    let mut with = record.clone();
    for (types, ..) in NARROW {
        for id in [format!("peak/coop/{types}"), format!("matmul/coop/{types}")] {
            with.entries.push(Entry::without_figure(&id, Outcome::Unsupported, Remark::LacksFeatures("it".to_owned())));
        }
    }
    let [with, without] = [&with, &record].map(|record| judged(record, &reference));
    assert_eq!((with.headline, &with.reason), (without.headline, &without.reason));
    assert_eq!(with.tpp.measured, without.tpp.measured);
    let outcomes = |verdict: &Verdict| verdict.findings.iter().map(|finding| finding.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes(&with), outcomes(&without));
    assert!(!with.warnings.iter().any(|warning| warning.code() == Some("no_evidence")), "{:?}", with.warnings);
}

#[test]
fn a_card_with_one_figure_for_fp8_claims_it_for_any_sums() {
    let reference = Reference::embedded();
    let claim = |card: &str, id: &str| {
        claimed_rate(Benchmark::by_id(id).expect("a benchmark"), &reference.cards[card], &Part::WHOLE)
    };
    for id in ["peak/coop/e4m3-f32", "matmul/coop/e5m2-f32"] {
        assert_eq!(claim("nvidia-h100-sxm5-80gb", id), Some(1978.9e12), "one for all");
        assert_eq!(claim("nvidia-rtx-4090", id), Some(330.3e12), "its own");
        assert_eq!(claim("nvidia-a100-sxm4-80gb", id), None, "not established is not zero");
    }
    assert_eq!(claim("nvidia-h100-sxm5-80gb", "peak/coop/bf16-f32"), Some(989.4e12));
}

#[test]
fn the_gap_goes_from_the_claim_over_the_peak_to_the_product() {
    let reference = Reference::embedded();
    let mut record = load(Path::new("tests/fixtures/synthetic-a100.json")).expect("a record");
    let product = record.entries.iter().find(|entry| entry.id == "matmul/f32").expect("a product").clone();
    let mut peak = Entry { id: "peak/f32".to_owned(), ..product.clone() };
    let doubled = |rate: OpsPerSec| OpsPerSec::new(2.0 * rate.get());
    peak.rates = peak.rates.and_then(|rates| Some(Rates::Ops(rates.ops()?.map(doubled))));
    record.entries.push(peak);
    let card = &reference.cards["nvidia-a100-sxm4-80gb"];
    let all = gaps(&record, &|peak| claim(peak, card, &Part::WHOLE), &|_| None);
    let gap = all.iter().find(|gap| gap.product == "matmul/f32").expect("a gap");
    let reached = product.rates.and_then(|rates| rates.ops()).expect("a rate").best.get();
    assert_eq!((gap.claimed_ops_per_s, gap.product_of_peak), (Some(OpsPerSec::stated(19.5e12)), Some(0.5)), "{gap:?}");
    assert_eq!(gap.peak_of_claimed, Some(2.0 * reached / 19.5e12), "{gap:?}");
    let half = all.iter().find(|gap| gap.product == "matmul/f16").expect("a gap");
    assert_eq!((half.peak_ops_per_s_best, half.product_of_peak), (None, None), "no peak was measured: {half:?}");

    for entry in &mut record.entries {
        entry.outcome = Outcome::Suspect;
    }
    assert_eq!(gaps(&record, &|peak| claim(peak, card, &Part::WHOLE), &|_| None), [], "suspect rates explain nothing");
}

/// An A100 claims 19.5 TFLOP/s at 1410 MHz: 16.5957 at 1200. Its tensor cores' claim, 312, is at 1410 MHz too, and a card whose clock is not established has
/// no share, whatever clock was read.
#[test]
fn the_gap_is_told_at_the_clock_that_was_read() {
    let reference = Reference::embedded();
    let mut record = load(Path::new("tests/fixtures/synthetic-a100.json")).expect("a record");
    let product = record.entries.iter().find(|entry| entry.id == "matmul/f32").expect("a product").clone();
    let mut peak = Entry { id: "peak/f32".to_owned(), ..product.clone() };
    let rate = |tera: f64| move |_| OpsPerSec::new(tera * 1e12);
    peak.rates = peak.rates.and_then(|rates| Some(Rates::Ops(rates.ops()?.map(rate(16.0)))));
    record.entries.push(peak);
    let read = |entry: &Entry| Some(if entry.id == "peak/f32" { 1.2e9 } else { 1.1e9 });
    let of = |card: &str| {
        let card = &reference.cards[card];
        let all = gaps(&record, &|peak| claim(peak, card, &Part::WHOLE), &read);
        all.into_iter().find(|gap| gap.product == "matmul/f32").expect("a gap")
    };
    let gap = of("nvidia-a100-sxm4-80gb");
    let at_clock = 16.0 / (19.5 * 1200.0 / 1410.0);
    assert!((gap.peak_of_claimed_at_clock.expect("a share") - at_clock).abs() < 1e-9, "{gap:?}");
    assert!((gap.peak_of_claimed.expect("a share") - 16.0 / 19.5).abs() < 1e-9, "{gap:?}");
    let product = product.rates.and_then(|rates| rates.ops()).expect("a rate").best.get();
    let each = (product / 1.1e9) / (16e12 / 1.2e9);
    assert!((gap.product_of_peak_at_clock.expect("a share") - each).abs() < 1e-9, "{gap:?}");
    let unrated = of("nvidia-h100-nvl");
    assert_eq!((unrated.peak_of_claimed_at_clock, unrated.claimed_at_clock()), (None, None), "{unrated:?}");
    assert!(unrated.peak_of_claimed.is_some() && unrated.product_of_peak_at_clock.is_some(), "{unrated:?}");
}

/// Claims of one card hold at two clocks, and each format has its own; a part of a card runs at the whole card's.
#[test]
fn a_claim_comes_with_the_clock_of_its_own_format() {
    let reference = Reference::embedded();
    let clock = |card: &str, id: &str, part: &Part| {
        claim(Benchmark::by_id(id).expect("a benchmark"), &reference.cards[card], part).and_then(|claim| claim.core_hz)
    };
    let h100 = "nvidia-h100-sxm5-80gb";
    assert_eq!(clock(h100, "peak/f32", &Part::WHOLE), Some(1.98e9));
    assert_eq!(clock(h100, "peak/coop/bf16-f32", &Part::WHOLE), Some(1.83e9));
    assert_eq!(clock(h100, "matmul/coop/e5m2-f32", &Part::WHOLE), Some(1.83e9), "one for any sums");
    let half = Part { rates: 0.5, ..Part::WHOLE };
    assert_eq!(clock("amd-mi250x", "peak/f32", &half), Some(1.7e9), "a die's half");
    assert_eq!(clock(h100, "memory/read", &Part::WHOLE), None, "no arithmetic");
    assert_eq!(clock("nvidia-l40s", "peak/coop/bf16-f32", &Part::WHOLE), None, "not established");
}

/// What a result follows from, and what alone would change it, as `variable comparison threshold`.
#[test]
fn results_follow_from_the_comparisons_that_are_named_and_from_no_others() {
    let reference = Reference::embedded();
    let of = |card: &str, rule: &str| {
        let verdict = verdict(&reference, card, TODAY.parse().expect("a date"), "CN", Given::default());
        let finding = verdict.findings.iter().find(|finding| finding.rule == rule).expect("a finding").clone();
        let words = |places: &[usize]| -> Vec<String> {
            let term = |place: &usize| &finding.terms[*place];
            places
                .iter()
                .map(term)
                .map(|term| format!("{} {} {}", term.variable, term.comparison, term.threshold))
                .collect()
        };
        (words(&finding.grounds), words(&finding.decisive))
    };
    let (grounds, decisive) = of("nvidia-a100-sxm4-80gb", "us-3a090a-2023");
    assert_eq!((grounds.join(", "), decisive.len()), ("tpp >= 4800, datacenter == 1".to_owned(), 0), "it is met");
    let (grounds, decisive) = of("nvidia-h20", "us-3a090b-2023");
    assert_eq!(grounds, ["tpp >= 2400", "pd >= 3.2"], "either would do, neither is there");
    assert_eq!(decisive, grounds, "each alone would make it true");
    let (grounds, decisive) = of("amd-rx-9070", "us-3a090a-2023");
    assert_eq!(decisive, ["datacenter == 1", "tpp >= 4800"], "2312 and 6.48 suffice for datacenters only");
    assert_eq!(grounds, decisive);
    let (_, decisive) = of("amd-rx-9070", "us-3a090b-2023");
    assert!(decisive.is_empty(), "at 2400 the density is too high all the same: {decisive:?}");
    let (grounds, _) = of("moorethreads-mtt-s4000", "us-3a090a-2023");
    assert_eq!(grounds, ["pd >= 5.92"], "only the density is open");
}
