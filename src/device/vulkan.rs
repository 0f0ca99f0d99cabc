//! Opens a Vulkan device without robust buffer access, which wgpu always asks for where it can be had.
//!
//! With it a driver puts a check before each 32-bit part of an access where the hardware has none: Mesa's compiler for NVIDIA turns a
//! load of 128 bits into four loads with four branches. The kernels here never leave their buffers, so that only a measurement with
//! checks wants it.

use ash::vk;
use wgpu::hal;

/// Opens a device as wgpu would, without robust buffer access and with `extensions` added. `create` calls the driver.
///
/// `None` where `adapter` is not a Vulkan adapter.
///
/// # Errors
/// Where the driver refuses.
///
/// # Safety
/// `create` must make a device of the instance and the physical device that it is given, with at least what the structure asks for;
/// shaders must not leave their buffers.
#[expect(unsafe_code, reason = "Vulkan is called beside wgpu, as wgpu-hal's own code does it")]
pub unsafe fn open(
    adapter: &wgpu::Adapter,
    descriptor: &wgpu::DeviceDescriptor<'_>,
    extensions: &[&'static std::ffi::CStr],
    create: impl FnOnce(&ash::Instance, vk::PhysicalDevice, vk::DeviceCreateInfo<'_>) -> Result<ash::Device, vk::Result>,
) -> Option<Result<(wgpu::Device, wgpu::Queue), String>> {
    // SAFETY: only what was made from this adapter is used with it.
    let vulkan = unsafe { adapter.as_hal::<hal::api::Vulkan>() }?;
    let wanted = descriptor.required_features;
    let mut names = vulkan.required_device_extensions(wanted);
    names.retain(|name| *name != ash::ext::robustness2::NAME);
    let mut features = vulkan.physical_device_features(&names, wanted);
    names.extend(extensions);
    let queues = [vk::DeviceQueueCreateInfo::default().queue_family_index(QUEUE_FAMILY).queue_priorities(&[1.0])];
    let pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).enabled_extension_names(&pointers);
    let info = features.add_to_device_create(info);
    // SAFETY: wgpu-hal has just set it to its own structure.
    let core = unsafe { vk::PhysicalDeviceFeatures { robust_buffer_access: vk::FALSE, ..*info.p_enabled_features } };
    let info = info.enabled_features(&core);
    let made = create(vulkan.shared_instance().raw_instance(), vulkan.raw_physical_device(), info);
    Some(made.map_err(|error| error.to_string()).and_then(|device| {
        let (limits, hints) = (&descriptor.required_limits, &descriptor.memory_hints);
        // SAFETY: made from this adapter with these extensions and features, and handed over once.
        unsafe {
            let open = vulkan.device_from_raw(device, None, &names, wanted, limits, hints, QUEUE_FAMILY, 0);
            let open = open.map_err(|error| error.to_string())?;
            adapter.create_device_from_hal(open, descriptor).map_err(|error| error.to_string())
        }
    }))
}

/// wgpu uses the first family as well.
const QUEUE_FAMILY: u32 = 0;
