//! Adapters, listed so that no driver can end the program over it: a driver that was not met before is listed in a process of its own first.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::drivers;
use super::guard::{Isolate, this_program, told};
use super::isolated::{Isolated, Silence};
use super::measuring::cache_folder;
use super::output::say;
use super::try_kernels::Answer;
use super::{VERSION, planted};
use crate::adapter::Backend;
use crate::device::{self, Driver, Found};
use crate::report::plain;
use crate::tune::kept;

/// How long a driver may take to list its device.
const LIMIT: Duration = Duration::from_secs(10);

/// A device to be listed, by another process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Listing {
    /// The program that asks.
    pub(super) version: String,
    /// As in [`Driver::identity`].
    pub(super) identity: String,
}

/// The adapters of `backends`, without those of drivers that do not survive the question; which these are is said.
pub(super) fn adapters(backends: &[Backend], isolate: Isolate) -> Vec<Found> {
    let mut known = Known::open();
    let mut may = |driver: &Driver| isolate == Isolate::None || known.has(driver) || known.learn(driver);
    device::enumerate_with(backends, &mut may)
}

/// The adapters of a process that was sent ahead over a device called `device`: nobody else's driver is asked that is not known.
pub(super) fn adapters_beside(device: &str, backends: &[Backend]) -> Vec<Found> {
    let known = Known::open();
    device::enumerate_with(backends, &mut |driver| driver.device == device || known.has(driver))
}

/// Lists the device that another process asks for, and may die over it.
pub(super) fn list(listing: &Listing) -> Answer {
    device::enumerate_with(&[Backend::Vulkan], &mut |driver| {
        let is_asked_for = driver.identity == listing.identity;
        if is_asked_for {
            planted::spring(&format!("listing {}", driver.device));
        }
        is_asked_for
    });
    Answer::Survived
}

/// The drivers that have survived.
struct Known {
    path: Option<PathBuf>,
    /// By [`Driver::identity`] the device's name, for people who look into the file.
    devices: BTreeMap<String, String>,
}

impl Known {
    /// What cannot be read is as good as empty: the drivers are asked again.
    fn open() -> Self {
        let path = cache_folder().map(|folder| folder.join("listed.json"));
        let devices = path.as_deref().and_then(|path| kept::read(path).ok()).unwrap_or_default();
        Self { path, devices }
    }

    fn has(&self, driver: &Driver) -> bool {
        self.devices.contains_key(&driver.identity)
    }

    /// Whether `driver` survives in another process. If no such process can be started, the driver is assumed to survive, and is asked here.
    fn learn(&mut self, driver: &Driver) -> bool {
        let silence = match ask(driver) {
            Ok(()) => {
                self.devices.insert(driver.identity.clone(), driver.device.clone());
                // If this cannot be kept, the next process asks again.
                let _ = self.path.as_deref().map(|path| kept::write(path, &self.devices));
                return true;
            }
            Err(silence @ (Silence::Crashed(_) | Silence::Endless(_))) => silence,
            Err(_) => return true,
        };
        let (device, driver) = (plain(&driver.device), plain(&driver.driver));
        say(&format!(
            "warning: {device} is left out of Vulkan: {} when it was asked what the device can do ({driver})",
            told(&silence)
        ));
        say(&format!("a newer driver may mend that, `--backend gl` do without it; {}", drivers::installed()));
        false
    }
}

fn ask(driver: &Driver) -> Result<(), Silence> {
    let ended = |error: io::Error| Silence::Ended(error.to_string());
    let mut process = this_program().and_then(Isolated::start).map_err(ended)?;
    let listing = Listing { version: VERSION.to_owned(), identity: driver.identity.clone() };
    process.ask::<Answer>(&listing, LIMIT, &|| false).map(drop)
}
