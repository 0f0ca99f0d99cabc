//! Does another gpu-assay measure on the same GPU? Both results would be disturbed.

use std::fs::{File, OpenOptions, TryLockError};

use crate::adapter::Adapter;
use crate::record::Warning;

/// Held while this process measures; the lock goes with it.
#[derive(Debug)]
pub(super) struct Alone {
    _lock: Option<File>,
}

impl Alone {
    /// Marks the GPU of `adapter` as in use. The second value is what to warn of where another process has marked it.
    pub(super) fn on(adapter: &Adapter) -> (Self, Option<Warning>) {
        let place =
            adapter.pci_address.as_deref().unwrap_or("unknown").replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let name = format!("gpu-assay-{:04x}-{:04x}-{place}.lock", adapter.vendor_id, adapter.device_id);
        let path = std::env::temp_dir().join(name);
        let own = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        // Another user's file can be read, and a lock needs no more. If no file can be opened nothing is known, and nothing is said.
        let Ok(file) = own.or_else(|_| File::open(&path)) else {
            return (Self { _lock: None }, None);
        };
        match file.try_lock() {
            Ok(()) => (Self { _lock: Some(file) }, None),
            Err(TryLockError::WouldBlock) => (Self { _lock: None }, Some(Warning::Disturbed(adapter.name.clone()))),
            Err(TryLockError::Error(_)) => (Self { _lock: None }, None),
        }
    }
}
