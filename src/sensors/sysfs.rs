//! Files below `/sys`: small, each a value, and not always willing.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::telemetry::{LeftOut, Quantity};

/// No attribute is larger.
const LARGEST: u64 = 64 << 10;

/// A file that takes longer keeps the others from being read.
const LONGEST: Duration = Duration::from_millis(200);

/// A file that took longer this often in a row is not asked again. A single time says nothing: many kernels wake a card that sleeps before they answer
/// (`pm_runtime_get_sync` in `amdgpu_pm.c`).
const SLOW: u32 = 3;

/// A file that is read again and again.
#[derive(Debug)]
pub(super) struct Attribute {
    path: PathBuf,
    what: Quantity,
    given_up: bool,
    /// How often in a row it took longer than [`LONGEST`].
    slow: u32,
    /// How often it was refused because the card slept; `None` once it was read.
    slept: Option<u32>,
}

/// `EPERM` on every Unix: what amdgpu answers for a card that its runtime power management put to sleep (`amdgpu_pm_get_access_if_active` of `amdgpu_pm.c`).
/// What a user may not open is refused with `EACCES`.
const ASLEEP: i32 = 1;

/// A card that never answered in two seconds is said to sleep.
const SLEEPS: u32 = 20;

impl Attribute {
    /// The file at `path`, which tells `what`; `None` where there is none.
    pub(super) fn at(path: PathBuf, what: Quantity) -> Option<Self> {
        path.exists().then_some(Self { path, what, given_up: false, slow: 0, slept: Some(0) })
    }

    /// Whether it is not asked any more.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Its bytes. A file that refuses or takes its time again and again is noted, and not asked again; that of a card that sleeps is.
    pub(super) fn bytes(&mut self, left_out: &mut LeftOut) -> Option<Vec<u8>> {
        if self.given_up {
            return None;
        }
        let start = Instant::now();
        let mut bytes = Vec::new();
        let read = open(&self.path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
        let took = start.elapsed();
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Err(error) = read {
            self.refused(&error, &name, left_out);
            return None;
        }
        self.slept = None;
        self.timed(took, &name, left_out);
        Some(bytes)
    }

    /// Gives it up where it took too long too often.
    fn timed(&mut self, took: Duration, name: &str, left_out: &mut LeftOut) {
        self.slow = if took > LONGEST { self.slow + 1 } else { 0 };
        if self.slow == SLOW {
            self.given_up = true;
            left_out.note(
                self.what,
                format!("{name} took {:.1} s to read, and did so again and again", took.as_secs_f64()),
            );
        }
    }

    fn refused(&mut self, error: &io::Error, name: &str, left_out: &mut LeftOut) {
        if error.raw_os_error() != Some(ASLEEP) {
            self.given_up = true;
            left_out.note(self.what, format!("{name}: {error}"));
        } else if let Some(slept) = &mut self.slept {
            *slept = slept.saturating_add(1);
            if *slept == SLEEPS {
                left_out.note(self.what, format!("{name}: the card slept"));
            }
        }
    }

    /// Its text, without the end of the line.
    pub(super) fn text(&mut self, left_out: &mut LeftOut) -> Option<String> {
        let bytes = self.bytes(left_out)?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// Its number, in units of which `per_unit` make one.
    pub(super) fn number(&mut self, per_unit: f64, left_out: &mut LeftOut) -> Option<f64> {
        let text = self.text(left_out)?;
        let number = parsed(&text, per_unit);
        if number.is_none() {
            self.given_up = true;
            let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            left_out.note(self.what, format!("{name} holds {:?}, which is no number", shortened(&text)));
        }
        number
    }
}

/// The beginning of a foreign text.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Opens a file. What is none, such as a pipe, would have to be waited for.
fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() { File::open(path) } else { Err(io::Error::other("not a file")) }
}

/// What a small file says, once; `None` where it cannot be read.
pub(super) fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The number in a small file, in units of which `per_unit` make one.
pub(super) fn number(path: &Path, per_unit: f64) -> Option<f64> {
    parsed(&text(path)?, per_unit)
}

/// The number that a text is.
fn parsed(text: &str, per_unit: f64) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number / per_unit)
}

/// The folders in `folder` whose names begin with `start`, in the order of their names.
pub(super) fn folders(folder: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(start))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// The folder of the PCI device at `address`.
pub(super) fn pci_device(sys: &Path, address: &str) -> PathBuf {
    sys.join("bus/pci/devices").join(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_that_wakes_slowly_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("freq1_input");
        fs::write(&path, "2371000000\n").unwrap();
        let mut left_out = LeftOut::default();
        let mut file = Attribute::at(path, Quantity::CoreClock).unwrap();
        let [slow, fast] = [2 * LONGEST, LONGEST / 2];
        for took in [slow, slow, fast, slow, slow] {
            file.timed(took, "freq1_input", &mut left_out);
            assert!(!file.is_given_up(), "it was given up");
        }
        assert_eq!(left_out.iter().count(), 0);
        file.timed(slow, "freq1_input", &mut left_out);
        let why = "freq1_input took 0.4 s to read, and did so again and again";
        assert_eq!(left_out.iter().next(), Some((Quantity::CoreClock, why)));
        assert_eq!(file.number(1e6, &mut left_out), None);
    }

    #[test]
    fn card_that_sleeps_is_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("freq1_input");
        fs::write(&path, "2371000000\n").unwrap();
        let mut left_out = LeftOut::default();
        let mut file = Attribute::at(path, Quantity::CoreClock).unwrap();
        let asleep = io::Error::from_raw_os_error(ASLEEP);
        for _ in 1..SLEEPS {
            file.refused(&asleep, "freq1_input", &mut left_out);
        }
        assert_eq!(left_out.iter().count(), 0);
        file.refused(&asleep, "freq1_input", &mut left_out);
        assert_eq!(left_out.iter().next(), Some((Quantity::CoreClock, "freq1_input: the card slept")));
        assert_eq!(file.number(1e6, &mut left_out), Some(2371.0));
        let mut left_out = LeftOut::default();
        (0..2 * SLEEPS).for_each(|_| file.refused(&asleep, "freq1_input", &mut left_out));
        assert_eq!(left_out.iter().count(), 0, "it was read before");
        assert!(!file.is_given_up(), "it was given up");
        file.refused(&io::Error::from_raw_os_error(13), "freq1_input", &mut left_out);
        assert!(file.is_given_up(), "it was not given up");
        assert_eq!(file.number(1e6, &mut left_out), None);
    }
}
