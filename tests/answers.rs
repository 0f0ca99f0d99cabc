//! What `judge` says, to whom: names that several cards share, the answer first within 100 columns, inventories, one card at many places and times, files as
//! people's tools leave them.

mod child;
mod program;

use std::fs;
use std::path::Path;

use program::{run, scratch, written};
use serde_json::Value;

const FIXTURE: &str = "tests/fixtures/synthetic-a100.json";
const TODAY: &str = "2026-11-22";

fn json(arguments: &[&str]) -> (i32, Value) {
    let seen = run(arguments);
    (seen.code, serde_json::from_str(&seen.stdout).unwrap_or_else(|error| panic!("{error}: {}", seen.stderr)))
}

#[test]
fn a_shared_name_is_answered_for_each_card_with_one_headline_where_they_agree() {
    for (name, code, headline, least) in [
        ("A100", 10, "restricted", 4),
        ("RTX PRO 6000", 10, "restricted", 3),
        ("Ascend 910B", 11, "undecided", 4),
        ("Apple M1 Max", 0, "not restricted", 2),
    ] {
        let (seen, verdict) = json(&["judge", "--card", name, "--as-of", TODAY, "--json"]);
        assert_eq!((seen, &verdict["headline"]), (code, &Value::from(headline)), "{name}");
        assert_eq!(verdict["subject"]["match"], "ambiguous", "{name}");
        assert_eq!(verdict["subject"]["card"], Value::Null, "{name}: none is picked");
        let variants = verdict["variants"].as_array().expect("variants");
        assert!(variants.len() >= least, "{name}: {variants:?}");
        let text = run(&["judge", "--card", name, "--as-of", TODAY]).stdout;
        for variant in variants {
            let id = variant["card"].as_str().expect("an id");
            assert!(text.contains(id), "{name}: {id} stands in\n{text}");
        }
    }
    let (_, verdict) = json(&["judge", "--card", "nvidia-rtx-4090", "--as-of", TODAY, "--json"]);
    assert_eq!(verdict["variants"], Value::Null, "one card has none");
}

/// The Server edition is for datacenters, and has no exception: the name of all three offers none.
#[test]
fn an_exception_of_one_card_is_not_offered_for_a_name_that_others_share() {
    let offers = |name: &str| {
        let seen = run(&["judge", "--card", name, "--as-of", "2025-04-01"]);
        assert_eq!(seen.code, 10, "{name}: {}", seen.stdout);
        seen.stdout.contains("License Exception NAC/ACA")
    };
    assert!(offers("nvidia-rtx-pro-6000-blackwell"), "a workstation card");
    assert!(!offers("nvidia-rtx-pro-6000-blackwell-server") && !offers("RTX PRO 6000"), "not for each of them");
}

#[test]
fn a_record_tells_which_of_the_cards_of_a_name_it_is() {
    let (_, verdict) = json(&["judge", FIXTURE, "--card", "A100", "--as-of", TODAY, "--json"]);
    assert_eq!(verdict["subject"]["card"], "nvidia-a100-sxm4-80gb", "{}", verdict["subject"]);
}

#[test]
fn the_answer_comes_first_and_fits_a_hundred_columns() {
    for arguments in [
        &["judge", "--card", "nvidia-rtx-4090"][..],
        &["judge", "--card", "nvidia-rtx-pro-6000-blackwell-server"],
        &["judge", "--card", "mtt-s4000"],
        &["judge", "--card", "A100"],
        &["judge", "--card", "h100-pcie", "--as-of", "2023-09-15", "--destination", "AE"],
        &["judge", FIXTURE],
        &["judge", "--card", "nvidia-h20", "--explain"],
        &["judge", "tests/fixtures/synthetic-unknown-fast.json"],
        &["judge", "tests/fixtures/synthetic-absurd-b580.json"],
        &["judge", "--all-cards"],
        &["judge", "--card", "h20", "--matrix", "all×all"],
        &["judge", "--card", "nvidia-h20", "--equivalent-to", "1000xA100", "--price", "15000USD"],
    ] {
        let is_dated = arguments.contains(&"--as-of") || arguments.contains(&"--matrix");
        let on = if is_dated { &[][..] } else { &["--as-of", TODAY] };
        let seen = run(&[arguments, on].concat());
        let wide = seen.stdout.lines().find(|line| line.chars().count() > 100);
        assert!(wide.is_none() && !seen.stdout.is_empty(), "{arguments:?}: {wide:?}{}", seen.stderr);
        if !arguments.contains(&"--all-cards") && !arguments.contains(&"--matrix") {
            let first = seen.stdout.lines().next().expect("a line");
            let words = ["RESTRICTED: ", "NOT RESTRICTED: ", "UNDECIDED: ", "NO VERDICT: "];
            assert!(words.iter().any(|word| first.starts_with(word)), "{arguments:?}: {first}");
            assert!(seen.stdout.lines().nth(1).is_some_and(|line| line.starts_with(" Why")), "{}", seen.stdout);
        }
    }
}

