//! A device whose objections become faults.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use crate::measure::Fault;

/// A device, and why it was lost if it was. Threads may share it.
#[derive(Clone)]
pub(super) struct Watched {
    device: wgpu::Device,
    lost: Arc<Mutex<Option<String>>>,
}

impl Watched {
    /// Watches `device` from now on.
    pub(super) fn new(device: wgpu::Device) -> Self {
        let lost = Arc::new(Mutex::new(None));
        let note = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            *note.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(format!("{reason:?} {message}").trim().to_owned());
        });
        // Errors outside of a scope follow from faults that were already reported: they must not end the process.
        device.on_uncaptured_error(Arc::new(|_| {}));
        Self { device, lost }
    }

    /// Runs `make` and turns whatever the device objects to into a fault.
    pub(super) fn guarded<T>(&self, make: impl FnOnce() -> T) -> Result<T, Fault> {
        let scopes = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation]
            .map(|filter| self.device.push_error_scope(filter));
        let made = make();
        let mut fault = None;
        // Scopes end in the reverse order of their beginning.
        for scope in scopes.into_iter().rev() {
            fault = fault.or(pollster::block_on(scope.pop()));
        }
        if fault.is_some() {
            // A loss is told at a poll only; what else is objected to follows from it.
            let _ = self.device.poll(wgpu::PollType::Poll);
        }
        self.alive()?;
        match fault {
            None => Ok(made),
            Some(wgpu::Error::OutOfMemory { source }) => Err(Fault::OutOfMemory(source.to_string())),
            Some(wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. }) => {
                Err(Fault::CallRefused(description))
            }
        }
    }

    /// Whether the device has not been lost.
    pub(super) fn alive(&self) -> Result<(), Fault> {
        match &*self.lost.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(why) => Err(Fault::Lost(why.clone())),
        }
    }
}

impl Deref for Watched {
    type Target = wgpu::Device;

    fn deref(&self) -> &wgpu::Device {
        &self.device
    }
}
