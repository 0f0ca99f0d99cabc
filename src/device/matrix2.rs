//! `VK_NV_cooperative_matrix2`: matrices that a whole workgroup holds, whose way through workgroup memory is the driver's business. ash does
//! not know it yet.
//!
//! Structures and numbers are those of the Vulkan registry (extension 594).

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use ash::vk;
use wgpu::hal;

use super::vulkan::component;
use crate::adapter::WorkgroupMatrix;

/// The extension's name.
pub(super) const NAME: &CStr = c"VK_NV_cooperative_matrix2";

/// `VkPhysicalDeviceCooperativeMatrix2FeaturesNV`.
#[repr(C)]
pub(super) struct Features {
    s_type: vk::StructureType,
    p_next: *mut c_void,
    workgroup_scope: vk::Bool32,
    flexible_dimensions: vk::Bool32,
    reductions: vk::Bool32,
    conversions: vk::Bool32,
    per_element_operations: vk::Bool32,
    tensor_addressing: vk::Bool32,
    block_loads: vk::Bool32,
}

impl Features {
    /// What kernels here need, asked for where `wanted`.
    pub(super) fn new(wanted: bool) -> Self {
        let wanted = vk::Bool32::from(wanted);
        Self {
            s_type: vk::StructureType::from_raw(1_000_593_000),
            p_next: null_mut(),
            workgroup_scope: wanted,
            flexible_dimensions: wanted,
            reductions: vk::FALSE,
            conversions: vk::FALSE,
            per_element_operations: vk::FALSE,
            tensor_addressing: wanted,
            block_loads: vk::FALSE,
        }
    }

    fn suffice(&self) -> bool {
        [self.workgroup_scope, self.flexible_dimensions, self.tensor_addressing].iter().all(|one| *one == vk::TRUE)
    }
}

#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: the registry lets the structure extend both.
unsafe impl vk::ExtendsDeviceCreateInfo for Features {}
#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: as above.
unsafe impl vk::ExtendsPhysicalDeviceFeatures2 for Features {}

/// `VkPhysicalDeviceCooperativeMatrix2PropertiesNV`.
#[repr(C)]
struct Properties {
    s_type: vk::StructureType,
    p_next: *mut c_void,
    most_invocations: u32,
    largest_side: u32,
    reserved_bytes: u32,
}

impl Properties {
    fn empty() -> Self {
        Self {
            s_type: vk::StructureType::from_raw(1_000_593_002),
            p_next: null_mut(),
            most_invocations: 0,
            largest_side: 0,
            reserved_bytes: 0,
        }
    }
}

#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: the registry lets the structure extend it.
unsafe impl vk::ExtendsPhysicalDeviceProperties2 for Properties {}

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

impl Dimensions {
    fn empty() -> Self {
        Self {
            s_type: vk::StructureType::from_raw(1_000_593_001),
            p_next: null_mut(),
            granularity: [0; 3],
            a_type: vk::ComponentTypeKHR::default(),
            b_type: vk::ComponentTypeKHR::default(),
            c_type: vk::ComponentTypeKHR::default(),
            result_type: vk::ComponentTypeKHR::default(),
            saturating: vk::FALSE,
            scope: vk::ScopeKHR::default(),
            invocations: 0,
        }
    }
}

type Query = unsafe extern "system" fn(vk::PhysicalDevice, *mut u32, *mut Dimensions) -> vk::Result;

/// The matrices that `adapter`'s workgroups can hold together; empty where it is no Vulkan adapter, or lacks one of the features.
pub(super) fn workgroup_matrices(adapter: &wgpu::Adapter) -> Vec<WorkgroupMatrix> {
    offered(adapter).map(|(properties, all)| listed(&properties, &all)).unwrap_or_default()
}

fn offered(adapter: &wgpu::Adapter) -> Option<(Properties, Vec<Dimensions>)> {
    #[expect(unsafe_code, reason = "wgpu and ash do not ask")]
    // SAFETY: only asks, of an instance and a physical device that live as long as the adapter does; the structures are the registry's.
    unsafe {
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
        if !features.suffice() {
            return None;
        }
        let mut properties = Properties::empty();
        instance.get_physical_device_properties2(
            device,
            &mut vk::PhysicalDeviceProperties2::default().push_next(&mut properties),
        );
        let name = c"vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV";
        let address = shared.entry().get_instance_proc_addr(instance.handle(), name.as_ptr())?;
        let query = std::mem::transmute::<unsafe extern "system" fn(), Query>(address);
        let mut count = 0;
        query(device, &raw mut count, null_mut()).result().ok()?;
        let mut all = vec![Dimensions::empty(); count as usize];
        query(device, &raw mut count, all.as_mut_ptr()).result().ok()?;
        all.truncate(count as usize);
        Some((properties, all))
    }
}

/// Those of `all` that kernels here can use, with what `properties` says of them.
fn listed(properties: &Properties, all: &[Dimensions]) -> Vec<WorkgroupMatrix> {
    let plain = |one: &&Dimensions| {
        one.scope == vk::ScopeKHR::WORKGROUP
            && one.a_type == one.b_type
            && one.c_type == one.result_type
            && one.saturating == vk::FALSE
            && one.invocations <= properties.most_invocations
    };
    let told = |one: &Dimensions| WorkgroupMatrix {
        granularity: one.granularity,
        input: component(one.a_type),
        accumulator: component(one.c_type),
        invocations: one.invocations,
        largest_side: properties.largest_side,
        reserved_bytes: properties.reserved_bytes,
    };
    all.iter().filter(plain).map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_matrices_of_workgroups_are_listed_and_each_with_its_limits() {
        let plain = Dimensions {
            granularity: [32, 32, 16],
            a_type: vk::ComponentTypeKHR::FLOAT16,
            b_type: vk::ComponentTypeKHR::FLOAT16,
            c_type: vk::ComponentTypeKHR::FLOAT32,
            result_type: vk::ComponentTypeKHR::FLOAT32,
            scope: vk::ScopeKHR::WORKGROUP,
            invocations: 256,
            ..Dimensions::empty()
        };
        let others = [
            Dimensions { scope: vk::ScopeKHR::SUBGROUP, ..plain },
            Dimensions { saturating: vk::TRUE, ..plain },
            Dimensions { b_type: vk::ComponentTypeKHR::SINT8, ..plain },
            Dimensions { result_type: vk::ComponentTypeKHR::FLOAT16, ..plain },
            Dimensions { invocations: 1024, ..plain },
        ];
        let properties =
            Properties { most_invocations: 512, largest_side: 2048, reserved_bytes: 1024, ..Properties::empty() };
        let listed = listed(&properties, &[&[plain][..], &others].concat());
        let expected = WorkgroupMatrix {
            granularity: [32, 32, 16],
            input: "f16".to_owned(),
            accumulator: "f32".to_owned(),
            invocations: 256,
            largest_side: 2048,
            reserved_bytes: 1024,
        };
        assert_eq!(listed, [expected]);
    }
}
