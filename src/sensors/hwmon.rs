//! The kernel's interface for hardware monitoring: where the files of a driver are, and which channel is which.

use std::path::{Path, PathBuf};

use super::sysfs;

/// No driver has more channels of one kind.
const CHANNELS: u32 = 32;

/// The folder with the files of `driver` for a PCI device. There may be others: of the tiles of a card, with the tile after the driver's name, of a
/// wireless part, or of a disk behind it.
pub(super) fn folder(device: &Path, driver: &str) -> Option<PathBuf> {
    let folders = sysfs::folders(&device.join("hwmon"), "hwmon");
    folders.into_iter().find(|folder| sysfs::text(&folder.join("name")).as_deref() == Some(driver))
}

/// The number of the channel of this kind (`temp`, `energy`, `power`) that has this label.
pub(super) fn labelled(folder: &Path, kind: &str, label: &str) -> Option<u32> {
    (1..=CHANNELS).find(|n| sysfs::text(&folder.join(format!("{kind}{n}_label"))).as_deref() == Some(label))
}
