//! Whether there is an adapter to test on. A test that needs one and finds none says so loudly, and fails where `REQUIRE_GPU=1`.

use gpu_assay::adapter::Backend;
use gpu_assay::device::enumerate;

/// Whether any adapter answers through `backends`.
pub(crate) fn answers(backends: &[Backend]) -> bool {
    let there = !enumerate(backends).is_empty();
    assert!(there || std::env::var("REQUIRE_GPU").is_err(), "REQUIRE_GPU is set and no adapter answers");
    if !there {
        eprintln!("\n*** NOT TESTED: no GPU adapter answers; scripts/setup installs a software one ***\n");
    }
    there
}
