//! The chips that lab/fake-node knows: read from its own table, so that there is one list.

use anyhow::bail;

use crate::machine_code::Dialect;

static TABLE: &str = include_str!("../fake-node/chips.c");

/// A chip whose driver compiles here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chip {
    pub(crate) name: &'static str,
    kernel_driver: &'static str,
}

impl Chip {
    pub(crate) fn dialect(self) -> Dialect {
        match self.kernel_driver {
            "nouveau" => Dialect::Nvidia,
            "amdgpu" => Dialect::Amd,
            _ => Dialect::Intel,
        }
    }

    /// Chips whose machine code is much the same.
    pub(crate) fn family(self) -> &'static str {
        match (self.dialect(), self.name) {
            (Dialect::Nvidia, _) => "NVIDIA",
            (Dialect::Intel, _) => "Intel",
            (Dialect::Amd, "mi100" | "mi200" | "gfx942") => "AMD CDNA",
            (Dialect::Amd, _) => "AMD RDNA",
        }
    }
}

/// Every chip, in the order of the table: rows begin with `{"name", "kernel driver",`.
pub(crate) fn all() -> Vec<Chip> {
    let row = |line: &'static str| {
        let mut quoted = line.trim().strip_prefix("{\"")?.split('"');
        Some(Chip { name: quoted.next()?, kernel_driver: quoted.nth(1)? })
    };
    TABLE.lines().filter_map(row).collect()
}

/// The chips of those names; all of them where none is named.
///
/// # Errors
/// A name that is none of them.
pub(crate) fn select(names: &[String]) -> anyhow::Result<Vec<Chip>> {
    let all = all();
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|chip| chip.name == **name)) {
        let known: Vec<_> = all.iter().map(|chip| chip.name).collect();
        bail!("no chip `{unknown}`; there are {}", known.join(", "));
    }
    Ok(all.into_iter().filter(|chip| names.is_empty() || names.iter().any(|name| name == chip.name)).collect())
}
