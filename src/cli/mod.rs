//! The command line: one verb, one file. Only here, in `main.rs` and in the bench is anything printed or an exit code chosen.

mod cards;
#[cfg(feature = "gpu")]
mod choices;
mod compare;
mod completions;
mod exit;
mod inventory;
mod judge;
mod matrix;
mod nearest;
#[cfg(feature = "gpu")]
mod neighbour;
mod output;
#[cfg(feature = "html")]
mod pages;
mod reference_arguments;
mod report;
mod rules;

#[cfg(feature = "gpu")]
mod cooling;
#[cfg(feature = "gpu")]
mod devices;
#[cfg(feature = "gpu")]
mod drivers;
#[cfg(feature = "gpu")]
mod guard;
#[cfg(feature = "gpu")]
mod interrupt;
#[cfg(feature = "gpu")]
mod isolated;
#[cfg(feature = "gpu")]
mod listing;
#[cfg(feature = "gpu")]
pub mod measuring;
#[cfg(feature = "gpu")]
mod planted;
#[cfg(feature = "gpu")]
mod progress;
#[cfg(feature = "gpu")]
mod run;
#[cfg(test)]
mod schemas;
#[cfg(feature = "gpu")]
mod second_blocks;
#[cfg(feature = "gpu")]
mod sensors;
mod shaders;
#[cfg(feature = "gpu")]
mod try_kernels;
#[cfg(feature = "gpu")]
mod under_load;
#[cfg(feature = "gpu")]
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::threads::on_deep_stack;
pub use exit::{Exit, of_record};
#[cfg(feature = "gpu")]
pub use try_kernels::TRY_KERNELS;

/// Measures what a GPU really does, checks every answer, and judges the result against the A100 and the export-control thresholds.
#[derive(Debug, Parser)]
#[command(name = "gpu-assay", version, long_version = VERSION, about, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// The version with what decides how kernels are compiled.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (git ",
    env!("GPU_ASSAY_REVISION"),
    ", wgpu ",
    env!("GPU_ASSAY_WGPU"),
    ", naga ",
    env!("GPU_ASSAY_NAGA"),
    ")"
);

const EXAMPLES: &str = "\
Examples:
  gpu-assay devices                      list the GPUs
  gpu-assay run --quick                  measure the default GPU, keep a record, judge it
  gpu-assay judge results/RECORD.json    judge a record
  gpu-assay report results/RECORD.json   show a record
  gpu-assay report results/RECORD.json --html report.html    show it as a page with plots
  gpu-assay compare OLD.json NEW.json    see whether anything became slower

Exit codes:
  0 done (judge: not restricted)    10 restricted (compare: something is slower)
  1 failed, or data conflict        11 undecided, or a software renderer
  2 usage                           20 an answer was wrong";

#[derive(Debug, Subcommand)]
enum Verb {
    #[cfg(feature = "gpu")]
    Devices(devices::Arguments),
    #[cfg(feature = "gpu")]
    Run(run::Arguments),
    #[cfg(feature = "gpu")]
    Verify(verify::Arguments),
    #[cfg(feature = "gpu")]
    TryKernels(try_kernels::Arguments),
    Shaders(shaders::Arguments),
    Judge(Box<judge::Arguments>),
    Report(report::Arguments),
    Compare(compare::Arguments),
    Cards(cards::Arguments),
    Rules(rules::Arguments),
    Completions(completions::Completions),
    Man(completions::Man),
}

/// Runs what this process's arguments ask for.
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// Runs what `arguments` ask for; the first is the program's name.
pub fn main_with(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let verb = Arguments::parse_from(arguments).verb;
    match on_deep_stack(|| run_verb(&verb)) {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error),
    }
}

fn run_verb(verb: &Verb) -> anyhow::Result<Exit> {
    match verb {
        #[cfg(feature = "gpu")]
        Verb::Devices(arguments) => devices::run(arguments),
        #[cfg(feature = "gpu")]
        Verb::Run(arguments) => run::run(arguments),
        #[cfg(feature = "gpu")]
        Verb::Verify(arguments) => verify::run(arguments),
        #[cfg(feature = "gpu")]
        Verb::TryKernels(arguments) => try_kernels::run(arguments),
        Verb::Shaders(arguments) => shaders::run(arguments),
        Verb::Judge(arguments) => judge::run(arguments),
        Verb::Report(arguments) => report::run(arguments),
        Verb::Compare(arguments) => compare::run(arguments),
        Verb::Cards(arguments) => cards::run(arguments),
        Verb::Rules(arguments) => rules::run(arguments),
        Verb::Completions(arguments) => completions::completions(arguments),
        Verb::Man(arguments) => completions::man(arguments),
    }
}
