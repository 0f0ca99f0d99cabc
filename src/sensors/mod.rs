//! What reads a card's sensors: each maker's driver in a file of its own, and the thread that asks them. Nothing here fails: what cannot be read is left
//! out and named once.
//!
//! Under Windows only NVIDIA's cards are read: there is no well-kept crate for AMD's library (of `adlx` there is an alpha version of 2024) or Intel's.

mod amdgpu;
#[cfg(all(target_os = "macos", target_arch = "aarch64"))]
mod apple;
mod gpu_metrics;
mod hwmon;
mod intel;
mod link;
mod nvml;
mod pci;
mod sysfs;
mod thread;

use std::path::PathBuf;
use std::time::Duration;

use crate::adapter::Adapter;
use crate::telemetry::{Board, LeftOut, Quantity, Reading};

pub use pci::vendor_at;
pub use thread::Watch;

/// Readings that are further apart were interrupted: what counted on between them says nothing of the moment of the later one.
const INTERRUPTED: Duration = Duration::from_secs(1);

/// One card's sensors. They are asked on a thread of their own.
pub trait Sensors {
    /// What stays the same during a run.
    fn board(&mut self, left_out: &mut LeftOut) -> Board;

    /// What the card says now; the time is not theirs to fill in. What is absent is noted in `left_out` with the reason.
    fn read(&mut self, left_out: &mut LeftOut) -> Reading;
}

/// The card whose sensors are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Name as the graphics driver reports it.
    pub name: String,
    /// PCI vendor id.
    pub vendor_id: u32,
    /// PCI device id.
    pub device_id: u32,
    /// PCI address, such as `0000:01:00.0`, where it is known.
    pub pci_address: Option<String>,
    /// UUID without a prefix, where it is known.
    pub uuid: Option<String>,
}

impl From<&Adapter> for Wanted {
    fn from(adapter: &Adapter) -> Self {
        Self {
            name: adapter.name.clone(),
            vendor_id: adapter.vendor_id,
            device_id: adapter.device_id,
            pci_address: adapter.pci_address.clone(),
            uuid: adapter.uuid.clone(),
        }
    }
}

/// Where sensors are: other places than a system's are for tests.
#[derive(Debug, Clone)]
pub struct Places {
    /// The folder that Linux's drivers show themselves in.
    pub sys: PathBuf,
    /// NVIDIA's library, by the names under which it is looked for.
    pub nvml: Vec<PathBuf>,
}

impl Default for Places {
    fn default() -> Self {
        let names: &[&str] = if cfg!(windows) { &["nvml.dll"] } else { &["libnvidia-ml.so.1", "libnvidia-ml.so"] };
        Self { sys: "/sys".into(), nvml: names.iter().map(PathBuf::from).collect() }
    }
}

/// A clock in hertz that a driver states in megahertz.
fn hertz(megahertz: impl Into<f64>) -> f64 {
    megahertz.into() * 1e6
}

/// NVIDIA's PCI vendor id, and those of others.
pub const NVIDIA: u32 = 0x10de;
const AMD: u32 = 0x1002;
const INTEL: u32 = 0x8086;
#[cfg(all(target_os = "macos", target_arch = "aarch64"))]
const APPLE: u32 = 0x106b;

/// The sensors of `wanted`, where something reads them. Why not is noted.
pub fn open(wanted: &Wanted, places: &Places, left_out: &mut LeftOut) -> Option<Box<dyn Sensors>> {
    let has_sys = places.sys.is_dir();
    let why = match wanted.vendor_id {
        NVIDIA => return nvml::open(wanted, places, left_out),
        AMD if has_sys => return amdgpu::open(wanted, places, left_out),
        INTEL if has_sys => return intel::open(wanted, places, left_out),
        AMD | INTEL => "nothing is read of AMD's and Intel's cards on this system",
        // Metal knows no vendors.
        #[cfg(all(target_os = "macos", target_arch = "aarch64"))]
        0 | APPLE => return apple::open(wanted, left_out),
        // OpenGL may know none either; a guard, as the arm above has that number.
        unknown if unknown == 0 => "the graphics driver does not say whose card it is",
        _ => "no sensors are known for this maker's cards",
    };
    left_out.note(Quantity::All, why);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_that_is_not_read_has_its_reason() {
        let reason = |vendor_id| {
            let wanted = Wanted { name: "a card".to_owned(), vendor_id, device_id: 1, pci_address: None, uuid: None };
            let places = Places { sys: "/nonexistent".into(), nvml: Vec::new() };
            let mut left_out = LeftOut::default();
            assert!(open(&wanted, &places, &mut left_out).is_none());
            let noted: Vec<_> = left_out.iter().map(|(what, why)| (what, why.to_owned())).collect();
            let [(Quantity::All, why)] = &noted[..] else { panic!("{noted:?}") };
            why.clone()
        };
        assert_eq!(reason(NVIDIA), "NVIDIA's library is looked for nowhere");
        assert_eq!(reason(AMD), "nothing is read of AMD's and Intel's cards on this system");
        assert_eq!(reason(INTEL), reason(AMD));
        assert_eq!(reason(0x1ed5), "no sensors are known for this maker's cards");
        #[cfg(not(all(target_os = "macos", target_arch = "aarch64")))]
        assert_eq!(reason(0), "the graphics driver does not say whose card it is");
    }
}
