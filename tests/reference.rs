//! The loader of the reference base refuses what nobody should rely on, with file and line; and adapters are matched to cards.

#[cfg(unix)]
mod child;

use gpu_assay::adapter::Adapter;
use gpu_assay::benchmark::CATALOGUE;
use gpu_assay::judge::{Confidence, identify};
use gpu_assay::reference::{Files, Reference};

/// Replaces `from` in a file of the embedded base and returns what the loader says.
#[track_caller]
fn refused(path: &str, from: &str, to: &str, message: &str) {
    let files = Files::embedded();
    let text = files.text(path).unwrap_or_else(|| panic!("no {path}")).to_owned();
    assert!(text.contains(from), "{path} has no `{from}`");
    let error = Reference::parse(&files.with(path, &text.replacen(from, to, 1)))
        .expect_err("the loader must refuse it")
        .to_string();
    assert!(error.contains(message), "{error}\nshould contain `{message}`");
    assert!(error.starts_with(&format!("{path}:")), "{error}\nshould name file and line");
}

const CARD: &str = "cards/nvidia-a10.toml";
const RULE: &str = "rules/us-3a090a-2023.toml";

#[test]
fn a_figure_without_a_source_is_refused() {
    refused(CARD, "memory = \"epoch\"\n", "", "`size_gb` has no source");
    refused(CARD, "memory = \"epoch\"", "memory = \"hearsay\"", "`hearsay` is no source");
    refused("measured/nvidia.toml", "source = \"krrishnarraj", "sauce = \"krrishnarraj", "sauce");
}

#[test]
fn impossible_values_are_refused_at_their_line() {
    refused(CARD, "bw_gbs = 600", "bw_gbs = -600", "-600 is no possible value");
    refused(CARD, "bw_gbs = 600", "bw_gbs = nan", "NaN is no possible value");
    refused(CARD, "tpp = 2000", "tpp = 2100", "the rates make 2000");
    refused(CARD, "pd = 3.18", "pd = 3.30", "TPP and area make");
    refused(CARD, "total_gbs = 64", "total_gbs = 65", "its parts make 64");
    refused(CARD, "int8_mx = 250", "int9_mx = 250", "no format");
    refused(CARD, "10de:2236", "10de2236", "no PCI id");
    let text = Files::embedded().text(CARD).expect("the card").replace("bw_gbs = 600", "bw_gbs = -600");
    let line = 1 + text.lines().position(|line| line.contains("bw_gbs")).expect("the line");
    let error = Reference::parse(&Files::embedded().with(CARD, &text)).expect_err("refused").to_string();
    assert!(error.starts_with(&format!("{CARD}:{line}:")), "{error} should name line {line}");
}

/// A claim and the clock it is at make whole operations of each unit; with another clock they do not.
#[test]
fn a_clock_that_is_not_the_claims_is_refused() {
    const H100: &str = "cards/nvidia-h100-sxm5-80gb.toml";
    refused(H100, "fp16_mx_acc32 = 1830", "fp16_mx_acc32 = 1980", "3785.6 operations per clock of each of 132 units");
    refused(H100, "fp32 = 1980", "fp32 = 1830", "no power of two");
    refused(H100, "fp32 = 1980", "fp32 = 990", "not as far apart as 990 and 1980 MHz");
    refused(H100, "fp32 = 1980", "fp32 = 0", "no power of two");
    refused(H100, "fp32 = 1980", "fp32 = -1980", "-1980 is no possible value");
    refused(H100, "fp32 = 1980", "fp32 = 1.98", "no power of two");
    refused(H100, "units = 132", "units = 114", "no power of two");
    refused(H100, "units = 132", "units = 0", "no power of two");
    refused(H100, "units = 132\n", "", "say something together only");
    refused(H100, "fp32 = 1980", "fp32_mx = 1980", "has a clock and no rate");
    refused(H100, "clock = \"hopper-clocks\"\n", "", "has no source");
    refused("cards/nvidia-a100-sxm4-80gb.toml", "fp32 = 1410", "fp32 = 1440", "no power of two");
    refused("cards/amd-mi300x.toml", "fp32 = 2100", "fp32 = 1700", "no power of two");
}

