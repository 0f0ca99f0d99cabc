//! Libraries that stand in for NVIDIA's: `nvml.rs`, built with rustc for each script.

#![allow(dead_code, reason = "not every test file uses all of it")]

use std::fs;
use std::path::Path;
use std::process::Command;

use gpu_assay::sensors::Places;
use tempfile::TempDir;

/// A card that answers everything.
pub(crate) const CARD: &str = "\
Init_v2: 0
SystemGetNVMLVersion: 13.580.95.05
SystemGetDriverVersion: 580.95.05
Count_v2: 1
Address: 00000000:0A:00.0
Ids: 220410DE
UUID: GPU-4f1d4b3e-6c1c-9f0a-2a47-0c6e1d2b3a4f
Name: NVIDIA GeForce RTX 3090
CudaComputeCapability: 8 6
MigMode: 0 0
EccMode: 0 0
PersistenceMode: 1
ClockInfo 1: 1695
ClockInfo 2: 9751
MaxClockInfo 1: 2100
MaxClockInfo 2: 9751
FieldValues 186: 341250
FieldValues 82: 84
PowerUsage: 339000
EnforcedPowerLimit: 350000
PowerManagementDefaultLimit: 370000
TotalEnergyConsumption: 5000000
Temperature 0: 66
NumFans: 2
FanSpeed_v2 0: 60
FanSpeed_v2 1: 75
UtilizationRates: 98 40
MemoryInfo_v2: 25769803776 1073741824
CurrPcieLinkGeneration: 3
CurrPcieLinkWidth: 8
MaxPcieLinkGeneration: 4
MaxPcieLinkWidth: 16
CurrentClocksThrottleReasons: 0
ComputeRunningProcesses_v3: 100 200
GraphicsRunningProcesses_v3: 200 300
";

/// A built library, as long as this lives.
pub(crate) struct Library {
    folder: TempDir,
    pub(crate) places: Places,
}

impl Library {
    /// Builds the library of `script`, with rustc's further `arguments`.
    pub(crate) fn built(script: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [text, library] = [folder.path().join("script.txt"), folder.path().join("libnvidia-ml.so.1")];
        fs::write(&text, script).expect("the script can be written");
        let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_nvml/nvml.rs");
        let output = Command::new(rustc)
            .args(["--edition", "2024", "--crate-type", "cdylib", "-D", "warnings", "-o"])
            .args([&library, &source])
            .args(arguments)
            .env("NVML_SCRIPT", &text)
            .output()
            .expect("rustc starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let places = Places { sys: folder.path().join("no-sys"), nvml: vec![library] };
        Self { folder, places }
    }

    /// One of [`CARD`], of which the lines of `otherwise` say otherwise.
    pub(crate) fn of(otherwise: &str) -> Self {
        Self::built(&format!("{CARD}{otherwise}"), &[])
    }

    /// The folder that it lies in, under the name of NVIDIA's.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}
