//! Kernels that are dangerous to a driver's compiler go through a process of their own first: a crash there costs a variant, not the run.

use std::cell::{Cell, RefCell};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::VERSION;
use super::isolated::{Isolated, Silence};
use super::measuring::cache_folder;
use super::output::say;
use super::try_kernels::{Answer, Beginning, Question, TRY_KERNELS};
use crate::adapter::{Adapter, Feature};
use crate::benchmark::Benchmark;
use crate::kernel::Variant;
use crate::measure::Fault;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::report::plain;
use crate::tune::{Guard, Survivors};
use crate::units::Seconds;

/// Kernels that a separate process tries first, until this driver is known to survive them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Isolate {
    /// No kernel: a crash of the driver ends the run.
    None,
    /// Kernels on matrix units, over which drivers are known to crash.
    #[default]
    Matrices,
    /// Every kernel.
    All,
}

impl Isolate {
    fn concerns(self, benchmark: &Benchmark) -> bool {
        match self {
            Self::None => false,
            Self::Matrices => benchmark.needs.contains(&Feature::CooperativeMatrix),
            Self::All => true,
        }
    }
}

/// How long a process may take until its device is open.
const START: Duration = Duration::from_secs(30);

/// How long one kernel may take on a card: a quarter of the run, within these bounds. A search gives up after four seconds what it compiles itself.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(30);

/// How long one may take on a processor: half of the run, within these bounds. Beside a load lavapipe was seen to compile for 13 s.
const SHORTEST_IN_SOFTWARE: Duration = Duration::from_secs(20);
const LONGEST_IN_SOFTWARE: Duration = Duration::from_secs(60);

/// How long one kernel may take in a run of `budget`, so that time is left for what follows it.
fn limit(software: bool, budget: Seconds) -> Duration {
    let (parts, shortest, longest) =
        if software { (2.0, SHORTEST_IN_SOFTWARE, LONGEST_IN_SOFTWARE) } else { (4.0, SHORTEST, LONGEST) };
    Duration::from_secs_f64(budget.get() / parts).clamp(shortest, longest)
}

/// Asks a process that is started for it, by `command`.
pub struct Ahead<'a> {
    isolate: Isolate,
    beginning: Beginning,
    limit: Duration,
    /// Whether nobody waits any more.
    stop: &'a dyn Fn() -> bool,
    end: Cell<Option<Instant>>,
    command: fn() -> io::Result<Command>,
    folder: Option<PathBuf>,
    state: RefCell<State>,
}

struct State {
    survivors: Survivors,
    process: Option<Isolated>,
    /// A process that cannot be had is tried once.
    is_given_up: bool,
    /// What is asked of is to be timed on this.
    expected: Option<Problem>,
    /// The benchmark that the driver did not come back from last: the next kernels of it would take as long.
    endless: Option<&'static str>,
}

impl<'a> Ahead<'a> {
    /// A guard for runs by `plan` on `adapter`, with what it has survived before. `stop` ends it while it waits.
    pub fn new(isolate: Isolate, adapter: &Adapter, plan: &Plan, stop: &'a dyn Fn() -> bool) -> Self {
        let folder = cache_folder();
        let file = folder.as_ref().map(|folder| folder.join("survived.json"));
        let survivors = Survivors::open(file, adapter.clone(), plan.shaders);
        let (shaders, seed) = (plan.shaders, plan.seed);
        let beginning = Beginning { version: VERSION.to_owned(), adapter: adapter.clone(), shaders, seed };
        let state = RefCell::new(State { survivors, process: None, is_given_up: false, expected: None, endless: None });
        let limit = limit(adapter.software, plan.budget_s);
        Self { isolate, beginning, limit, stop, end: Cell::new(None), command: this_program, folder, state }
    }

    /// The same, which does not wait beyond `end`.
    #[must_use]
    pub fn ending(self, end: Instant) -> Self {
        Self { end: Cell::new(Some(end)), ..self }
    }

    fn is_over(&self) -> bool {
        (self.stop)() || self.end.get().is_some_and(|end| Instant::now() > end)
    }

