//! What a driver tells of a pipeline that it compiled.

use serde::{Deserialize, Serialize};

/// Statistics and texts of a compute pipeline's executable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Executable {
    /// Invocations in a subgroup.
    pub(crate) subgroup_size: u32,
    /// Name and value, as the driver gives them.
    pub(crate) statistics: Vec<(String, f64)>,
    /// Name and text: intermediate representations and the assembly.
    pub(crate) texts: Vec<(String, String)>,
}

impl Executable {
    /// Sum of the statistics of those names; what the driver does not tell counts as nothing.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts; the cast saturates")]
    pub(crate) fn sum(&self, names: &[&str]) -> u32 {
        let of = self.statistics.iter().filter(|(name, _)| names.contains(&name.as_str()));
        of.map(|(_, value)| *value as u32).sum()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str())
    }
}