#[test]
fn sources_follow_explain_only() {
    let [brief, whole] = [&[][..], &["--explain"]]
        .map(|more| run(&[&["judge", "--card", "amd-mi210", "--as-of", "2025-05-01"], more].concat()).stdout);
    assert!(whole.starts_with(brief.trim_end()), "the answer stays first");
    assert!(!brief.contains("88 FR 73458") && whole.contains("88 FR 73458"), "citations");
    assert!(brief.contains("letters of April 2025") && brief.contains("+17.0 %"), "{brief}");
}

#[test]
fn what_would_change_the_answer_is_tried_and_true() {
    let (_, verdict) = json(&["judge", "--card", "nvidia-rtx-3090", "--as-of", TODAY, "--json"]);
    let changes = verdict["changes"].as_array().expect("changes");
    assert!(!changes.is_empty() && changes.iter().all(|change| change["headline"] == "restricted"), "{changes:?}");
    assert_eq!(changes[0]["what"], serde_json::json!({ "for_datacenters": true }), "2272 with a density of 3.62");
    let yes = run(&["judge", "--card", "nvidia-rtx-3090", "--as-of", TODAY, "--datacenter", "yes"]);
    assert_eq!(yes.code, 10, "{}", yes.stdout);
    let (_, verdict) = json(&["judge", "--card", "nvidia-h20", "--as-of", "2026-01-10", "--json"]);
    assert_eq!(
        verdict["history"],
        serde_json::json!({ "since": "2025-04-09", "by": ["letters of April 2025"], "before": "not restricted" })
    );
}

#[test]
fn an_old_base_is_warned_of_with_what_was_pending() {
    let warned = |date: &str| {
        let (_, verdict) = json(&["judge", "--card", "nvidia-h20", "--as-of", date, "--json"]);
        verdict["warnings"].to_string()
    };
    assert_eq!(warned("2026-11-22"), "[]");
    let words = warned("2027-06-01");
    assert!(words.contains("confirmed through") && words.contains("pending then: "), "{words}");
}

