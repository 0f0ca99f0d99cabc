//! How much memory a device has, and how much of it nobody uses: wgpu tells neither, Vulkan does.

use std::ffi::CStr;

use ash::vk;
use wgpu::hal;

use crate::adapter::Memory;

/// The largest heap of the device's own: buffers of one benchmark lie in one heap.
///
/// `None` where `adapter` is not a Vulkan adapter or has no such heap.
pub(super) fn memory(adapter: &wgpu::Adapter) -> Option<Memory> {
    let mut budget = vk::PhysicalDeviceMemoryBudgetPropertiesEXT::default();
    let mut properties = vk::PhysicalDeviceMemoryProperties2::default();
    #[expect(unsafe_code, reason = "wgpu does not ask")]
    // SAFETY: only asks, of an instance and a physical device that live as long as the adapter does; the structure is there for drivers that know it.
    let tells = unsafe {
        let vulkan = adapter.as_hal::<hal::api::Vulkan>()?;
        let (instance, device) = (vulkan.shared_instance().raw_instance(), vulkan.raw_physical_device());
        let extensions = instance.enumerate_device_extension_properties(device).unwrap_or_default();
        let tells = extensions.iter().any(|one| is_named(one, ash::ext::memory_budget::NAME));
        if tells {
            properties = properties.push_next(&mut budget);
        }
        instance.get_physical_device_memory_properties2(device, &mut properties);
        tells
    };
    let properties = properties.memory_properties;
    let heaps = properties.memory_heaps_as_slice().iter().enumerate();
    let own = heaps.filter(|(_, heap)| heap.flags.contains(vk::MemoryHeapFlags::DEVICE_LOCAL));
    let (index, heap) = own.max_by_key(|(_, heap)| heap.size)?;
    // What the driver grants this process, less what it has already. Some drivers grant more than there is.
    let free = budget.heap_budget[index].saturating_sub(budget.heap_usage[index]).min(heap.size);
    Some(Memory { heap_bytes: heap.size, free_bytes: tells.then_some(free) })
}

fn is_named(extension: &vk::ExtensionProperties, name: &CStr) -> bool {
    extension.extension_name_as_c_str().is_ok_and(|own| own == name)
}
