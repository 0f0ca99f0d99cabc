//! What `run` and `cargo bench` share: choosing and opening a device, the growing record, and the last words.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context as _;
use globset::GlobBuilder;

use super::exit::Usage;
pub use super::guard::{Ahead, Isolate};
pub use super::interrupt::Interrupt;
use super::listing;
use super::neighbour::Alone;
use super::output::{print_report, say};
use super::sensors;
pub use super::sensors::{Sensors, watch};
use crate::adapter::{Adapter, Backend, equal_cards, handle, select};
use crate::analysis::{conditions, crosscheck, gaps};
use crate::benchmark::{Benchmark, CATALOGUE};
use crate::device::{Found, Gpu, Source};
use crate::judge::{Part, Verdict, claimed_rate, identify};
use crate::kernel::Variant;
use crate::measure::{Device as _, Fault};
use crate::plan::Plan;
use crate::record::{Entry, Host, Note, Record, RecordFile, SCHEMA_VERSION, Tool, Warning};
use crate::reference::Reference;
use crate::report::{Format as _, Text, line, plain};
use crate::suite;
use crate::telemetry::Meter;
use crate::tune::Cache;

/// The kernels as they are.
pub const KERNELS: Source = Variant::wgsl;

/// The adapter that `query` and `backend` choose, not open yet. Warns where it is one of equal cards that nobody named.
///
/// # Errors
/// Fails if no single adapter fits.
pub fn choose(query: Option<&str>, backend: Option<Backend>, isolate: Isolate) -> anyhow::Result<Found> {
    let mut found = reachable(query.is_some() || backend.is_some(), isolate);
    let adapters: Vec<_> = found.iter().map(|found| found.adapter.clone()).collect();
    let index = select(&adapters, query, backend)?;
    if let Some(warning) = one_of_equals(&adapters, index, backend).filter(|_| query.is_none()) {
        say(&format!("warning: {}", plain(&warning)));
    }
    Ok(found.swap_remove(index))
}

/// Opens the adapter that was `chosen`, and warns where it is a software renderer.
///
/// # Errors
/// Fails if the driver refuses to create a device.
pub fn open(chosen: Found, plan: &Plan, source: Source) -> anyhow::Result<Gpu> {
    for warning in suite::warnings(&chosen.adapter, plan) {
        say(&format!("warning: {}", plain(&warning.to_string())));
    }
    let name = plain(&chosen.adapter.name);
    Gpu::open(chosen, plan.shaders, plan.submission_s, source).map_err(|fault| match fault {
        Fault::NoDevice(why) => {
            anyhow::anyhow!("{}. It may be busy, reset or no real GPU; `gpu-assay devices` lists others", plain(&why))
        }
        other => anyhow::anyhow!("{name}: {other}"),
    })
}

/// What to say where cards equal to the `taken` one answer: which it is, and how to name another.
fn one_of_equals(adapters: &[Adapter], taken: usize, backend: Option<Backend>) -> Option<String> {
    let others = equal_cards(adapters, taken);
    let called = |index: usize| handle(adapters, index, backend);
    let (own, another) = (called(taken), called(*others.first()?));
    Some(format!(
        "{} cards here are {}, and none was named: {own} is taken. `--adapter {another}` takes another; `gpu-assay devices` lists them",
        others.len() + 1,
        adapters[taken].name
    ))
}

/// The user's folder for what may be lost. `GPU_ASSAY_CACHE` names another one.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let own = || Some(dirs::cache_dir()?.join("gpu-assay"));
    let folder = std::env::var_os("GPU_ASSAY_CACHE").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    folder.or_else(own)
}

/// What earlier searches found; with `recalls` false it is only written.
pub fn tuning_cache(recalls: bool) -> Cache {
    cache_folder().map_or_else(Cache::none, |folder| Cache::open(folder.join("tuning.json"), recalls))
}

/// The adapters to choose from. GL is asked only where it may matter: some of its libraries complain on stderr without a display.
fn reachable(asked_for_one: bool, isolate: Isolate) -> Vec<Found> {
    if asked_for_one {
        return listing::adapters(&Backend::ALL, isolate);
    }
    let native = listing::adapters(&Backend::NATIVE, isolate);
    if native.is_empty() { listing::adapters(&[Backend::Gl], isolate) } else { native }
}

/// The benchmarks whose ids fit one of `globs` (`*` crosses `/`), all where there are none.
///
/// # Errors
/// Fails if a glob is malformed or matches nothing.
pub fn benchmarks(globs: &[String]) -> anyhow::Result<Vec<&'static Benchmark>> {
    let mut wanted = vec![globs.is_empty(); CATALOGUE.len()];
    for glob in globs {
        let matcher = GlobBuilder::new(glob).build().map_err(|error| Usage(error.to_string()))?.compile_matcher();
        let mut any = false;
        for (benchmark, wanted) in CATALOGUE.iter().zip(&mut wanted) {
            if matcher.is_match(benchmark.id) {
                (*wanted, any) = (true, true);
            }
        }
        if !any {
            let ids: Vec<&str> = CATALOGUE.iter().map(|benchmark| benchmark.id).collect();
            return Err(Usage(format!("`{glob}` fits no benchmark; there are:\n  {}", ids.join("\n  "))).into());
        }
    }
    Ok(CATALOGUE.iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(benchmark, _)| benchmark).collect())
}

/// A record that grows on disk, entry by entry.
pub struct Recording {
    /// The record so far.
    pub record: Record,
    destination: Option<RecordFile>,
    /// What reads the card's sensors.
    meter: Rc<dyn Meter>,
    /// Marks the GPU as in use, as long as the record grows.
    _alone: Alone,
}

