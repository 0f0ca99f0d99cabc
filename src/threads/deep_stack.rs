//! A stack for compilers: NVIDIA's runs out of the usual one over kernels on matrix units (whisper.cpp, issue 2965: on Windows, where it is 1 MiB).

use std::panic;
use std::thread::Builder;

/// Bytes of stack of each thread that compiles kernels; what is not used takes no memory.
pub const DEEP_STACK: usize = 64 << 20;

/// Runs `action` on a thread with a deep stack, and on this one where there is none to be had. Panics go on.
pub fn on_deep_stack<T: Send>(action: impl Fn() -> T + Send + Sync) -> T {
    let spawned = std::thread::scope(|scope| {
        let thread = Builder::new().name("assay".to_owned()).stack_size(DEEP_STACK).spawn_scoped(scope, &action);
        thread.ok().map(|thread| thread.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)))
    });
    spawned.unwrap_or_else(action)
}

#[cfg(test)]
mod tests {
    use super::on_deep_stack;

    /// Takes more than 4 KiB of stack for each step.
    fn dig(steps: u64) -> u64 {
        let ballast = std::hint::black_box([steps; 512]);
        if steps == 0 { 0 } else { 1 + dig(steps - 1) + ballast[7] - ballast[9] }
    }

    #[test]
    fn the_stack_is_deeper_than_a_main_threads() {
        assert_eq!(on_deep_stack(|| dig(8_000)), 8_000, "32 MiB and more");
    }
}
