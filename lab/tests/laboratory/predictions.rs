//! The code that predictions rest on is what the compilers make today.

use std::path::Path;

use serde_json::Value;

use crate::run::{lab, root, stdout};
use crate::trials::Tested;

const CHIPS: [&str; 6] = ["gh100", "ga100", "ad102", "navi31", "gfx942", "bmg"];
const KERNELS: [&str; 3] = ["peak/f32", "matmul/f32", "matmul/coop/f16-f32"];

fn kept(chip: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("predictions/code").join(format!("{chip}.jsonl"));
    let text = std::fs::read_to_string(&path).expect("kept code");
    let rows = text.lines().map(|line| serde_json::from_str(line).expect("a row"));
    // What Intel's compiler makes of kernels on matrix units depends on what it has compiled before them.
    let depends = |row: &Value| chip == "bmg" && row["kernel"].as_str().is_some_and(|kernel| kernel.contains("/coop/"));
    rows.filter(|row: &Value| KERNELS.iter().any(|kernel| row["kernel"] == *kernel) && !depends(row)).collect()
}

fn table(arguments: &[&str]) -> Vec<Value> {
    let output = lab(&[&["table", "--json"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&stdout(&output)).expect("rows")
}

pub(crate) fn kept_code_is_current() -> Tested {
    root()?;
    let chips = CHIPS.into_iter().flat_map(|chip| ["--chip", chip]);
    let kernels = KERNELS.into_iter().flat_map(|kernel| ["--kernel", kernel]);
    let seeds = table(&chips.chain(kernels).collect::<Vec<_>>());
    let rows: Vec<Value> = CHIPS.into_iter().flat_map(kept).collect();
    assert!(rows.len() > 60, "{} rows", rows.len());
    for row in rows {
        let word = |name: &str| row[name].as_str().expect("a word");
        let is_it = |other: &&Value| ["kernel", "variant", "chip"].iter().all(|name| other[name] == row[name]);
        // What a record took need not be a seed.
        let alone = ["--kernel", word("kernel"), "--variant", word("variant"), "--chip", word("chip")];
        let now = seeds.iter().find(is_it).cloned().or_else(|| table(&alone).into_iter().next());
        assert_eq!(now.as_ref(), Some(&row), "not what is compiled now: lab predict --compile --write");
    }
    Ok(())
}
