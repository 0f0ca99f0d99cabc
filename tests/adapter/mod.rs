//! Whether there is an adapter to test on.

use gpu_assay::adapter::Backend;
use gpu_assay::device::enumerate;

use crate::trials::{Missing, Tested};

/// Asks for an adapter that answers through one of `backends`. Without one a test is ignored, and fails where `REQUIRE_GPU=1`.
pub(crate) fn answers(backends: &[Backend]) -> Tested {
    if enumerate(backends).is_empty() {
        return Err(Missing::unless_required(
            "REQUIRE_GPU",
            "no GPU adapter answers; scripts/setup installs a software one",
        ));
    }
    Ok(())
}
