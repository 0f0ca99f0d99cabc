//! The place of a card in its host: what Vulkan tells and wgpu leaves out.

use ash::vk;
use wgpu::hal;

/// What tells a card from an equal one.
#[derive(Default)]
pub(super) struct Place {
    /// Domain, bus, device and function, such as `0000:3b:00.0`.
    pub(super) pci_address: Option<String>,
    /// Such as `0116022a-9cd6-b0a9-6212-4cf5de3361a9`.
    pub(super) uuid: Option<String>,
}

/// The place of `adapter`, as far as its driver tells. wgpu takes an address without bus and device for none, and clouds put cards at `0001:00:00.0`.
///
/// `None` where `adapter` is not a Vulkan adapter, or one of Vulkan 1.0.
pub(super) fn of(adapter: &wgpu::Adapter) -> Option<Place> {
    let mut id = vk::PhysicalDeviceIDProperties::default();
    let mut bus = vk::PhysicalDevicePCIBusInfoPropertiesEXT::default();
    let mut properties = vk::PhysicalDeviceProperties2::default().push_next(&mut id);
    #[expect(unsafe_code, reason = "wgpu asks for no UUID")]
    // SAFETY: only asks, of an instance and a physical device that live as long as the adapter does, by a function of Vulkan 1.1.
    unsafe {
        let vulkan = adapter.as_hal::<hal::api::Vulkan>()?;
        let (instance, known) = (vulkan.shared_instance(), vulkan.physical_device_capabilities());
        if instance.instance_api_version().min(known.properties().api_version) < vk::API_VERSION_1_1 {
            return None;
        }
        // SwiftShader complains of a structure that it does not know.
        if known.supports_extension(ash::ext::pci_bus_info::NAME) {
            properties = properties.push_next(&mut bus);
        }
        instance.raw_instance().get_physical_device_properties2(vulkan.raw_physical_device(), &mut properties);
    }
    let numbers = [bus.pci_domain, bus.pci_bus, bus.pci_device, bus.pci_function];
    Some(Place { pci_address: address(numbers), uuid: uuid(id.device_uuid) })
}

/// `None` for the host's own bridge, which no card is: the driver told nothing.
fn address(numbers: [u32; 4]) -> Option<String> {
    let [domain, bus, device, function] = numbers;
    (numbers != [0; 4]).then(|| format!("{domain:04x}:{bus:02x}:{device:02x}.{function:x}"))
}

/// `None` where the driver told nothing.
fn uuid(bytes: [u8; 16]) -> Option<String> {
    let number = u128::from_be_bytes(bytes);
    let digits = format!("{number:032x}");
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    (number != 0).then(|| parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::{address, uuid};

    #[test]
    fn an_address_is_written_as_lspci_does() {
        assert_eq!(address([0, 0x3b, 0, 0]).as_deref(), Some("0000:3b:00.0"), "hexadecimal");
        assert_eq!(address([1, 0, 0, 0]).as_deref(), Some("0001:00:00.0"), "a domain of its own");
        assert_eq!(address([0; 4]), None, "nothing told");
    }

    #[test]
    fn a_uuid_is_written_in_five_parts() {
        let bytes = [1, 0x16, 2, 0x2a, 0x9c, 0xd6, 0xb0, 0xa9, 0x62, 0x12, 0x4c, 0xf5, 0xde, 0x33, 0x61, 0xa9];
        assert_eq!(uuid(bytes).as_deref(), Some("0116022a-9cd6-b0a9-6212-4cf5de3361a9"), "as nvidia-smi writes it");
        assert_eq!(uuid([0; 16]), None, "nothing told");
    }
}
