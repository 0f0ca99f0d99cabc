//! Progress of a run on stderr. Nothing is drawn while something is timed, only between two steps.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::say;
use crate::benchmark::Benchmark;

/// Lines on stderr, and below them a bar with the time left where stderr is a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Progress over `benchmarks`, each as long as its weight; none where `quiet`.
    pub(super) fn over(benchmarks: &[&Benchmark], quiet: bool) -> Self {
        let weight = benchmarks.iter().map(|benchmark| u64::from(benchmark.kind.weight())).sum();
        let bar = (!quiet).then(|| ProgressBar::new(weight));
        if let Some(bar) = &bar {
            let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta} left  {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        Self { bar }
    }

    /// A line that stays. The bar, which nothing else redraws, follows below it.
    pub(super) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.println(text),
            Some(_) => say(text),
            None => {}
        }
    }

    /// What is being done now.
    pub(super) fn step(&self, what: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.set_message(what.to_owned()),
            Some(_) => say(&format!("  {what} …")),
            None => {}
        }
    }

    /// A benchmark is done.
    pub(super) fn done(&self, benchmark: &Benchmark) {
        if let Some(bar) = &self.bar {
            bar.inc(u64::from(benchmark.kind.weight()));
        }
    }

    /// All is done: the bar goes away, and how long it took is said.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            let took = Duration::from_secs(bar.elapsed().as_secs());
            bar.finish_and_clear();
            say(&format!("measured in {} s", took.as_secs()));
        }
    }
}
