//! What a reader of any figure from an adapter should know.

use crate::adapter::{Adapter, Feature};
use crate::measure::ShaderChecks;
use crate::plan::Plan;

/// What a reader of any figure from this adapter should know.
pub fn warnings(adapter: &Adapter, plan: &Plan) -> Vec<String> {
    let mut warnings = Vec::new();
    if adapter.software {
        warnings.push(format!(
            "{} is a software renderer: these are figures of the processor, less what else uses its caches, and get no verdict",
            adapter.name
        ));
    }
    if !adapter.has(Feature::TimestampQuery) {
        warnings.push(
            "the device has no GPU timestamps: times are the wall clock's and include the cost of submission"
                .to_owned(),
        );
    }
    warnings.extend(adapter.compiler_warning().map(str::to_owned));
    if plan.shaders == ShaderChecks::Checked {
        warnings.push("shaders were compiled with WebGPU's run-time checks (--checked), which cost speed".to_owned());
    }
    warnings
}
