//! The program and the machine, without host name, user name or path.

use serde::{Deserialize, Serialize};

/// The program that wrote a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The git revision it was built from.
    pub git: String,
    /// Version of wgpu.
    pub wgpu: String,
    /// Version of naga, wgpu's shader compiler.
    pub naga: String,
}

/// The machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Host {
    /// Operating system.
    pub os: String,
    /// Instruction set.
    pub arch: String,
    /// The processor's name, where the system tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    /// Threads that the processor runs at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git: env!("GPU_ASSAY_REVISION").to_owned(),
            wgpu: env!("GPU_ASSAY_WGPU").to_owned(),
            naga: env!("GPU_ASSAY_NAGA").to_owned(),
        }
    }
}

impl Host {
    /// This machine.
    pub fn this() -> Self {
        Self {
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            processor: processor(),
            threads: std::thread::available_parallelism().ok().map(usize::from),
        }
    }
}

/// Linux names the processor in `/proc/cpuinfo`; elsewhere the name is left out.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
