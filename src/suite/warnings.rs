//! What a reader of any figure from an adapter should know.

use crate::adapter::{Adapter, Feature};
use crate::measure::ShaderChecks;
use crate::plan::Plan;
use crate::record::Warning;

/// What a reader of any figure from this adapter should know.
pub fn warnings(adapter: &Adapter, plan: &Plan) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if adapter.software {
        warnings.push(Warning::SoftwareRenderer(adapter.name.clone()));
    }
    if !adapter.has(Feature::TimestampQuery) {
        warnings.push(Warning::NoTimestamps);
    }
    warnings.extend(adapter.compiler_warning().map(Warning::Compiler));
    if plan.shaders == ShaderChecks::Checked {
        warnings.push(Warning::CheckedShaders);
    }
    warnings
}