#[test]
fn twins_are_refused() {
    let text = Files::embedded().text(CARD).expect("the card").to_owned();
    let error = Reference::parse(&Files::embedded().with("cards/zz.toml", &text)).expect_err("refused").to_string();
    assert!(error.contains("another card `nvidia-a10`"), "{error}");
    let text = Files::embedded().text(RULE).expect("the rule").to_owned();
    let error = Reference::parse(&Files::embedded().with("rules/zz.toml", &text)).expect_err("refused").to_string();
    assert!(error.contains("another rule"), "{error}");
    refused("sources/general.toml", "id = \"a100-ds\"", "id = \"ga100-wp\"", "`ga100-wp` is there twice");
}

#[test]
fn predicates_and_scopes_are_checked() {
    refused(RULE, "var = \"tpp\"", "var = \"tops\"", "`tops` is no variable");
    refused(RULE, "op = \">=\"", "op = \"≥\"", "unknown variant");
    refused(RULE, "op = \"==\", value = true", "op = \"==\", value = 1", "cannot be compared");
    refused(RULE, "\"MO\"", "\"Macao\"", "`Macao` is no destination");
    refused(RULE, "any = [", "either = [", "either");
    refused("rules/us-case-by-case-2026.toml", "us-3a090a-2023\"]", "us-3a091a\"]", "there is no rule `us-3a091a`");
    refused(
        "rules/us-case-by-case-2026.toml",
        "[\"us-3a090a-2023\"]",
        "[\"us-case-by-case-2026\"]",
        "presupposes itself",
    );
    refused("variables.toml", "unit = \"GB/s\"", "unit = \"GiB/s\"", "GiB/s");
}

#[test]
fn what_no_single_file_shows_is_checked() {
    refused("rules/us-h20-letter-2025-04.toml", "\"NVIDIA\"", "\"NVIDA\"", "no card is of `NVIDA`");
    refused("verdict.toml", "boost_headroom = 1.15", "boost_headroom = 0.1", "between 1 and 2");
    refused("destinations.toml", "code = \"TH\"", "code = \"MY\"", "there twice");
    refused("cards/nvidia-a30.toml", "MIG = 4", "MIG = 0", "one device or more");
    refused(CARD, "unconfirmed = [", "unconfirmed = [\"die.applicable_mm2\", ", "no figure of this card");
}

fn seen(name: &str, vendor_id: u32, device_id: u32) -> (Option<String>, Confidence) {
    let fixture = std::fs::read("tests/fixtures/synthetic-a100.json").expect("a fixture");
    let record: serde_json::Value = serde_json::from_slice(&fixture).expect("JSON");
    let adapter: Adapter = serde_json::from_value(record["adapter"].clone()).expect("an adapter");
    let adapter = Adapter { name: name.to_owned(), vendor_id, device_id, ..adapter };
    let reference = Reference::embedded();
    let found = identify(&adapter, &reference);
    (found.card.map(|card| card.id.clone()), found.confidence)
}

#[track_caller]
fn is(name: &str, ids: (u32, u32), card: &str, confidence: Confidence) {
    assert_eq!(seen(name, ids.0, ids.1), (Some(card.to_owned()), confidence), "{name}");
}

#[track_caller]
fn is_none(name: &str, ids: (u32, u32), confidence: Confidence) {
    assert_eq!(seen(name, ids.0, ids.1), (None, confidence), "{name}");
}

#[test]
fn adapters_are_matched_by_id_and_decorated_name() {
    use Confidence::{Certain, Likely};
    is("NVIDIA A100-SXM4-80GB", (0x10de, 0x20b2), "nvidia-a100-sxm4-80gb", Certain);
    is("NVIDIA A100 80GB PCIe", (0x10de, 0x20b5), "nvidia-a100-pcie-80gb", Certain);
    is("NVIDIA A100-SXM4-40GB (NVK ga100)", (0x10de, 0x20b0), "nvidia-a100-sxm4-40gb", Certain);
    is("AMD Radeon RX 7900 XTX (RADV NAVI31)", (0x1002, 0x744c), "amd-rx-7900-xtx", Certain);
    is("AMD Instinct MI250X", (0x1002, 0x740c), "amd-mi250x", Certain);
    is("NVIDIA GeForce RTX 4090", (0x10de, 0x2684), "nvidia-rtx-4090", Certain);
    is("NVIDIA GeForce RTX 4090 D", (0x10de, 0x2685), "nvidia-rtx-4090-d", Certain);
    is("NVIDIA A10", (0x10de, 0x2236), "nvidia-a10", Certain);
    is("NVIDIA H100 80GB HBM3", (0x10de, 0x2330), "nvidia-h100-sxm5-80gb", Certain);
    is("AMD Radeon RX 7900 XT", (0x1002, 0x744c), "amd-rx-7900-xt", Certain);
    is("NVIDIA Graphics Device", (0x10de, 0x2684), "nvidia-rtx-4090", Likely);
    is("NVIDIA GeForce RTX 4090/PCIe/SSE2", (0, 0), "nvidia-rtx-4090", Likely);
}