    /// A process whose device is open; `None` where none can be had, which is said once.
    fn start(&self) -> Result<Option<Isolated>, Fault> {
        let failed = match (self.command)().and_then(Isolated::start) {
            Ok(mut process) => match process.ask(&self.beginning, START, &|| self.is_over()) {
                Ok(Answer::Ready) => return Ok(Some(process)),
                Ok(other) => format!("it said {other:?}"),
                Err(Silence::Stopped) => return Err(Fault::Interrupted),
                Err(silence) => told(&silence),
            },
            Err(error) => error.to_string(),
        };
        say(&format!(
            "warning: kernels are not tried in a process of their own first, so that a crash of the driver would end the run: {}",
            plain(&failed)
        ));
        Ok(None)
    }

    /// What is to be said of a `variant` that was not survived.
    fn words(&self, variant: &Variant, what: &str) -> String {
        let kept = match self.folder.as_deref().map(|folder| keep(folder, variant, &self.beginning.adapter, what)) {
            Some(Ok(path)) => format!("its kernel is kept in {}", below_home(&path)),
            Some(Err(error)) => format!("its kernel could not be kept: {error}"),
            None => "there is no folder to keep its kernel in".to_owned(),
        };
        format!("{what} while compiling or running {} {}; {kept}", variant.benchmark.id, variant.name())
    }
}

impl State {
    /// What `variant` is to survive beside the check.
    fn expects_of(&self, variant: &Variant) -> Option<Problem> {
        self.expected.filter(|_| variant.shape.is_new_ground())
    }
}

impl Guard for Ahead<'_> {
    fn put_off(&self, by: Duration) {
        self.end.set(self.end.get().map(|end| end + by));
    }

    fn knows(&self, variant: &Variant) -> bool {
        let harmless = variant.shader().is_none() || !self.isolate.concerns(variant.benchmark);
        let state = &mut *self.state.borrow_mut();
        let problem = state.expects_of(variant);
        harmless || state.is_given_up || state.survivors.knows(variant, problem.as_ref())
    }

    fn ask(&self, variant: &Variant) -> Result<(), Fault> {
        if self.state.borrow().endless == Some(variant.benchmark.id) {
            return Err(Fault::Untried("the driver did not come back from another one".to_owned()));
        }
        let running = self.state.borrow_mut().process.take();
        let started = match running {
            Some(process) => Some(process),
            None => self.start()?,
        };
        let state = &mut *self.state.borrow_mut();
        let Some(mut process) = started else {
            state.is_given_up = true;
            return Ok(());
        };
        let problem = state.expects_of(variant);
        let question = Question { benchmark: variant.benchmark.id.to_owned(), variant: variant.name(), problem };
        let asked = Instant::now();
        let what = match process.ask(&question, self.limit, &|| self.is_over()) {
            Ok(Answer::Survived | Answer::Ready) => {
                state.process = Some(process);
                state.survivors.add(variant, problem.as_ref());
                state.survivors.complaints().iter().for_each(|words| say(&format!("warning: {}", plain(words))));
                return Ok(());
            }
            Ok(Answer::Lost(why)) => why,
            Err(Silence::Stopped) => return Err(awaited(variant, asked.elapsed())),
            Err(silence) => {
                state.endless = matches!(silence, Silence::Endless(_)).then_some(variant.benchmark.id);
                told(&silence)
            }
        };
        Err(Fault::NotSurvived(self.words(variant, &what)))
    }

    fn expect(&self, problem: &Problem) {
        self.state.borrow_mut().expected = Some(*problem);
    }

    fn rest(&self) {
        let state = &mut *self.state.borrow_mut();
        (state.process, state.expected) = (None, None);
    }
}

/// Waits that are over before this are not worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(1);

/// The end of a run while the driver was at `variant`, which it may have compiled for long or never come back from.
fn awaited(variant: &Variant, waited: Duration) -> Fault {
    if waited < WORTH_A_WORD {
        return Fault::Interrupted;
    }
    let (id, name, seconds) = (variant.benchmark.id, variant.name(), waited.as_secs());
    Fault::InterruptedWait(format!(
        "for {seconds} s the driver had not come back from compiling or running {id} {name}"
    ))
}

