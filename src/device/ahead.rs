//! A kernel that is compiled on another thread, while the device is busy with the one before.

use std::panic;
use std::thread::{Builder, JoinHandle};

use crate::measure::Fault;
use crate::threads::DEEP_STACK;

type Made = Result<wgpu::ComputePipeline, Fault>;

/// What is being compiled, if anything.
#[derive(Default)]
pub(super) struct Ahead(Option<(String, JoinHandle<Made>)>);

impl Ahead {
    /// Begins to `make` the pipeline of a kernel with this `text`, where nothing else is being compiled.
    pub(super) fn begin(&mut self, text: String, make: impl FnOnce(&str) -> Made + Send + 'static) {
        if self.0.is_some() {
            return;
        }
        let own = text.clone();
        let builder = Builder::new().name("compiler".to_owned()).stack_size(DEEP_STACK);
        // Without a thread it is compiled when it is wanted.
        if let Ok(thread) = builder.spawn(move || make(&own)) {
            self.0 = Some((text, thread));
        }
    }

    /// Waits for what is being compiled: its text, and what came of it.
    pub(super) fn end(&mut self) -> Option<(String, Made)> {
        let (text, thread) = self.0.take()?;
        let made = thread.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked));
        Some((text, made))
    }
}

impl Drop for Ahead {
    /// A driver that is still compiling when its process ends may crash.
    fn drop(&mut self) {
        if let Some((_, thread)) = self.0.take() {
            let _ = thread.join();
        }
    }
}
