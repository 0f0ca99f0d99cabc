//! `VK_NV_cooperative_matrix2`: matrices that a whole workgroup holds, whose way through workgroup memory is the driver's business. ash does not know it yet.
//!
//! Structures and numbers are those of the Vulkan registry (extension 594).

use std::ffi::{CStr, c_void};

use ash::vk;
use wgpu::hal;

use super::vulkan::component;
use crate::adapter::WorkgroupMatrix;

/// The extension's name.
pub(super) const NAME: &CStr = c"VK_NV_cooperative_matrix2";

const FEATURES: vk::StructureType = vk::StructureType::from_raw(1_000_593_000);
const FLEXIBLE_DIMENSIONS: vk::StructureType = vk::StructureType::from_raw(1_000_593_001);

/// `VkPhysicalDeviceCooperativeMatrix2FeaturesNV`.
#[repr(C)]
pub(super) struct Features {
    s_type: vk::StructureType,
    p_next: *mut c_void,
    workgroup_scope: vk::Bool32,
    flexible_dimensions: vk::Bool32,
    others: [vk::Bool32; 5],
}

impl Features {
    /// What a kernel here needs, asked for where `wanted`.
    pub(super) fn new(wanted: bool) -> Self {
        let wanted = vk::Bool32::from(wanted);
        Self {
            s_type: FEATURES,
            p_next: std::ptr::null_mut(),
            workgroup_scope: wanted,
            flexible_dimensions: wanted,
            others: [vk::FALSE; 5],
        }
    }
}

#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: the registry lets the structure extend both.
unsafe impl vk::ExtendsDeviceCreateInfo for Features {}
#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: as above.
unsafe impl vk::ExtendsPhysicalDeviceFeatures2 for Features {}

/// `VkCooperativeMatrixFlexibleDimensionsPropertiesNV`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Dimensions {
    s_type: vk::StructureType,
    p_next: *mut c_void,
    granularity: [u32; 3],
    a_type: vk::ComponentTypeKHR,
    b_type: vk::ComponentTypeKHR,
    c_type: vk::ComponentTypeKHR,
    result_type: vk::ComponentTypeKHR,
    saturating: vk::Bool32,
    scope: vk::ScopeKHR,
    invocations: u32,
}

type Query = unsafe extern "system" fn(vk::PhysicalDevice, *mut u32, *mut Dimensions) -> vk::Result;

/// The matrices that `adapter`'s workgroups can hold together; empty where it is no Vulkan adapter, or has none.
pub(super) fn workgroup_matrices(adapter: &wgpu::Adapter) -> Vec<WorkgroupMatrix> {
    offered(adapter).unwrap_or_default()
}

fn offered(adapter: &wgpu::Adapter) -> Option<Vec<WorkgroupMatrix>> {
    #[expect(unsafe_code, reason = "wgpu and ash do not ask")]
    // SAFETY: only asks, of an instance and a physical device that live as long as the adapter does; the structures are the registry's.
    let all = unsafe {
        let vulkan = adapter.as_hal::<hal::api::Vulkan>()?;
        let (shared, device) = (vulkan.shared_instance(), vulkan.raw_physical_device());
        let instance = shared.raw_instance();
        let extensions = instance.enumerate_device_extension_properties(device).ok()?;
        if !extensions.iter().any(|one| one.extension_name_as_c_str() == Ok(NAME)) {
            return None;
        }
        let mut features = Features::new(false);
        instance.get_physical_device_features2(
            device,
            &mut vk::PhysicalDeviceFeatures2::default().push_next(&mut features),
        );
        if features.workgroup_scope == vk::FALSE || features.flexible_dimensions == vk::FALSE {
            return None;
        }
        let name = c"vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV";
        let address = shared.entry().get_instance_proc_addr(instance.handle(), name.as_ptr())?;
        let query = std::mem::transmute::<unsafe extern "system" fn(), Query>(address);
        let mut count = 0;
        query(device, &raw mut count, std::ptr::null_mut()).result().ok()?;
        let empty = Dimensions {
            s_type: FLEXIBLE_DIMENSIONS,
            p_next: std::ptr::null_mut(),
            granularity: [0; 3],
            a_type: vk::ComponentTypeKHR::default(),
            b_type: vk::ComponentTypeKHR::default(),
            c_type: vk::ComponentTypeKHR::default(),
            result_type: vk::ComponentTypeKHR::default(),
            saturating: vk::FALSE,
            scope: vk::ScopeKHR::default(),
            invocations: 0,
        };
        let mut all = vec![empty; count as usize];
        query(device, &raw mut count, all.as_mut_ptr()).result().ok()?;
        all.truncate(count as usize);
        all
    };
    let plain = |one: &&Dimensions| {
        one.scope == vk::ScopeKHR::WORKGROUP
            && one.a_type == one.b_type
            && one.c_type == one.result_type
            && one.saturating == vk::FALSE
    };
    let found = all.iter().filter(plain).map(|one| WorkgroupMatrix {
        granularity: one.granularity,
        input: component(one.a_type),
        accumulator: component(one.c_type),
        invocations: one.invocations,
    });
    Some(found.collect())
}
