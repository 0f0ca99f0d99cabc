//! Kernels that a driver has survived, so that a second run need not find out again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::cache::key;
use super::kept::{read, write};
use crate::adapter::Adapter;
use crate::benchmark::Benchmark;
use crate::kernel::Variant;
use crate::measure::ShaderChecks;
use crate::problem::Problem;

/// What one driver of one device has survived, on disk. Another driver, and another build of this program, are asked again.
#[derive(Debug)]
pub struct Survivors {
    /// `None` where nothing is kept.
    path: Option<PathBuf>,
    adapter: Adapter,
    shaders: ShaderChecks,
    /// By [`Self::key`].
    known: BTreeMap<String, Survived>,
    /// Keys by the ids of benchmarks: to make one takes a moment.
    keys: BTreeMap<&'static str, String>,
    complaints: Vec<String>,
}

/// What was survived of one benchmark.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Survived {
    /// For people who look into the file.
    benchmark: String,
    adapter: String,
    /// Names of variants, some with a problem beside those of the check.
    variants: BTreeSet<String>,
}

impl Survivors {
    /// What `adapter` has survived according to the file at `path`, which need not exist. What cannot be read is as good as empty, with a complaint.
    pub fn open(path: Option<PathBuf>, adapter: Adapter, shaders: ShaderChecks) -> Self {
        let (mut known, mut complaints) = (BTreeMap::new(), Vec::new());
        if let Some(path) = &path {
            match read(path) {
                Ok(read) => known = read,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => complaints.push(format!("{} is not usable and starts anew: {error}", path.display())),
            }
        }
        Self { path, adapter, shaders, known, keys: BTreeMap::new(), complaints }
    }

    /// Whether `variant` is one of them, on `problem` as well where one is given.
    pub fn knows(&mut self, variant: &Variant, problem: Option<&Problem>) -> bool {
        let key = self.key(variant.benchmark);
        self.known.get(&key).is_some_and(|survived| survived.variants.contains(&entry(variant, problem)))
    }

    /// Adds `variant`, on `problem` as well if one is given. A file that cannot be written leads to a complaint and nothing else.
    pub fn add(&mut self, variant: &Variant, problem: Option<&Problem>) {
        let key = self.key(variant.benchmark);
        let survived = self.known.entry(key).or_default();
        variant.benchmark.id.clone_into(&mut survived.benchmark);
        survived.adapter.clone_from(&self.adapter.name);
        survived.variants.insert(variant.name());
        survived.variants.insert(entry(variant, problem));
        if let Some(Err(error)) = self.path.as_deref().map(|path| write(path, &self.known)) {
            // Once said is enough.
            let path = self.path.take().unwrap_or_default();
            self.complaints.push(format!("{} cannot be written: {error}", path.display()));
        }
    }

    /// What to tell the user; each complaint comes once.
    pub fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }

    fn key(&mut self, benchmark: &'static Benchmark) -> String {
        let (adapter, shaders) = (&self.adapter, self.shaders);
        // Between two versions of what compiles them texts say nothing of what a driver is given.
        let make = || format!("{} {}", key(benchmark, adapter, shaders), env!("GPU_ASSAY_REVISION"));
        self.keys.entry(benchmark.id).or_insert_with(make).clone()
    }
}

/// How a variant stands in the file, on `problem` where one is given.
fn entry(variant: &Variant, problem: Option<&Problem>) -> String {
    problem.map_or_else(|| variant.name(), |problem| format!("{} on {problem}", variant.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Target;

    fn adapter(driver_info: &str) -> Adapter {
        let text = include_str!("../../tests/fixtures/synthetic-a100.json");
        let record: serde_json::Value = serde_json::from_str(text).expect("a fixture");
        let adapter: Adapter = serde_json::from_value(record["adapter"].clone()).expect("an adapter");
        Adapter { driver_info: driver_info.to_owned(), ..adapter }
    }

    #[test]
    fn what_was_survived_is_known_of_the_same_driver_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Some(folder.path().join("deep/survived.json"));
        let of = |driver: &str, shaders| Survivors::open(path.clone(), adapter(driver), shaders);
        let seeds = Benchmark::by_id("matmul/f32").expect("a benchmark").seeds(&Target::common());
        let mut first = of("1", ShaderChecks::Unchecked);
        assert!(!first.knows(&seeds[0], None), "nothing is known before");
        first.add(&seeds[0], None);
        first.add(&seeds[1], None);
        assert!(first.knows(&seeds[0], None) && first.complaints().is_empty(), "known at once");
        let mut later = of("1", ShaderChecks::Unchecked);
        assert!(later.knows(&seeds[0], None) && later.knows(&seeds[1], None), "and in a later run");
        assert!(!later.knows(&seeds[2], None), "a variant that was not asked");
        assert!(!of("2", ShaderChecks::Unchecked).knows(&seeds[0], None), "another driver");
        assert!(!of("1", ShaderChecks::Checked).knows(&seeds[0], None), "other code");
    }

    #[test]
    fn what_was_survived_on_one_problem_is_known_of_no_other() {
        let benchmark = Benchmark::by_id("matmul/f32").expect("a benchmark");
        let seed = benchmark.seeds(&Target::common())[0];
        let [small, large] = [256, 512].map(|edge| benchmark.product(edge, edge, edge).expect("a product"));
        let mut survivors = Survivors::open(None, adapter("1"), ShaderChecks::Unchecked);
        survivors.add(&seed, None);
        assert!(survivors.knows(&seed, None) && !survivors.knows(&seed, Some(&small)), "on none yet");
        survivors.add(&seed, Some(&small));
        assert!(survivors.knows(&seed, Some(&small)) && !survivors.knows(&seed, Some(&large)), "on one");
    }

    #[test]
    fn a_file_of_another_kind_is_one_complaint_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("survived.json");
        std::fs::write(&path, "{\"format\": 7}").expect("a file");
        let seed = Benchmark::by_id("matmul/f32").expect("a benchmark").seeds(&Target::common())[0];
        let mut survivors = Survivors::open(Some(path.clone()), adapter("1"), ShaderChecks::Unchecked);
        survivors.add(&seed, None);
        let complaints = survivors.complaints();
        assert!(complaints.len() == 1 && complaints[0].contains("survived.json"), "{complaints:?}");
        assert!(
            Survivors::open(Some(path), adapter("1"), ShaderChecks::Unchecked).knows(&seed, None),
            "it starts anew"
        );
    }
}
