//! `VK_KHR_shader_bfloat16` and `VK_EXT_shader_float8`: types of matrix units that wgpu does not ask for and ash does not know yet.
//!
//! Structures and numbers are those of the Vulkan registry (extensions 142 and 568).

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use ash::vk;
use wgpu::hal;

use crate::adapter::Feature;

const BFLOAT16: &CStr = c"VK_KHR_shader_bfloat16";
const FLOAT8: &CStr = c"VK_EXT_shader_float8";

/// `VkPhysicalDeviceShaderBfloat16FeaturesKHR`.
#[repr(C)]
pub(super) struct Bfloat16Features {
    s_type: vk::StructureType,
    p_next: *mut c_void,
    shader_type: vk::Bool32,
    dot_product: vk::Bool32,
    cooperative_matrix: vk::Bool32,
}

/// `VkPhysicalDeviceShaderFloat8FeaturesEXT`.
#[repr(C)]
pub(super) struct Float8Features {
    s_type: vk::StructureType,
    p_next: *mut c_void,
    shader_type: vk::Bool32,
    cooperative_matrix: vk::Bool32,
}

impl Bfloat16Features {
    fn new(wanted: bool) -> Self {
        let wanted = vk::Bool32::from(wanted);
        Self {
            s_type: vk::StructureType::from_raw(1_000_141_000),
            p_next: null_mut(),
            shader_type: wanted,
            dot_product: vk::FALSE,
            cooperative_matrix: wanted,
        }
    }
}

impl Float8Features {
    fn new(wanted: bool) -> Self {
        let wanted = vk::Bool32::from(wanted);
        Self {
            s_type: vk::StructureType::from_raw(1_000_567_000),
            p_next: null_mut(),
            shader_type: wanted,
            cooperative_matrix: wanted,
        }
    }
}

#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: the registry lets the structure extend both.
unsafe impl vk::ExtendsDeviceCreateInfo for Bfloat16Features {}
#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: as above.
unsafe impl vk::ExtendsPhysicalDeviceFeatures2 for Bfloat16Features {}
#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: as above.
unsafe impl vk::ExtendsDeviceCreateInfo for Float8Features {}
#[expect(unsafe_code, reason = "the registry says so: structextends")]
// SAFETY: as above.
unsafe impl vk::ExtendsPhysicalDeviceFeatures2 for Float8Features {}

/// Which of the types a driver takes into matrices.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Narrow {
    bfloat16: bool,
    float8: bool,
}

impl Narrow {
    /// What the driver of `adapter` takes; nothing where it is no Vulkan adapter.
    pub(super) fn of(adapter: &wgpu::Adapter) -> Self {
        #[expect(unsafe_code, reason = "wgpu does not tell")]
        // SAFETY: only asks, of an instance and a physical device that live as long as the adapter does; a structure is handed over only where its
        // extension is there.
        unsafe {
            let Some(vulkan) = adapter.as_hal::<hal::api::Vulkan>() else { return Self::default() };
            let has = |name| vulkan.physical_device_capabilities().supports_extension(name);
            let (has_bfloat16, has_float8) = (has(BFLOAT16), has(FLOAT8));
            let (mut bfloat16, mut float8) = (Bfloat16Features::new(false), Float8Features::new(false));
            let mut features = vk::PhysicalDeviceFeatures2::default();
            features = if has_bfloat16 { features.push_next(&mut bfloat16) } else { features };
            features = if has_float8 { features.push_next(&mut float8) } else { features };
            let instance = vulkan.shared_instance().raw_instance();
            instance.get_physical_device_features2(vulkan.raw_physical_device(), &mut features);
            let all = |parts: [vk::Bool32; 2]| parts == [vk::TRUE; 2];
            Self {
                bfloat16: all([bfloat16.shader_type, bfloat16.cooperative_matrix]),
                float8: all([float8.shader_type, float8.cooperative_matrix]),
            }
        }
    }

    /// The names that records know them by.
    pub(super) fn features(self) -> impl Iterator<Item = Feature> {
        let bfloat16 = self.bfloat16.then_some(Feature::ShaderBfloat16);
        bfloat16.into_iter().chain(self.float8.then_some(Feature::ShaderFloat8))
    }

    /// The extensions to ask a device for.
    pub(super) fn extensions(self) -> impl Iterator<Item = &'static CStr> {
        self.bfloat16.then_some(BFLOAT16).into_iter().chain(self.float8.then_some(FLOAT8))
    }

    /// What asks for BF16.
    pub(super) fn bfloat16(self) -> Option<Bfloat16Features> {
        self.bfloat16.then(|| Bfloat16Features::new(true))
    }

    /// What asks for FP8.
    pub(super) fn float8(self) -> Option<Float8Features> {
        self.float8.then(|| Float8Features::new(true))
    }
}
