//! The laboratory: what the compilers of twenty GPUs make of gpu-assay's kernels, without any of the GPUs.

mod aims;
mod chips;
mod difference;
mod driver;
mod executable;
mod floors;
mod machine_code;
mod pairs;
mod predict;
mod quality;
mod request;
mod row;
mod sandbox;
mod table;

use std::io::Write as _;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};

use request::Request;

/// Machine code of gpu-assay's kernels on GPUs that are not there. Nothing executes: no timing, no correctness.
#[derive(Parser)]
#[command(name = "lab", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  lab table --kernel 'matmul/*' --chip ga100 --chip navi31
  lab asm --kernel matmul/f32 --variant 64x64x16/8x8 --chip ga100
  lab table --kernel matmul/f32 --replace 'i < A_LOADS' 'i < min(A_LOADS, params.m)'
  lab diff HEAD~3
  lab floors
  lab predict gh100 --against results/2026-11-28_nvidia-h100-80gb-hbm3_vulkan.json
  lab on ga100 devices";

#[derive(Subcommand)]
enum Verb {
    /// Figures of kernels on chips
    Table {
        #[command(flatten)]
        request: Request,
        /// A chip; may be repeated, all where left out
        #[arg(long = "chip", value_name = "CHIP")]
        chips: Vec<String>,
        /// As Markdown
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The assembly of one kernel on one chip
    Asm {
        #[command(flatten)]
        request: Request,
        #[arg(long, value_name = "CHIP")]
        chip: String,
        /// The compiler's intermediate texts as well
        #[arg(long)]
        all: bool,
    },
    /// What changed since a commit
    Diff {
        /// A revision that git knows
        revision: String,
        #[command(flatten)]
        request: Request,
        /// A chip; may be repeated, all where left out
        #[arg(long = "chip", value_name = "CHIP")]
        chips: Vec<String>,
    },
    /// Compare with floors.toml and aims.toml; exit code 1 where a figure fell or an aim is missed
    Floors {
        #[command(flatten)]
        request: Request,
        /// A chip; may be repeated, all where left out
        #[arg(long = "chip", value_name = "CHIP")]
        chips: Vec<String>,
        /// Write what is now as the floors, after `git diff` was looked at
        #[arg(long)]
        update: bool,
    },
    /// Regenerate the table of machine-code quality in shaders/README.md
    Readme,
    /// Run gpu-assay itself on a chip: every answer must be found wrong
    On {
        /// A chip, or `lavapipe`
        chip: String,
        /// Arguments of gpu-assay
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Interleaved pairs of runs on the default adapter: the same has to compare as the same, and what is slowed by 20 % as slower
    Pairs {
        /// How many
        #[arg(long, default_value_t = 10)]
        pairs: usize,
    },
    /// What each benchmark should reach on a card, and what limits it, from machine code and figures of the chip
    Predict(predict::Arguments),
    /// List the chips
    Chips,
    /// Compile where a chip answers
    #[command(hide = true)]
    Compile {
        #[arg(long)]
        from: usize,
        request: String,
    },
    /// gpu-assay's own command line
    #[command(hide = true)]
    Product {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    // The product starts its own program once more, which is this one.
    if std::env::args().nth(1).is_some_and(|verb| verb == gpu_assay::cli::TRY_KERNELS) {
        return gpu_assay::cli::main();
    }
    match run(Arguments::parse().verb) {
        Ok(code) => code,
        Err(error) => {
            // If even stderr is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Table { request, chips, markdown, json } => {
            let rows = sandbox::rows(&chips::select(&chips)?, &request)?;
            let text = if json { serde_json::to_string_pretty(&rows)? + "\n" } else { table::render(&rows, markdown) };
            say(&text)
        }
        Verb::Asm { request, chip, all } => {
            let chip = chips::select(&[chip])?[0];
            let executable = sandbox::executable(chip, &request)?;
            let assembly = executable.texts.len().saturating_sub(1);
            let texts = &executable.texts[if all { 0 } else { assembly }..];
            say(&texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n"))
        }
        Verb::Diff { revision, request, chips } => {
            let now = sandbox::rows(&chips::select(&chips)?, &request)?;
            say(&difference::render(&difference::rows_at(&revision, &request, &chips)?, &now))
        }
        Verb::Floors { request, chips, update } => check_floors(&request, &chips, update),
        Verb::Readme => {
            let rows = sandbox::rows(&chips::all(), &Request::default())?;
            quality::write(&rows)?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::On { chip, arguments } => on(&chip, &arguments),
        Verb::Pairs { pairs } => pairs::run(pairs).map(|()| ExitCode::SUCCESS),
        Verb::Predict(arguments) => say(&predict::run(&arguments)?),
        Verb::Chips => {
            say(&chips::all().iter().map(|chip| format!("{} ({})\n", chip.name, chip.family())).collect::<String>())
        }
        Verb::Compile { from, request } => {
            sandbox::compile(from, &serde_json::from_str(&request)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Product { arguments } => {
            Ok(gpu_assay::cli::main_with(std::iter::once("gpu-assay".to_owned()).chain(arguments)))
        }
    }
}

fn check_floors(request: &Request, chips: &[String], update: bool) -> anyhow::Result<ExitCode> {
    let rows = sandbox::rows(&chips::select(chips)?, request)?;
    let complete = chips.is_empty() && request.is_everything();
    let path = floors::path();
    if update {
        let mut floors = if complete { floors::Floors::new() } else { floors::load(&path)? };
        for (name, chips) in floors::of(&rows) {
            floors.entry(name).or_default().extend(chips);
        }
        std::fs::write(&path, floors::print(&floors)?).with_context(|| format!("cannot write {}", path.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let findings = floors::compare(&floors::load(&path)?, &rows, complete);
    let missed = if complete { aims::missed(&rows)? } else { Vec::new() };
    let mut text = String::new();
    for line in &findings.fallen {
        text += &format!("fell: {line}\n");
    }
    for line in &missed {
        text += &format!("missed: {line}\n");
    }
    for line in &findings.risen {
        text += &format!("rose: {line}\n");
    }
    if !findings.risen.is_empty() {
        text += "figures rose: raise the floors with `lab floors --update`\n";
    }
    let (fallen, risen) = (findings.fallen.len(), findings.risen.len());
    text += &format!("{} rows, {fallen} figures fell, {risen} rose, {} aims missed\n", rows.len(), missed.len());
    say(&text)?;
    Ok(if findings.fallen.is_empty() && missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// gpu-assay's command line is this program's as well, so that both are always of one build.
fn on(chip: &str, arguments: &[String]) -> anyhow::Result<ExitCode> {
    if chip != "lavapipe" {
        chips::select(&[chip.to_owned()])?;
    }
    let this = std::env::current_exe().context("this program's own path")?;
    let mut command = Command::new(sandbox::root_script());
    let status = command.args(["run", chip]).arg(this).arg("product").args(arguments).status()?;
    match status.code() {
        Some(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(1))),
        None => bail!("{status}"),
    }
}

/// A reader that has seen enough is no fault.
fn say(text: &str) -> anyhow::Result<ExitCode> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
