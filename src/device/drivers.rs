//! Vulkan drivers before they are asked all that wgpu asks while it lists adapters: AMDVLK was seen to crash over the shapes of its matrix units (its issue
//! 422), and a crash ends the process.

use ash::vk;
use wgpu::hal;

use super::Driver;

/// The adapters of `instance` that `may` be listed; `None` where wgpu may list all of them, as it does.
pub(super) fn adapters(instance: &wgpu::Instance, may: &mut dyn FnMut(&Driver) -> bool) -> Option<Vec<wgpu::Adapter>> {
    #[expect(unsafe_code, reason = "wgpu lists all adapters or none")]
    // SAFETY: the instance is wgpu's own, and lives as long as what is asked of it here.
    let vulkan = unsafe { instance.as_hal::<hal::api::Vulkan>() }?;
    let raw = vulkan.shared_instance().raw_instance();
    #[expect(unsafe_code, reason = "as above")]
    // SAFETY: only asks.
    let devices = unsafe { raw.enumerate_physical_devices() }.ok()?;
    let answers: Vec<bool> = devices.iter().map(|device| may(&driver_of(raw, *device))).collect();
    if answers.iter().all(|may| *may) {
        return None;
    }
    let allowed = devices.into_iter().zip(answers).filter_map(|(device, may)| may.then_some(device));
    let exposed = allowed.filter_map(|device| vulkan.expose_adapter(device));
    #[expect(unsafe_code, reason = "as above")]
    // SAFETY: made from this instance.
    let adapter = |exposed| unsafe { instance.create_adapter_from_hal::<hal::api::Vulkan>(exposed) };
    Some(exposed.map(adapter).collect())
}

/// Why the Vulkan loader, the library that finds drivers, cannot be used; `None` where it can.
pub fn loader_is_missing() -> Option<String> {
    #[expect(unsafe_code, reason = "loads a library")]
    // SAFETY: the one that wgpu loads as well.
    unsafe { ash::Entry::load() }.err().map(|error| error.to_string())
}

/// The driver of `device`, by what is harmless to ask.
#[expect(unsafe_code, reason = "wgpu asks all questions at once")]
fn driver_of(instance: &ash::Instance, device: vk::PhysicalDevice) -> Driver {
    // SAFETY: only asks, of a device of this instance.
    let own = unsafe { instance.get_physical_device_properties(device) };
    let mut driver = vk::PhysicalDeviceDriverProperties::default();
    if own.api_version >= vk::API_VERSION_1_2 {
        let mut all = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
        // SAFETY: the same.
        unsafe { instance.get_physical_device_properties2(device, &mut all) };
    }
    let text =
        |text: Result<&std::ffi::CStr, _>| text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    let (name, maker) = (text(own.device_name_as_c_str()), text(driver.driver_name_as_c_str()));
    let driver = format!("{maker} {}", text(driver.driver_info_as_c_str())).trim().to_owned();
    let numbers = [own.vendor_id, own.device_id, own.driver_version, own.api_version];
    let build = u128::from_be_bytes(own.pipeline_cache_uuid);
    Driver { identity: format!("{name}; {driver}; {numbers:x?}; {build:032x}"), device: name, driver }
}