#[test]
fn an_inventory_gives_a_table_and_its_sum() {
    let folder = scratch();
    let list =
        "\u{feff}Host;GPU;Count\r\na;NVIDIA GeForce RTX 4090;8\r\nb;Tesla T4;2\r\nc;Frobnicator 9000;3\r\nd;A100;4\r\n";
    let path = written(folder.path(), "list.csv", list.as_bytes());
    let (code, judged) = json(&["judge", "--cards-from", &path, "--as-of", TODAY, "--json"]);
    let numbers = ["cards", "restricted", "not_restricted", "undecided", "unknown", "without_tpp"]
        .map(|key| judged[key].as_u64());
    assert_eq!((code, numbers), (10, [17, 12, 2, 0, 3, 3].map(Some)), "{judged}");
    let tpp = judged["tpp"].as_f64().expect("a sum");
    assert!((tpp - (8.0 * 5284.8 + 2.0 * 1040.0 + 4.0 * 4992.0)).abs() < 1.0, "{tpp}");
    let text = run(&["judge", "--cards-from", &path, "--as-of", TODAY]).stdout;
    assert!(
        text.contains("17 cards") && text.contains("one of 4") && text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    let free = written(folder.path(), "free.csv", b"Tesla T4,2\n");
    assert_eq!(run(&["judge", "--cards-from", &free, "--as-of", TODAY]).code, 0, "nothing is restricted");
    let unknown = written(folder.path(), "unknown.csv", b"Tesla T4,2\nFrobnicator 9000\n");
    assert_eq!(run(&["judge", "--cards-from", &unknown, "--as-of", TODAY]).code, 11, "one is not known");
    for (text, words) in
        [(&b"card,count\nT4,two\n"[..], "line 2: `two`"), (b"", "lists no cards"), (b"\xff\xfec\0a\0", "UTF-16")]
    {
        let bad = written(folder.path(), "bad.csv", text);
        let seen = run(&["judge", "--cards-from", &bad]);
        assert!(matches!(seen.code, 1 | 2) && seen.stderr.contains(words) && seen.stdout.is_empty(), "{}", seen.stderr);
    }
    assert_eq!(run(&["judge", "--cards-from", "absent.csv"]).code, 1, "no file");
}

#[test]
fn one_card_is_judged_for_many_places_and_times() {
    let arguments = ["judge", "--card", "nvidia-a800-sxm4-80gb", "--matrix", "CN,US×2023-10-22,2023-10-23"];
    let (code, cells) = json(&[&arguments[..], &["--json"]].concat());
    let answers: Vec<&str> =
        cells.as_array().expect("cells").iter().filter_map(|cell| cell["headline"].as_str()).collect();
    assert_eq!((code, answers), (0, vec!["not restricted", "not restricted", "restricted", "not restricted"]));
    let text = run(&["judge", "--card", "nvidia-a800-sxm4-80gb", "--matrix", "CNxall"]).stdout;
    assert!(text.contains("from 2023-10-23 restricted"), "{text}");
    for wrong in ["CN", "CN×", "Atlantis×2024-01-01", "CN×yesterday", "CN×1999-01-01"] {
        let seen = run(&["judge", "--card", "nvidia-h20", "--matrix", wrong]);
        assert_eq!((seen.code, seen.stdout.as_str()), (2, ""), "{wrong}: {}", seen.stderr);
    }
}

/// The fixture with another value at `pointer` of each pair.
fn changed(folder: &Path, name: &str, changes: &[(&str, Value)]) -> String {
    let mut record: Value = serde_json::from_slice(&fs::read(FIXTURE).expect("the fixture")).expect("JSON");
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        record.pointer_mut(parent).expect("a place")[key] = value.clone();
    }
    written(folder, name, record.to_string().as_bytes())
}

/// Half as fast, and of another device: no regression, whoever asks, and said first.
#[test]
fn rates_of_another_device_are_no_regression() {
    let folder = scratch();
    let halved = |name: &str, changes: &[(&str, Value)]| {
        let path = changed(folder.path(), name, changes);
        let mut record: Value = serde_json::from_slice(&fs::read(&path).expect("the file")).expect("JSON");
        for entry in record["entries"].as_array_mut().expect("entries") {
            for sample in entry["samples"].as_array_mut().expect("samples") {
                for clock in ["wall_s", "gpu_s"] {
                    if let Some(time) = sample[clock].as_f64() {
                        sample[clock] = (2.0 * time).into();
                    }
                }
            }
            let rates = entry["rates"].as_object_mut().expect("rates");
            for (key, rate) in rates.iter_mut().filter(|(_, rate)| rate.is_number()) {
                let factor = if key.starts_with("seconds") { 2.0 } else { 0.5 };
                *rate = (factor * rate.as_f64().expect("a rate")).into();
            }
            entry.as_object_mut().expect("an entry").remove("stats");
        }
        record.as_object_mut().expect("a record").remove("content_sha256");
        written(folder.path(), name, record.to_string().as_bytes())
    };
    let base = changed(folder.path(), "base.json", &[("/adapter/pci_address", "0000:01:00.0".into())]);
    let same = halved("same.json", &[("/adapter/pci_address", "0000:01:00.0".into())]);
    assert_eq!(run(&["compare", &base, &same]).code, 10, "half as fast: {}", run(&["compare", &base, &same]).stdout);
    for (what, change) in [
        ("device id", ("/adapter/device_id", Value::from(0x20b5))),
        ("backend", ("/adapter/backend", "dx12".into())),
        ("system", ("/host/os", "windows".into())),
        ("card of its kind", ("/adapter/pci_address", "0000:02:00.0".into())),
        ("adapter", ("/adapter/name", "NVIDIA A100-PCIE-40GB".into())),
        ("part of the card", ("/adapter/name", "NVIDIA A100-SXM4-80GB MIG 3g.40gb".into())),
    ] {
        let other = halved("other.json", &[change]);
        let text = run(&["compare", &base, &other]);
        assert_eq!(text.code, 0, "{what}: {}", text.stdout);
        let first = text.stdout.lines().next().unwrap_or_default();
        assert!(first.contains("is of another device") && text.stdout.contains(what), "{what}: {first}");
        let (code, compared) = json(&["compare", &base, &other, "--json"]);
        assert_eq!(code, 0, "{what}: text and JSON decide alike");
        assert!(compared[0]["other_device"].to_string().contains(what), "{compared}");
        assert!(compared[0]["benchmarks"].as_array().expect("pairs").iter().all(|pair| pair["change"].is_null()));
        let both = run(&["compare", &base, &other, &same]);
        assert_eq!(both.code, 10, "the one of the same device still counts: {}", both.stdout);
    }
}

