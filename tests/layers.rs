//! The direction of dependencies and the invariants of ARCHITECTURE.md, kept by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules and what each may use of this crate, beside itself.
const LAYERS: [(&str, &[&str]); 21] = [
    ("units", &[]),
    ("threads", &[]),
    ("name", &[]),
    ("adapter", &[]),
    ("problem", &["threads", "units"]),
    ("benchmark", &["adapter", "problem"]),
    ("kernel", &["adapter", "benchmark", "problem"]),
    ("check", &["kernel", "problem", "threads"]),
    ("measure", &["adapter", "check", "kernel", "problem", "units"]),
    ("telemetry", &["units"]),
    ("sensors", &["adapter", "telemetry", "units"]),
    ("plan", &["measure", "units"]),
    ("device", &["adapter", "check", "kernel", "measure", "problem", "threads", "units"]),
    ("record", &["adapter", "benchmark", "check", "measure", "name", "plan", "problem", "telemetry", "units"]),
    ("tune", &["adapter", "benchmark", "check", "kernel", "measure", "plan", "problem", "record", "units"]),
    (
        "suite",
        &[
            "adapter",
            "benchmark",
            "check",
            "kernel",
            "measure",
            "plan",
            "problem",
            "record",
            "telemetry",
            "tune",
            "units",
        ],
    ),
    ("analysis", &["adapter", "benchmark", "measure", "name", "record", "telemetry", "units"]),
    ("reference", &["name"]),
    ("judge", &["adapter", "analysis", "benchmark", "measure", "name", "record", "reference", "units"]),
    ("report", &["benchmark", "judge", "measure", "problem", "record", "reference", "telemetry", "units"]),
    (
        "cli",
        &[
            "adapter",
            "analysis",
            "benchmark",
            "device",
            "judge",
            "kernel",
            "measure",
            "plan",
            "problem",
            "record",
            "reference",
            "report",
            "sensors",
            "suite",
            "telemetry",
            "threads",
            "tune",
            "units",
        ],
    ),
];

/// Every source file with its module and its text up to the tests.
fn sources() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    let module = |path: &Path| {
        let first = path.components().nth(1).expect("a file below src");
        first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("sources can be read");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.split("#[cfg(all(test").next().unwrap_or_default().to_owned();
        (module(&path), path, code)
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Lines of code, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

#[track_caller]
fn only_in(needle: &str, allowed: &[&str]) {
    for (module, path, text) in sources() {
        let file = path.to_string_lossy().replace('\\', "/");
        let allowed = allowed.iter().any(|place| module == *place || file == *place);
        let found = code(&text).find(|line| line.contains(needle));
        assert!(allowed || found.is_none(), "{file} must not contain `{needle}`: {found:?}");
    }
}

#[test]
fn dependencies_point_one_way() {
    for (module, path, text) in sources().into_iter().filter(|(module, ..)| module != "lib" && module != "main") {
        let (_, allowed) =
            LAYERS.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("{module} has no layer"));
        for line in code(&text) {
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = LAYERS.iter().any(|(name, _)| *name == used);
                assert!(
                    !known || used == module || allowed.contains(&used.as_str()),
                    "{}: {module} must not use {used}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn layers_have_no_cycle() {
    for (i, (module, allowed)) in LAYERS.iter().enumerate() {
        for used in *allowed {
            let position = LAYERS.iter().position(|(name, _)| name == used).expect("a known module");
            assert!(position < i, "{module} stands before {used}, which it may use");
        }
    }
}

#[test]
fn only_the_device_names_wgpu() {
    only_in("wgpu::", &["device"]);
    only_in("naga::", &["device"]);
    only_in("ash::", &["device"]);
    only_in("pollster::", &["device"]);
}

#[test]
fn only_the_sensors_name_nvml() {
    only_in("nvml_wrapper::", &["sensors"]);
}

#[test]
fn only_the_command_line_talks() {
    for needle in ["println!", "eprintln!", "io::stdout", "io::stderr", "env::args", "process::exit", "clap::"] {
        only_in(needle, &["cli", "main"]);
    }
}

#[test]
fn only_records_the_reference_the_tuning_cache_and_the_command_line_open_files() {
    for needle in ["fs::", "File::open", "File::create"] {
        only_in(needle, &["record", "reference", "sensors", "src/tune/kept.rs", "cli"]);
    }
}

#[test]
fn only_the_problem_counts_operations() {
    only_in("Ops::new(", &["problem", "units"]);
}

#[test]
fn rates_follow_from_work_and_time_only() {
    only_in("OpsPerSec::new(", &["units"]);
    only_in("BytesPerSec::new(", &["units"]);
}

#[test]
fn kernels_are_files() {
    only_in("@compute", &[]);
}

/// Examples in help texts are no literals of their own, and run by `tests/examples.rs`.
#[test]
fn only_the_catalogue_knows_ids() {
    let ids: Vec<String> = gpu_assay::benchmark::CATALOGUE.iter().map(|benchmark| benchmark.id.to_owned()).collect();
    let groups = [
        "/coop/",
        "-api\"",
        "\"peak/\"",
        "\"matmul/\"",
        "\"matmul/coop/\"",
        "\"memory/\"",
        "\"transfer/\"",
        "\"overhead/\"",
    ];
    for (module, path, text) in sources().into_iter().filter(|(module, ..)| module != "benchmark") {
        let file = path.to_string_lossy().replace('\\', "/");
        if file == "src/problem/memory_op.rs" {
            continue;
        }
        for line in code(&text) {
            let literal = |start: &str| line.match_indices(start).any(|(at, _)| is_whole(&line[at + start.len()..]));
            let found = ids.iter().find(|id| literal(&format!("\"{id}")));
            let found = found.map(String::as_str).or_else(|| groups.into_iter().find(|group| line.contains(group)));
            assert!(found.is_none(), "{module}: {file} knows {found:?}: {line}");
        }
    }
}

/// Whether a name that ends before `rest` is no part of a longer one, such as a file's.
fn is_whole(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_alphanumeric() || "/-_.".contains(c))
}
