//! The code that predictions rest on is what the compilers make today.

use std::path::Path;

use serde_json::Value;

use crate::run::{is_there, lab, stdout};

const CHIPS: [&str; 6] = ["gh100", "ga100", "ad102", "navi31", "gfx942", "bmg"];
const KERNELS: [&str; 3] = ["peak/f32", "matmul/f32", "matmul/coop/f16-f32"];

fn kept(chip: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("predictions/code").join(format!("{chip}.jsonl"));
    let text = std::fs::read_to_string(&path).expect("kept code");
    text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

#[test]
fn kept_code_is_current() {
    if !is_there() {
        return;
    }
    let chips = CHIPS.into_iter().flat_map(|chip| ["--chip", chip]);
    let kernels = KERNELS.into_iter().flat_map(|kernel| ["--kernel", kernel]);
    let output = lab(&["table", "--json"].into_iter().chain(chips).chain(kernels).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let now: Vec<Value> = serde_json::from_str(&stdout(&output)).expect("rows");
    let mut compared = 0;
    for row in CHIPS.into_iter().flat_map(kept).filter(|row| KERNELS.iter().any(|kernel| row["kernel"] == *kernel)) {
        assert!(now.contains(&row), "not what is compiled now, run `lab predict --compile --write`: {row}");
        compared += 1;
    }
    assert!(compared > 60, "{compared} rows");
}
