//! Which PCI device a card is.

use std::path::{Path, PathBuf};

use super::{Places, Wanted, sysfs};
use crate::telemetry::{LeftOut, Quantity};

/// A PCI device and the kernel driver that holds it.
pub(super) struct Device {
    /// PCI address, such as `0000:01:00.0`.
    pub(super) address: String,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Name of the driver.
    pub(super) driver: &'static str,
}

/// The PCI vendor id of the device at `address`, where the kernel shows one.
pub fn vendor_at(places: &Places, address: &str) -> Option<u32> {
    let text = sysfs::text(&sysfs::pci_device(&places.sys, address).join("vendor"))?;
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// The device that `wanted` is, if one of `drivers` holds it. Without an address it is the only one of its vendor and device id; of several none is
/// taken, as any may be the one that is measured. Why there is none is noted.
pub(super) fn device(wanted: &Wanted, sys: &Path, drivers: &[&'static str], left_out: &mut LeftOut) -> Option<Device> {
    let found = match &wanted.pci_address {
        Some(address) => held(sysfs::pci_device(sys, address), drivers)
            .ok_or_else(|| format!("the driver {} does not hold {address}", drivers.join(" or "))),
        None => only(wanted, sys, drivers),
    };
    found.map_err(|why| left_out.note(Quantity::All, why)).ok()
}

/// The only device like `wanted`, or why there is none.
fn only(wanted: &Wanted, sys: &Path, drivers: &[&'static str]) -> Result<Device, String> {
    let all = sysfs::folders(&sys.join("bus/pci/devices"), "");
    let alike = all.into_iter().filter(|folder| is_like(wanted, folder));
    let mut alike: Vec<Device> = alike.filter_map(|folder| held(folder, drivers)).collect();
    match (alike.pop(), alike.len()) {
        (Some(device), 0) => Ok(device),
        (Some(_), others) => {
            Err(format!("{} cards are alike, and the graphics driver does not say which it uses", others + 1))
        }
        (None, _) => Err(format!("the driver {} holds no such card", drivers.join(" or "))),
    }
}

/// The device of `folder`, if one of `drivers` holds it.
fn held(folder: PathBuf, drivers: &[&'static str]) -> Option<Device> {
    let named = field(&folder, "DRIVER")?;
    let driver = drivers.iter().copied().find(|driver| *driver == named)?;
    Some(Device { address: folder.file_name()?.to_string_lossy().into_owned(), folder, driver })
}

/// Whether vendor and device id are those of `wanted`; OpenGL gives no device id, which then matches any.
fn is_like(wanted: &Wanted, folder: &Path) -> bool {
    let Some(ids) = field(folder, "PCI_ID") else { return false };
    let id = |text: &str| u32::from_str_radix(text, 16).ok();
    let Some((vendor, device)) = ids.split_once(':').and_then(|(vendor, device)| Some((id(vendor)?, id(device)?)))
    else {
        return false;
    };
    vendor == wanted.vendor_id && (wanted.device_id == 0 || device == wanted.device_id)
}

/// A line of a device's `uevent` file, as `DRIVER=xe` or `PCI_ID=8086:E20B`.
fn field(folder: &Path, name: &str) -> Option<String> {
    let text = sysfs::text(&folder.join("uevent"))?;
    text.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix('=')?.trim().to_owned()))
}