impl Recording {
    /// An empty record of `gpu`, not on disk yet, with what the `sensors` say that `meter` reads. Warns where others use the same GPU.
    pub fn new(gpu: &Gpu, plan: &Plan, sensors: &Sensors, meter: &Rc<dyn Meter>) -> Self {
        let (alone, disturbed) = Alone::on(gpu.adapter());
        let mut warnings = suite::warnings(gpu.adapter(), plan);
        let board = meter.board();
        for warning in disturbed.into_iter().chain(sensors::warnings(sensors, gpu.adapter(), board.as_ref())) {
            say(&format!("warning: {}", plain(&warning.to_string())));
            warnings.push(warning);
        }
        let record = Record {
            schema_version: SCHEMA_VERSION,
            created: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            synthetic: false,
            tool: Tool::this(),
            host: Host::this(),
            adapter: gpu.adapter().clone(),
            board,
            plan: plan.clone(),
            warnings: warnings.into_iter().map(Note::from).collect(),
            entries: Vec::new(),
            gaps: Vec::new(),
            content_sha256: None,
            peer: None,
        };
        Self { record, destination: None, meter: Rc::clone(meter), _alone: alone }
    }

    /// Puts the record into `file`, or into a new dated file below `results/`, before anything is measured: a place that cannot be
    /// written is to be known at once.
    ///
    /// # Errors
    /// Fails if the file exists or the system refuses.
    pub fn keep(&mut self, file: Option<&Path>) -> anyhow::Result<()> {
        self.record.warnings.push(Warning::Unfinished.into());
        self.destination = Some(match file {
            Some(file) => RecordFile::create(file, &self.record)?,
            None => RecordFile::create_dated(Path::new("results"), &self.record)?,
        });
        Ok(())
    }

    /// Adds an entry and writes the record.
    ///
    /// # Errors
    /// Fails if the system refuses; the file then still holds the entries before.
    pub fn add(&mut self, entry: Entry) -> anyhow::Result<()> {
        self.record.entries.push(entry);
        self.write()
    }

    /// Puts `entry` in the place of the one of its id, and writes the record.
    ///
    /// # Errors
    /// Fails if the system refuses; the file then still holds what was there.
    pub fn replace(&mut self, entry: Entry) -> anyhow::Result<()> {
        if let Some(known) = self.record.entries.iter_mut().find(|known| known.id == entry.id) {
            *known = entry;
        }
        self.write()
    }

    /// Adds a warning about the whole run, and writes the record.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub fn warn(&mut self, warning: Note) -> anyhow::Result<()> {
        self.record.warnings.push(warning);
        self.write()
    }

    /// Writes the record.
    pub(super) fn write(&mut self) -> anyhow::Result<()> {
        // What was left out may have grown.
        self.record.board = self.meter.board();
        match &self.destination {
            Some(destination) => destination.update(&self.record).context("the entries before this one are kept"),
            None => Ok(()),
        }
    }

    /// Adds what follows from all entries together, and judges the record.
    ///
    /// # Errors
    /// Fails if the record cannot be written.
    pub fn judged(&mut self) -> anyhow::Result<Verdict> {
        self.record.warnings.retain(|warning| !warning.says(&Warning::Unfinished.into()));
        let reference = Reference::embedded();
        let card = identify(&self.record.adapter, &reference).card;
        let part = Part::of(card, Some(&self.record.adapter), None);
        let claimed = |benchmark: &Benchmark| claimed_rate(benchmark, card?, &part);
        crosscheck::examine(&mut self.record.entries, self.record.adapter.software, &claimed);
        let known = self.record.warnings.len();
        conditions::examine(&mut self.record);
        for warning in &self.record.warnings[known..] {
            say(&format!("warning: {}", plain(warning.words())));
        }
        let verdict = super::report::verdict(&self.record, &reference)?;
        self.record.gaps.clone_from(&verdict.gaps);
        self.write()?;
        Ok(verdict)
    }

    /// Prints the table and the judge's words, and says where the record is.
    ///
    /// # Errors
    /// Fails if stdout or the record cannot be written.
    pub fn conclude(&mut self) -> anyhow::Result<()> {
        let verdict = self.judged()?;
        print_report(&Text.render(&self.record, &verdict))?;
        self.say_where();
        Ok(())
    }

    /// The last entry in a line: a product with its share of the peak that was measured before it.
    pub fn last_line(&self) -> String {
        let Some(entry) = self.record.entries.last() else { return String::new() };
        let gaps = gaps(&self.record, &|_| None, &|_| None);
        let share = gaps.iter().find(|gap| gap.product == entry.id).and_then(|gap| gap.product_of_peak);
        let share = share.map(|share| format!(", {:.1} % of peak", 100.0 * share)).unwrap_or_default();
        line(entry) + &share
    }

    /// Says where the record is.
    pub fn say_where(&self) {
        if let Some(destination) = &self.destination {
            say(&format!("record: {}", destination.path().display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::one_of_equals;
    use crate::adapter::made::host;

    #[test]
    fn one_of_equal_cards_is_named_with_a_way_to_another() {
        let warning = one_of_equals(&host(), 0, None).expect("two H100");
        assert!(warning.starts_with("2 cards here are NVIDIA H100 80GB HBM3"), "{warning}");
        assert!(warning.contains("0000:3b:00.0 is taken") && warning.contains("`--adapter 0000:86:00.0`"), "{warning}");
        assert_eq!(one_of_equals(&host(), 2, None), None, "one 4090");
        assert_eq!(one_of_equals(&host()[1..], 0, None), None, "GL shows no second H100");
    }
}