#[test]
fn what_is_not_clear_is_said_and_never_guessed() {
    use Confidence::{Ambiguous, None};
    is_none("AMD Instinct MI250X / MI250", (0x1002, 0x740c), Ambiguous);
    is_none("AMD Radeon RX 7900 XTX Titanium", (0x1002, 0x744c), Ambiguous);
    is_none("AMD Radeon RX 7900", (0x1002, 0x744c), Ambiguous);
    is_none("AMD Radeon Graphics (RADV GFX1201)", (0x1002, 0x7550), Ambiguous);
    is_none("Apple M4 Max", (0, 0), Ambiguous);
    is_none("NVIDIA GeForce RTX 4090", (0x10de, 0x0001), Ambiguous);
    is_none("Radeon A100", (0x10de, 0x2684), Ambiguous);
    is_none("", (0, 0), None);
    is_none("Some Card", (0x1234, 0x5678), None);
}

/// A reader can open the source of every figure that is not marked as unconfirmed.
#[test]
fn confirmed_figures_have_sources_that_can_be_opened() {
    let reference = Reference::embedded();
    let has_address = |id: &str| reference.sources.get(id).is_some_and(|source| source.url.is_some());
    for card in reference.cards.values() {
        let memory = [("size_gb", card.memory.size_gb), ("bw_gbs", card.memory.bw_gbs), ("tdp_w", card.tdp_w)];
        let known = memory.into_iter().filter(|(_, value)| value.is_some()).map(|(field, _)| field);
        for field in known.chain(card.rates.keys().map(String::as_str)).filter(|field| !card.is_unconfirmed(field)) {
            let source = card.source_of(field).unwrap_or_default();
            assert!(has_address(source), "{}: {field} is from `{source}`, which has no address", card.id);
        }
    }
    for rule in &reference.rules {
        assert!(rule.sources.iter().all(|source| has_address(source)), "{}: sources without an address", rule.id);
        assert!(!rule.sources.is_empty() || rule.id == "popular-2023", "{} has no source", rule.id);
    }
}

/// What is due names every file whose last look is long ago, and the places to look.
#[test]
#[cfg(unix)]
fn what_is_due_for_another_look_is_listed() {
    let due = |date: &str| {
        let (code, stdout, _) = child::ends(std::process::Command::new("scripts/due").arg(date));
        (code, stdout)
    };
    let (code, text) = due("2027-12-31");
    let reference = Reference::embedded();
    assert_eq!(code, 0, "{text}");
    for rule in &reference.rules {
        assert!(text.contains(&rule.id), "{} in\n{text}", rule.id);
    }
    assert!(text.contains(&format!("183 days: {}", reference.cards.len())), "all cards");
    assert!(text.contains("Federal Register") && reference.policy.pending.iter().all(|pending| text.contains(pending)));
    let (_, text) = due(&reference.rules[0].last_look.expect("a day").to_string());
    assert!(text.contains("Cards not looked at for more than 183 days: 0"), "{text}");
    assert_eq!(due("yesterday").0, 2, "usage");
}

/// A key that the base does not have would lose the TPP of a benchmark, or the published figure beside it, without a word.
#[test]
fn formats_and_metrics_of_benchmarks_are_those_of_the_base() {
    let reference = Reference::embedded();
    for benchmark in &CATALOGUE {
        let format = benchmark.format();
        assert!(format.is_none_or(|format| reference.formats.contains_key(format)), "{}: {format:?}", benchmark.id);
        let metric = benchmark.published();
        let is_there = |metric: &str| reference.published.iter().any(|row| row.metric == metric);
        assert!(metric.is_none_or(is_there), "{}: {metric:?}", benchmark.id);
    }
}
