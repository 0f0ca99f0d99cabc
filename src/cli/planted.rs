//! A crash planted by a test: `GPU_ASSAY_CRASH_AT` holds `abort`, `hang` or `exit`, a colon, and a glob of benchmark and variant, such as
//! `abort:matmul/f32 *`, or of a device that is being listed, such as `abort:listing *`. Only `try-kernels` reads it: that process exists to die instead of others.

use std::thread;
use std::time::Duration;

use globset::Glob;

/// Dies over what is called `name` if a test says so.
pub(super) fn spring(name: &str) {
    let Ok(planted) = std::env::var("GPU_ASSAY_CRASH_AT") else { return };
    let Some((way, glob)) = planted.split_once(':') else { return };
    if !Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name)) {
        return;
    }
    match way {
        "abort" => std::process::abort(),
        "exit" => signal_hook::low_level::exit(3),
        "hang" => thread::sleep(Duration::MAX),
        _ => {}
    }
}
