//! NVML itself, and which of its cards is wanted.

use std::path::PathBuf;

use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

use super::ask::why;
use crate::sensors::Wanted;

/// The first library of `names` that can be had; otherwise why not, of one that is there if there is one.
pub(super) fn load(names: &[PathBuf]) -> Result<Nvml, String> {
    let (mut absent, mut failed) = (None, None);
    for name in names {
        match Nvml::builder().lib_path(name.as_os_str()).init() {
            Ok(nvml) => return Ok(nvml),
            Err(NvmlError::LibloadingError(error)) => {
                absent.get_or_insert_with(|| format!("NVIDIA's library cannot be loaded: {error}"));
            }
            Err(error) => {
                failed.get_or_insert_with(|| format!("NVIDIA's library does not start: {}", why(&error)));
            }
        }
    }
    Err(failed.or(absent).unwrap_or_else(|| "NVIDIA's library is looked for nowhere".to_owned()))
}

/// The card at the address of `wanted`, else with its UUID; where neither is known, the only one that fits.
pub(super) fn device(nvml: &'static Nvml, wanted: &Wanted) -> Result<Device<'static>, String> {
    let by_address = wanted.pci_address.iter().map(|address| nvml.device_by_pci_bus_id(address.as_str()));
    let by_uuid = wanted.uuid.iter().map(|uuid| nvml.device_by_uuid(format!("GPU-{uuid}")));
    match by_address.chain(by_uuid).reduce(Result::or) {
        Some(found) => found.map_err(|error| format!("NVIDIA's library has no such card: {}", why(&error))),
        None => only(nvml, wanted),
    }
}

/// The one card that fits `wanted`.
fn only(nvml: &'static Nvml, wanted: &Wanted) -> Result<Device<'static>, String> {
    let count = nvml.device_count().map_err(|error| format!("NVIDIA's library counts no cards: {}", why(&error)))?;
    let cards = (0..count).filter_map(|index| nvml.device_by_index(index).ok());
    let mut fitting = cards.filter(|card| fits(card, wanted));
    let name = &wanted.name;
    match (fitting.next(), fitting.next()) {
        (Some(card), None) => Ok(card),
        (Some(_), Some(_)) => {
            Err(format!("several cards are called {name}, and the graphics driver does not say which of them it is"))
        }
        (None, _) => Err(format!("NVIDIA's library has no card that is called {name}")),
    }
}

/// Whether a card is of the wanted model: by its PCI ids, or by its name where graphics drivers do not tell ids.
fn fits(card: &Device<'_>, wanted: &Wanted) -> bool {
    if wanted.device_id != 0 {
        let ids = (wanted.device_id << 16) | wanted.vendor_id;
        return card.pci_info().is_ok_and(|pci| pci.pci_device_id == ids);
    }
    card.name().is_ok_and(|name| bare(&name) == bare(&wanted.name))
}

/// A name without the maker, which NVML once left out, and without what OpenGL appends (`/PCIe/SSE2`).
fn bare(name: &str) -> String {
    let name = name.split('/').next().unwrap_or_default().trim().to_lowercase();
    name.strip_prefix("nvidia ").unwrap_or(&name).to_owned()
}

/// A PCI address of NVML, whose domains have eight digits, as other drivers write it: in small letters, with four.
pub(super) fn short_address(address: &str) -> String {
    let address = address.to_lowercase();
    match address.strip_prefix("0000") {
        Some(short) if short.find(':') == Some(4) => short.to_owned(),
        _ => address,
    }
}
