//! `verify`: every kernel in every shape against the reference, without timing.

use super::Exit;
use super::measuring::{self, Ahead, Interrupt, KERNELS};
use super::output::{print, say};
use super::run::DeviceArguments;
use crate::measure::Device as _;
use crate::plan::{Effort, Plan};
use crate::record::Outcome;
use crate::report::plain;
use crate::suite::Suite;
use crate::tune::{Cache, Defect};

/// Check the answers of every kernel, in every shape that fits the device, without timing.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    device: DeviceArguments,
    /// Check only benchmarks whose id matches, such as `matmul/*`; may be repeated.
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let plan = Plan::new(Effort::Quick);
    let benchmarks = measuring::benchmarks(&arguments.only)?;
    let interrupt = Interrupt::listen()?;
    let mut gpu = measuring::open(arguments.device.choose()?, &plan, KERNELS)?;
    let stop = || interrupt.came();
    let mut cache = Cache::none();
    let guard = Ahead::new(arguments.device.isolate, gpu.adapter(), &plan, &stop);
    let mut suite = Suite::new(&mut gpu, &plan, &stop, &|_| {}, &mut cache).guarded(&guard);
    let (mut right, mut wrong, mut failed) = (0, 0, 0);
    for benchmark in benchmarks {
        let verifications = match suite.verify(benchmark) {
            Ok(verifications) => verifications,
            Err(entry) => {
                failed += usize::from(entry.outcome != Outcome::Unsupported);
                print(&format!("{:20} {}", benchmark.id, report_reason(&entry)))?;
                continue;
            }
        };
        for verification in verifications {
            let (count, words) = match &verification.result {
                Ok(()) => (&mut right, "right".to_owned()),
                Err(Defect::Wrong(what)) => (&mut wrong, format!("WRONG: {}", plain(what))),
                Err(Defect::Fault(fault)) => (&mut failed, format!("failed: {}", plain(&fault.to_string()))),
            };
            *count += 1;
            print(&format!("{:20} {:32} {words}", benchmark.id, verification.variant.name()))?;
        }
        if let Some(why) = suite.gone() {
            say(&format!("error: the device was lost, and {}; nothing more was tried", plain(why)));
            break;
        }
    }
    say(&format!("{right} right, {wrong} wrong, {failed} failed"));
    Ok(match (wrong, failed) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::Failed,
        _ => Exit::Wrong,
    })
}

fn report_reason(entry: &crate::record::Entry) -> String {
    format!("{}: {}", entry.outcome, plain(entry.why_unsound()))
}