/// A record of one card is not judged as another, whatever the user calls it: by its name alone, or by its PCI id alone.
#[test]
fn a_record_under_another_cards_name_gets_no_verdict() {
    let folder = scratch();
    for changes in [
        &[("/adapter/name", Value::from("Graphics Device"))][..],
        &[("/adapter/vendor_id", 0.into()), ("/adapter/device_id", 0.into())],
        &[("/adapter/device_id", 1.into())],
    ] {
        let record = changed(folder.path(), "record.json", changes);
        let (code, verdict) = json(&["judge", &record, "--card", "nvidia-t4", "--as-of", TODAY, "--json"]);
        assert_eq!((code, &verdict["headline"]), (1, &Value::from("none")), "{changes:?}: {}", verdict["reason"]);
        assert!(verdict["reason"].as_str().is_some_and(|words| words.contains("data conflict")), "{verdict}");
        let (code, _) = json(&["judge", &record, "--card", "nvidia-a100-sxm4-80gb", "--as-of", TODAY, "--json"]);
        assert_eq!(code, 10, "{changes:?}: it may be that");
    }
    let several = run(&["judge", FIXTURE, "--card", "RTX PRO 6000", "--as-of", TODAY]);
    assert!(several.code == 1 && several.stdout.contains("data conflict"), "{}", several.stdout);
}

/// A die area from an untrusted table is unconfirmed, and all the same nothing to be replaced in passing.
#[test]
fn a_given_figure_replaces_none_that_a_source_has() {
    let given = |area: &str| run(&["judge", "--card", "nvidia-l4", "--as-of", TODAY, "--die-area-mm2", area]);
    let seen = given("2000");
    assert!(seen.code == 1 && seen.stdout.contains("data conflict"), "{}", seen.stdout);
    assert_eq!(given("294.5").code, 10, "the same area contradicts nothing");
}

#[test]
fn marks_of_windows_are_read_or_named_once() {
    let folder = scratch();
    let text = fs::read_to_string(FIXTURE).expect("the fixture");
    let marked = written(folder.path(), "bom.json", format!("\u{feff}{text}").as_bytes());
    assert_eq!(run(&["judge", &marked, "--as-of", TODAY]).code, 10, "a byte-order mark says nothing");
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let wide = written(folder.path(), "wide.json", &wide);
    for verb in ["judge", "report"] {
        let seen = run(&[verb, &wide]);
        assert_eq!((seen.code, seen.stderr.matches("UTF-16").count()), (1, 1), "{}", seen.stderr);
    }
    let broken = written(folder.path(), "broken.json", b"hello");
    let seen = run(&["judge", &broken]);
    assert_eq!(seen.stderr.matches("line 1 column 1").count(), 1, "a cause is said once: {}", seen.stderr);
}
