//! Files below `/sys`: small, each a value, and not always willing.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::telemetry::{LeftOut, Quantity};

/// No attribute is larger.
const LARGEST: u64 = 64 << 10;

/// A file that takes longer is not asked again: it would keep the others from being read.
const LONGEST: Duration = Duration::from_millis(200);

/// A file that is read again and again.
#[derive(Debug)]
pub(super) struct Attribute {
    path: PathBuf,
    what: Quantity,
    given_up: bool,
}

impl Attribute {
    /// The file at `path`, which tells `what`; `None` where there is none.
    pub(super) fn at(path: PathBuf, what: Quantity) -> Option<Self> {
        path.exists().then_some(Self { path, what, given_up: false })
    }

    /// Its bytes. A file that refuses or takes its time is noted, and not asked again.
    pub(super) fn bytes(&mut self, left_out: &mut LeftOut) -> Option<Vec<u8>> {
        if self.given_up {
            return None;
        }
        let start = Instant::now();
        let mut bytes = Vec::new();
        let read = File::open(&self.path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
        let took = start.elapsed();
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Err(error) = read {
            self.given_up = true;
            left_out.note(self.what, format!("{name}: {error}"));
            return None;
        }
        if took > LONGEST {
            self.given_up = true;
            left_out.note(self.what, format!("{name} took {:.1} s to read", took.as_secs_f64()));
        }
        Some(bytes)
    }

    /// Its text, without the end of the line.
    pub(super) fn text(&mut self, left_out: &mut LeftOut) -> Option<String> {
        let bytes = self.bytes(left_out)?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    /// Its number, in units of which `per_unit` make one.
    pub(super) fn number(&mut self, per_unit: f64, left_out: &mut LeftOut) -> Option<f64> {
        let text = self.text(left_out)?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Some(number / per_unit),
            _ => {
                self.given_up = true;
                let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                left_out.note(self.what, format!("{name} holds {:?}, which is no number", shortened(&text)));
                None
            }
        }
    }
}

/// The beginning of a foreign text.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// What a small file says, once; `None` where it cannot be read.
pub(super) fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The number in a small file, in units of which `per_unit` make one.
pub(super) fn number(path: &Path, per_unit: f64) -> Option<f64> {
    text(path)?.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number / per_unit)
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
