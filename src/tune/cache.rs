//! What earlier searches found, so that a second run need not search again.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::kept::{read, write};
use crate::adapter::Adapter;
use crate::benchmark::Benchmark;
use crate::kernel::Target;
use crate::measure::ShaderChecks;
use crate::plan::Tune;

/// The fastest variants of earlier searches, on disk.
#[derive(Debug, Default)]
pub struct Cache {
    /// `None` where nothing is kept.
    path: Option<PathBuf>,
    /// Whether what is there may be used, or only be replaced.
    recalls: bool,
    /// What to tell the user, once.
    complaints: Vec<String>,
    known: BTreeMap<String, Found>,
}

/// What one search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    /// For people who look into the file.
    benchmark: String,
    adapter: String,
    tune: Tune,
    /// Names of variants, the fastest first.
    fastest: Vec<String>,
}

impl Cache {
    /// A cache that keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// The cache in the file `path`, which need not exist. What cannot be read is as good as empty, with a complaint. With `recalls` false
    /// nothing is taken from it, and everything found is written into it.
    pub fn open(path: PathBuf, recalls: bool) -> Self {
        let (known, complaint) = match read(&path) {
            Ok(known) => (known, None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (BTreeMap::new(), None),
            Err(error) => {
                let complaint = format!("the tuning cache {} is not usable and starts anew: {error}", path.display());
                (BTreeMap::new(), Some(complaint))
            }
        };
        Self { path: Some(path), recalls, complaints: complaint.into_iter().collect(), known }
    }

    /// Names of the fastest variants that a search at least as thorough as `tune` found, the fastest first; none where none did.
    pub fn recall(
        &self,
        benchmark: &'static Benchmark,
        adapter: &Adapter,
        shaders: ShaderChecks,
        tune: Tune,
    ) -> &[String] {
        let found =
            self.known.get(&key(benchmark, adapter, shaders)).filter(|found| self.recalls && found.tune >= tune);
        found.map(|found| &found.fastest[..]).unwrap_or_default()
    }

    /// Keeps what a search found. A file that cannot be written leads to a complaint and nothing else.
    pub fn remember(
        &mut self,
        benchmark: &'static Benchmark,
        adapter: &Adapter,
        shaders: ShaderChecks,
        tune: Tune,
        fastest: Vec<String>,
    ) {
        let Some(path) = &self.path else { return };
        let found = Found { benchmark: benchmark.id.to_owned(), adapter: adapter.name.clone(), tune, fastest };
        self.known.insert(key(benchmark, adapter, shaders), found);
        if let Err(error) = write(path, &self.known) {
            self.complaints.push(format!("the tuning cache {} cannot be written: {error}", path.display()));
            // Once said is enough.
            self.path = None;
        }
    }

    /// What to tell the user; each complaint comes once.
    pub fn complaints(&mut self) -> Vec<String> {
        std::mem::take(&mut self.complaints)
    }
}

/// Everything that the speed of a variant depends on, and the variants that were there to choose from.
pub(super) fn key(benchmark: &'static Benchmark, adapter: &Adapter, shaders: ShaderChecks) -> String {
    let variants = benchmark.variants(&Target::of(adapter));
    let mut texts = BTreeMap::new();
    for variant in &variants {
        texts.entry(variant.shader()).or_insert_with(|| variant.wgsl());
    }
    let names: Vec<String> = variants.iter().map(crate::kernel::Variant::name).collect();
    let Adapter { name, vendor_id, device_id, backend, driver, driver_info, .. } = adapter;
    let identity =
        format!("{name}\n{vendor_id:x}:{device_id:x} {backend} {driver}\n{driver_info}\n{shaders}\n{}", benchmark.id);
    let mut hash = Sha256::new();
    let versions = concat!(env!("GPU_ASSAY_WGPU"), " ", env!("GPU_ASSAY_NAGA"));
    for part in [identity.as_str(), versions, &names.join(" ")].into_iter().chain(texts.values().map(String::as_str)) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::benchmark::CATALOGUE;

    fn adapter(driver_info: &str) -> Adapter {
        let text = include_str!("../../tests/fixtures/synthetic-a100.json");
        let record: serde_json::Value = serde_json::from_str(text).expect("a fixture");
        let mut adapter: Adapter = serde_json::from_value(record["adapter"].clone()).expect("an adapter");
        adapter.driver_info = driver_info.to_owned();
        adapter
    }

    fn remember(path: &Path, tune: Tune) -> Cache {
        let mut cache = Cache::open(path.to_owned(), true);
        cache.remember(&CATALOGUE[0], &adapter("1"), ShaderChecks::Unchecked, tune, vec!["v1x8/u64/wg64".to_owned()]);
        cache
    }

    #[test]
    fn what_was_found_is_recalled_for_the_same_card_driver_and_thoroughness_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/tuning.json");
        assert_eq!(remember(&path, Tune::Quick).complaints(), Vec::<String>::new());
        let cache = Cache::open(path.clone(), true);
        let recall = |driver: &str, shaders, tune| cache.recall(&CATALOGUE[0], &adapter(driver), shaders, tune).len();
        assert_eq!(recall("1", ShaderChecks::Unchecked, Tune::Quick), 1);
        assert_eq!(recall("2", ShaderChecks::Unchecked, Tune::Quick), 0, "another driver");
        assert_eq!(recall("1", ShaderChecks::Checked, Tune::Quick), 0, "other code");
        assert_eq!(recall("1", ShaderChecks::Unchecked, Tune::Full), 0, "a search that was less thorough");
        let retune = Cache::open(path, false);
        assert_eq!(retune.recall(&CATALOGUE[0], &adapter("1"), ShaderChecks::Unchecked, Tune::Quick).len(), 0);
    }

    #[test]
    fn a_file_that_is_no_cache_is_replaced_with_a_complaint() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in
            [("broken", "{\"format\":"), ("foreign", "{\"format\": 7, \"found\": {}}"), ("binary", "\u{0}\u{1}")]
        {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a file");
            let mut cache = remember(&path, Tune::Full);
            let complaints = cache.complaints();
            assert!(complaints.len() == 1 && complaints[0].contains(name), "{complaints:?}");
            let found = Cache::open(path, true);
            assert_eq!(
                found.recall(&CATALOGUE[0], &adapter("1"), ShaderChecks::Unchecked, Tune::Quick).len(),
                1,
                "{name}"
            );
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_one_complaint() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("a file");
        let mut cache = remember(&file.join("tuning.json"), Tune::Quick);
        let complaints = cache.complaints();
        assert!(!complaints.is_empty() && complaints.iter().all(|one| one.contains("tuning.json")), "{complaints:?}");
        assert_eq!(cache.complaints(), Vec::<String>::new());
    }
}
