//! Made adapters, for tests.

#[cfg(feature = "gpu")]
use super::WorkgroupMatrix;
use super::{Adapter, AdapterKind, Backend, Limits, is_software};

/// An adapter of which only the name, the kind, the API and the PCI ids are known.
pub(crate) fn adapter(name: &str, kind: AdapterKind, backend: Backend, ids: (u32, u32)) -> Adapter {
    Adapter {
        name: name.to_owned(),
        vendor_id: ids.0,
        device_id: ids.1,
        pci_address: None,
        uuid: None,
        kind,
        software: is_software(kind, name),
        backend,
        driver: String::new(),
        driver_info: String::new(),
        subgroup_size: [32, 32],
        features: vec![],
        limits: Limits {
            buffer_bytes: 1 << 31,
            storage_binding_bytes: 1 << 31,
            storage_bindings: 8,
            workgroup_memory_bytes: 32768,
            workgroup_invocations: 1024,
            workgroups_per_dimension: 65535,
        },
        cooperative_matrix: vec![],
        workgroup_matrix: vec![],
        memory: None,
    }
}

/// A discrete card that Vulkan reaches, at a place.
pub(crate) fn card(name: &str, ids: (u32, u32), address: &str, uuid: &str) -> Adapter {
    Adapter {
        pci_address: Some(address.to_owned()),
        uuid: Some(uuid.to_owned()),
        ..adapter(name, AdapterKind::Discrete, Backend::Vulkan, ids)
    }
}

/// A host of two equal cards and a third, with the GL adapter that NVIDIA's driver adds for the first.
pub(crate) fn host() -> Vec<Adapter> {
    const H100: &str = "NVIDIA H100 80GB HBM3";
    vec![
        card(H100, (0x10de, 0x2330), "0000:3b:00.0", "0116022a-9cd6-b0a9-6212-4cf5de3361a9"),
        card(H100, (0x10de, 0x2330), "0000:86:00.0", "0116022a-77d0-41f2-8c11-000000000001"),
        card("NVIDIA GeForce RTX 4090", (0x10de, 0x2684), "0001:3b:00.0", "c7d8a05e-be16-5883-a818-6d61bf0812b6"),
        adapter("NVIDIA H100 80GB HBM3/PCIe/SSE2", AdapterKind::Unknown, Backend::Gl, (0x10de, 0)),
    ]
}

/// The matrices that an H100's workgroups hold, as its driver (580.159.04) lists them for these types; the limits are made up.
#[cfg(feature = "gpu")]
pub(crate) fn workgroup_matrices(input: &str, accumulator: &str) -> Vec<WorkgroupMatrix> {
    let k = if input == "i8" { 32 } else { 16 };
    let sizes = [([16, 16, k], 32), ([16, 16, k], 64), ([32, 16, k], 128), ([32, 32, k], 256)];
    let matrix = |(granularity, invocations)| WorkgroupMatrix {
        granularity,
        input: input.to_owned(),
        accumulator: accumulator.to_owned(),
        invocations,
        largest_side: 1024,
        reserved_bytes: 1024,
    };
    sizes.map(matrix).to_vec()
}
