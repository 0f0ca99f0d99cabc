//! Tests that need what a machine may lack. `main` runs the functions it lists as libtest would, with its filters and threads; one whose need is
//! missing is reported as *ignored*, with the reason.

#![allow(dead_code, unused_imports, unused_macros, reason = "not every test file uses all of it")]

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// How a test ends that has not failed.
pub(crate) type Tested = Result<(), Missing>;

/// What a test needs and this machine lacks.
#[derive(Debug)]
pub(crate) struct Missing(String);

impl Missing {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// The same for what a machine may be known to have: where the environment sets `variable` to 1, the test fails.
    #[track_caller]
    pub(crate) fn unless_required(variable: &str, reason: impl Into<String>) -> Self {
        let missing = Self::new(reason);
        assert!(!is_required(variable), "{variable}=1, but {}", missing.0);
        missing
    }
}

/// Whether the environment says that what `variable` names is there.
pub(crate) fn is_required(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value == "1")
}

pub(crate) fn trial(name: &str, test: impl FnOnce() -> Tested + Send + 'static) -> Trial {
    Trial::ignorable_test(name, || {
        Ok(test().map_or_else(|missing| Completion::ignored_with(missing.0), |()| Completion::Completed))
    })
}

pub(crate) fn run(trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The trials of these functions, each under its own name.
macro_rules! trials {
    ($($(#[$attribute:meta])* $test:path),* $(,)?) => {
        Vec::from([$($(#[$attribute])* $crate::trials::trial(stringify!($test), $test)),*])
    };
}
pub(crate) use trials;
