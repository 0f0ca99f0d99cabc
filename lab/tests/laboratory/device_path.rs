//! gpu-assay itself on every chip: it names the card, takes its features and limits, and believes nothing that it "computes".

use std::path::Path;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use crate::run::{lab_in, root, stdout};
use crate::trials::Tested;

/// Chip, what its driver calls the card, matrix shapes, the card of the base.
const CHIPS: [(&str, &str, &str, Option<&str>); 15] = [
    ("tu102", "NVIDIA GeForce RTX 2080 Ti (NVK TU102)", "16x16x16", Some("nvidia-rtx-2080-ti")),
    ("ga100", "NVIDIA A100-SXM4-40GB (NVK GA100)", "16x16x16", Some("nvidia-a100-sxm4-40gb")),
    ("ga102", "NVIDIA GeForce RTX 3090 (NVK GA102)", "16x16x16", Some("nvidia-rtx-3090")),
    ("ad102", "NVIDIA GeForce RTX 4090 (NVK AD102)", "16x16x16", Some("nvidia-rtx-4090")),
    // Mesa 26.1 has no name for this card, and the kernel's says too little to be sure.
    ("gh100", "NVK GH100", "16x16x16", None),
    ("gb202", "NVIDIA GeForce RTX 5090 (NVK GB202)", "16x16x16", Some("nvidia-rtx-5090")),
    ("dg2", "Intel(R) Arc(tm) A770 Graphics (DG2)", "8x8x16", Some("intel-arc-a770")),
    ("bmg", "Intel(R) Arc(tm) B580 Graphics (BMG G21)", "8x16x16", Some("intel-arc-b580")),
    ("ptl", "Intel(R) Arc(tm) B390 (PTL)", "8x16x16", None),
    ("mi100", "AMD Instinct MI100 (RADV MI100)", "", Some("amd-mi100")),
    ("mi200", "AMD Instinct MI250X (RADV MI200)", "", Some("amd-mi250x")),
    ("gfx942", "AMD Instinct MI300X (RADV GFX940)", "", Some("amd-mi300x")),
    ("navi21", "AMD Radeon RX 6900 XT (RADV NAVI21)", "", Some("amd-rx-6900-xt")),
    ("navi31", "AMD Radeon RX 7900 XTX (RADV NAVI31)", "16x16x16", Some("amd-rx-7900-xtx")),
    // libdrm of Debian 13 is older than the card.
    ("gfx1201", "AMD Radeon Graphics (RADV GFX1201)", "16x16x16", None),
];

pub(crate) fn every_chip_is_named_and_nothing_on_it_is_believed() -> Tested {
    root()?;
    let waiting = Mutex::new(CHIPS.into_iter());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().expect("no other chip failed").next();
                    let Some((chip, name, shape, card)) = next else { break };
                    let folder = tempfile::tempdir().expect("a folder for the record");
                    is_named(folder.path(), chip, name, shape);
                    nothing_is_believed(folder.path(), chip);
                    is_matched(folder.path(), chip, card);
                }
            });
        }
    });
    Ok(())
}

fn json(text: &str, of: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{of}: {error}: {text}"))
}

fn is_named(folder: &Path, chip: &str, name: &str, shape: &str) {
    let devices = json(&stdout(&lab_in(folder, &["on", chip, "devices", "--json"])), chip);
    let adapter = &devices[0];
    assert_eq!(adapter["name"], name, "{chip}: {adapter}");
    assert_eq!(adapter["software"], false, "{chip}");
    let shapes = adapter["cooperative_matrix"].as_array().expect("a list of shapes");
    let written = |one: &Value| format!("{}x{}x{}", one["m"], one["n"], one["k"]);
    let fits = if shape.is_empty() { shapes.is_empty() } else { shapes.iter().any(|one| written(one) == shape) };
    assert!(fits, "{chip}: `{shape}` in {shapes:?}");
}

fn nothing_is_believed(folder: &Path, chip: &str) {
    let verified = lab_in(folder, &["on", chip, "verify"]);
    assert_eq!(verified.status.code(), Some(20), "{chip}: {}", stdout(&verified));
    assert!(!stdout(&verified).contains(" right"), "{chip}: {}", stdout(&verified));

    // Time for one kernel of each benchmark with the slowest compiler: what is skipped proves nothing.
    let run = lab_in(folder, &["on", chip, "run", "--quick", "--budget", "150", "--out", "record.json"]);
    let text = stdout(&run) + &String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(20), "{chip}: {text}");
    assert!(!text.contains("panicked") && !text.contains(" inf"), "{chip}: {text}");
    let record = std::fs::read_to_string(folder.join("record.json")).expect("the record was written");
    let record = json(&record, chip);
    let entries = record["entries"].as_array().expect("entries");
    assert!(entries.iter().any(|entry| entry["outcome"] == "wrong"), "{chip}: {entries:?}");
    for entry in entries {
        let outcome = entry["outcome"].as_str().expect("an outcome");
        assert!(matches!(outcome, "wrong" | "unsupported"), "{chip}: {entry}");
        assert!(entry.get("rates").is_none_or(Value::is_null), "{chip}: {entry}");
    }
}

fn is_matched(folder: &Path, chip: &str, card: Option<&str>) {
    let judged = lab_in(folder, &["product", "judge", "record.json", "--json"]);
    let verdict = json(&stdout(&judged), chip);
    assert_eq!(verdict["subject"]["card"].as_str(), card, "{chip}: {}", verdict["subject"]);
}