pub(super) fn told(silence: &Silence) -> String {
    match silence {
        Silence::Crashed(how) => format!("the driver crashed ({how})"),
        Silence::Ended(how) => format!("the process that tries kernels ended with {how}"),
        Silence::Endless(limit) => format!("the driver did not come back within {} s", limit.as_secs()),
        Silence::Stopped => "interrupted".to_owned(),
    }
}

/// This program again, as the process that is sent ahead.
pub(super) fn this_program() -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(TRY_KERNELS);
    Ok(command)
}

/// Writes the text of `variant` below `folder`, for a report to the driver's makers.
fn keep(folder: &Path, variant: &Variant, adapter: &Adapter, what: &str) -> io::Result<PathBuf> {
    let folder = folder.join("crashed");
    std::fs::create_dir_all(&folder)?;
    let name = format!("{} {} {}", adapter.slug(), variant.benchmark.id, variant.name());
    let path = folder.join(name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_") + ".wgsl");
    let driver = plain(&format!("{} ({}): {}", adapter.name, adapter.backend, adapter.whole_driver()));
    let mut file = tempfile::NamedTempFile::new_in(&folder)?;
    writeln!(file, "// {}\n// {driver}\n// gpu-assay {VERSION}", plain(what))?;
    file.write_all(variant.wgsl().as_bytes())?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

/// A path without the name of the person whose it is: it goes into the record.
fn below_home(path: &Path) -> String {
    let below = dirs::home_dir().and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
    below.map_or_else(|| path.display().to_string(), |below| Path::new("~").join(below).display().to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::adapter::{AdapterKind, Backend, made};
    use crate::kernel::Target;
    use crate::plan::Effort;

    static ASKED: OnceLock<PathBuf> = OnceLock::new();

    /// Survives everything, and writes down what it is asked.
    fn surviving() -> io::Result<Command> {
        let mut command = Command::new("sh");
        let script =
            "read begin; echo '\"ready\"'; while read -r line; do echo \"$line\" >> \"$0\"; echo '\"survived\"'; done";
        command.args(["-c", script]).arg(ASKED.get().expect("the test has set it"));
        Ok(command)
    }

    /// Seeds of a product on matrix units: of subgroups, and of workgroups.
    fn seeds() -> [Variant; 2] {
        let workgroup_matrices = made::workgroup_matrices("f16", "f32");
        let target = Target { workgroup_matrices, ..Target::common() };
        let seeds = Benchmark::by_id("matmul/coop/f16-f32").expect("a benchmark").seeds(&target);
        [false, true].map(|new| *seeds.iter().find(|seed| seed.shape.is_new_ground() == new).expect("a seed"))
    }

    #[test]
    fn what_is_new_ground_has_to_survive_the_problem_of_the_search_as_well() {
        let folder = tempfile::tempdir().expect("a folder");
        let asked = ASKED.get_or_init(|| folder.path().join("asked"));
        let adapter = made::adapter("NVIDIA H100 80GB HBM3", AdapterKind::Discrete, Backend::Vulkan, (0x10de, 0x2330));
        let plan = Plan::new(Effort::Quick);
        let guard = Ahead::new(Isolate::Matrices, &adapter, &plan, &|| false);
        let guard = Ahead { command: surviving, folder: None, ..guard };
        guard.state.borrow_mut().survivors = Survivors::open(None, adapter.clone(), plan.shaders);
        let [tried, new] = seeds();
        let large = tried.benchmark.product(8192, 8192, 8192).expect("a product");
        let knows = || [tried, new].map(|variant| guard.knows(&variant));
        assert_eq!(guard.ask(&new), Ok(()));
        assert_eq!(knows(), [false, true], "no search has begun");
        guard.expect(&large);
        assert_eq!(knows(), [false, false], "on its problem it is not known");
        assert_eq!((guard.ask(&new), guard.ask(&tried)), (Ok(()), Ok(())));
        assert_eq!(knows(), [true, true]);
        guard.rest();
        assert_eq!(knows(), [true, true], "nothing is expected any more");
        let asked = std::fs::read_to_string(asked).expect("it was asked");
        let with_problem: Vec<bool> = asked.lines().map(|line| line.contains("8192")).collect();
        assert_eq!(with_problem, [false, true, false], "{asked}");
    }
}
