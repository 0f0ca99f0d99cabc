//! Vulkan beside wgpu: matrix shapes, types of matrices and bits of timestamps that wgpu leaves out, and a device without robust buffer access, which wgpu always
//! asks for where it can be had.
//!
//! With that a driver puts a check before each 32-bit part of an access where the hardware has none: Mesa's compiler for NVIDIA turns a
//! load of 128 bits into four loads with four branches. The kernels here never leave their buffers, so that only a measurement with
//! checks wants it.

use ash::vk;
use wgpu::hal;

use super::narrow::Narrow;
use super::spirv::TakesSpirv;
use crate::adapter::MatrixShape;
use crate::measure::ShaderChecks;

/// Opens a device as wgpu would, with the types of matrices that it leaves out, with `extensions` added, and without robust buffer access unless `shaders` are
/// to be checked. `create` calls the driver.
///
/// `None` where `adapter` is not a Vulkan adapter.
///
/// # Errors
/// Fails if the driver refuses.
///
/// # Safety
/// `create` must make a device of the instance and the physical device that it is given, with at least what the structure asks for;
/// shaders that are not checked must not leave their buffers.
#[expect(unsafe_code, reason = "Vulkan is called beside wgpu, as wgpu-hal's own code does it")]
pub unsafe fn open(
    adapter: &wgpu::Adapter,
    descriptor: &wgpu::DeviceDescriptor<'_>,
    shaders: ShaderChecks,
    extensions: &[&'static std::ffi::CStr],
    create: impl FnOnce(&ash::Instance, vk::PhysicalDevice, vk::DeviceCreateInfo<'_>) -> Result<ash::Device, vk::Result>,
) -> Option<Result<(wgpu::Device, wgpu::Queue), String>> {
    // SAFETY: only what was made from this adapter is used with it.
    let vulkan = unsafe { adapter.as_hal::<hal::api::Vulkan>() }?;
    let wanted = descriptor.required_features;
    let mut names = vulkan.required_device_extensions(wanted);
    let checked = shaders == ShaderChecks::Checked;
    names.retain(|name| checked || *name != ash::ext::robustness2::NAME);
    let mut features = vulkan.physical_device_features(&names, wanted);
    names.extend(extensions);
    let narrow = Narrow::of(adapter);
    names.extend(narrow.extensions());
    let (mut bfloat16, mut float8) = (narrow.bfloat16(), narrow.float8());
    let workgroup_matrices = !super::matrix2::workgroup_matrices(adapter).is_empty();
    names.extend(workgroup_matrices.then_some(super::matrix2::NAME));
    let mut matrix2 = super::matrix2::Features::new(workgroup_matrices);
    let queues = [vk::DeviceQueueCreateInfo::default().queue_family_index(QUEUE_FAMILY).queue_priorities(&[1.0])];
    let pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).enabled_extension_names(&pointers);
    let mut info = features.add_to_device_create(info);
    info = if let Some(bfloat16) = &mut bfloat16 { info.push_next(bfloat16) } else { info };
    info = if let Some(float8) = &mut float8 { info.push_next(float8) } else { info };
    info = if workgroup_matrices { info.push_next(&mut matrix2) } else { info };
    // SAFETY: wgpu-hal has just set it to its own structure.
    let asked = unsafe { *info.p_enabled_features };
    let robust_buffer_access = if checked { asked.robust_buffer_access } else { vk::FALSE };
    let core = vk::PhysicalDeviceFeatures { robust_buffer_access, ..asked };
    let info = info.enabled_features(&core);
    let made = create(vulkan.shared_instance().raw_instance(), vulkan.raw_physical_device(), info);
    Some(made.map_err(|error| error.to_string()).and_then(|device| {
        let device = super::refusals::noting(&device);
        let (limits, hints) = (&descriptor.required_limits, &descriptor.memory_hints);
        // SAFETY: made from this adapter with these extensions and features, and handed over once.
        unsafe {
            let open = vulkan.device_from_raw(device, None, &names, wanted, limits, hints, QUEUE_FAMILY, 0);
            let open = open.map_err(|error| error.to_string())?;
            adapter.create_device_from_hal(open, descriptor).map_err(|error| error.to_string())
        }
    }))
}

/// `device`, in whose table `create` stands for the driver's `vkCreateComputePipelines`.
pub fn with_pipelines_by(device: &ash::Device, create: vk::PFN_vkCreateComputePipelines) -> ash::Device {
    let mut functions = device.fp_v1_0().clone();
    functions.create_compute_pipelines = create;
    let later = (device.fp_v1_1().clone(), device.fp_v1_2().clone(), device.fp_v1_3().clone());
    ash::Device::from_parts_1_3(device.handle(), functions, later.0, later.1, later.2)
}

/// How kernels go to the driver of `device` as SPIR-V 1.6; `None` where it is no Vulkan device of 1.3, or wgpu does not pass them through.
pub(super) fn takes_spirv(device: &wgpu::Device) -> Option<TakesSpirv> {
    if !device.features().contains(wgpu::Features::PASSTHROUGH_SHADERS) {
        return None;
    }
    #[expect(unsafe_code, reason = "wgpu does not tell the version")]
    // SAFETY: only asks, of an instance and a physical device that live as long as the device does.
    let (version, driver) = unsafe {
        let vulkan = device.as_hal::<hal::api::Vulkan>()?;
        let mut driver = vk::PhysicalDeviceDriverProperties::default();
        let mut properties = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
        let instance = vulkan.shared_instance().raw_instance();
        instance.get_physical_device_properties2(vulkan.raw_physical_device(), &mut properties);
        (properties.properties.api_version, driver.driver_id)
    };
    let unroll = driver == vk::DriverId::NVIDIA_PROPRIETARY;
    (version >= vk::API_VERSION_1_3).then_some(TakesSpirv { unroll })
}

/// wgpu uses the first family as well.
const QUEUE_FAMILY: u32 = 0;

/// Bits of a timestamp that count, of the queue that is used: the others are undefined (Vulkan 1.4, `timestampValidBits`).
///
/// `None` where `adapter` is not a Vulkan adapter or has no such queue.
pub(super) fn timestamp_bits(adapter: &wgpu::Adapter) -> Option<u32> {
    #[expect(unsafe_code, reason = "wgpu does not tell them")]
    // SAFETY: only asks, of an instance and a physical device that live as long as the adapter does.
    let families = unsafe {
        let vulkan = adapter.as_hal::<hal::api::Vulkan>()?;
        vulkan
            .shared_instance()
            .raw_instance()
            .get_physical_device_queue_family_properties(vulkan.raw_physical_device())
    };
    let bits = families.get(QUEUE_FAMILY as usize)?.timestamp_valid_bits;
    (bits > 0).then_some(bits)
}

/// Whether the driver has cooperative matrices. wgpu goes by the shapes that it lists, and Mesa's software renderer lists some with vectors of 128 bits
/// as well, where it refuses the feature.
///
/// `None` where `adapter` is not a Vulkan adapter.
pub(super) fn has_cooperative_matrices(adapter: &wgpu::Adapter) -> Option<bool> {
    let mut matrices = vk::PhysicalDeviceCooperativeMatrixFeaturesKHR::default();
    let mut features = vk::PhysicalDeviceFeatures2::default().push_next(&mut matrices);
    #[expect(unsafe_code, reason = "wgpu does not ask")]
    // SAFETY: only asks, of an instance and a physical device that live as long as the adapter does; a structure that the driver does not know stays as it is.
    unsafe {
        let vulkan = adapter.as_hal::<hal::api::Vulkan>()?;
        let instance = vulkan.shared_instance().raw_instance();
        instance.get_physical_device_features2(vulkan.raw_physical_device(), &mut features);
    }
    Some(matrices.cooperative_matrix == vk::TRUE)
}

/// Every matrix product that the driver's matrix units do in a subgroup, those that WGSL cannot express included.
///
/// `None` where `adapter` is not a Vulkan adapter or does not answer.
pub(super) fn matrix_shapes(adapter: &wgpu::Adapter) -> Option<Vec<MatrixShape>> {
    #[expect(unsafe_code, reason = "wgpu lists shapes of f16 and f32 only")]
    // SAFETY: the extension is there where wgpu offers the feature, which the caller has looked at; nothing is kept.
    let (extension, device) = unsafe {
        let vulkan = adapter.as_hal::<hal::api::Vulkan>()?;
        let instance = vulkan.shared_instance();
        let extension = ash::khr::cooperative_matrix::Instance::new(instance.entry(), instance.raw_instance());
        (extension, vulkan.raw_physical_device())
    };
    #[expect(unsafe_code, reason = "as above")]
    // SAFETY: as above.
    let all = unsafe { extension.get_physical_device_cooperative_matrix_properties(device) }.ok()?;
    let plain = |one: &&vk::CooperativeMatrixPropertiesKHR<'_>| {
        one.scope == vk::ScopeKHR::SUBGROUP && one.a_type == one.b_type && one.c_type == one.result_type
    };
    let mut shapes = Vec::new();
    for one in all.iter().filter(plain) {
        let (input, accumulator) = (component(one.a_type), component(one.c_type));
        let shape = MatrixShape { m: one.m_size, n: one.n_size, k: one.k_size, input, accumulator };
        // Drivers list a shape once more with saturating sums.
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    Some(shapes)
}

/// Of `VK_KHR_shader_bfloat16` and `VK_EXT_shader_float8`, which ash does not know yet.
const BFLOAT16: vk::ComponentTypeKHR = vk::ComponentTypeKHR::from_raw(1_000_141_000);
const FLOAT8_E4M3: vk::ComponentTypeKHR = vk::ComponentTypeKHR::from_raw(1_000_491_002);
const FLOAT8_E5M2: vk::ComponentTypeKHR = vk::ComponentTypeKHR::from_raw(1_000_491_003);

/// A component type's name as in WGSL, or as [`crate::problem::Element`] has it.
pub(super) fn component(kind: vk::ComponentTypeKHR) -> String {
    let name = match kind {
        vk::ComponentTypeKHR::FLOAT16 => "f16",
        vk::ComponentTypeKHR::FLOAT32 => "f32",
        vk::ComponentTypeKHR::FLOAT64 => "f64",
        vk::ComponentTypeKHR::SINT8 => "i8",
        vk::ComponentTypeKHR::SINT16 => "i16",
        vk::ComponentTypeKHR::SINT32 => "i32",
        vk::ComponentTypeKHR::UINT8 => "u8",
        vk::ComponentTypeKHR::UINT16 => "u16",
        vk::ComponentTypeKHR::UINT32 => "u32",
        BFLOAT16 => "bf16",
        FLOAT8_E4M3 => "e4m3",
        FLOAT8_E5M2 => "e5m2",
        other => return format!("type {}", other.as_raw()),
    };
    name.to_owned()
}
