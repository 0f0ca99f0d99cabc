//! Asking a card: what it refused once is not asked again, and a card that has gone is asked nothing.

use nvml_wrapper::Device;
use nvml_wrapper::error::NvmlError;

use crate::telemetry::{LeftOut, Quantity};

/// What `NVML_ERROR_GPU_NOT_FOUND` is in nvml.h; nvml-wrapper has no name for it.
const GPU_NOT_FOUND: u32 = 28;

/// A card, and what it need not be asked again.
pub(super) struct Asked {
    device: Device<'static>,
    refused: Vec<Quantity>,
    has_gone: bool,
}

impl Asked {
    pub(super) fn new(device: Device<'static>) -> Self {
        Self { device, refused: Vec::new(), has_gone: false }
    }

    /// What `call` tells of `what`; where it fails, that is noted.
    pub(super) fn value<T>(
        &mut self,
        what: Quantity,
        left_out: &mut LeftOut,
        call: impl FnOnce(&Device<'static>) -> Result<T, NvmlError>,
    ) -> Option<T> {
        if self.has_gone || self.refused.contains(&what) {
            return None;
        }
        let error = match call(&self.device) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        if is_of_the_card(&error) {
            self.has_gone = true;
            left_out.note(Quantity::All, format!("the card does not answer any more: {}", why(&error)));
            return None;
        }
        if is_final(&error) {
            self.refused.push(what);
        }
        left_out.note(what, why(&error));
        None
    }

    /// What `call` tells, of something that is not missed.
    pub(super) fn aside<T>(&self, call: impl FnOnce(&Device<'static>) -> Result<T, NvmlError>) -> Option<T> {
        if self.has_gone { None } else { call(&self.device).ok() }
    }
}

/// Whether the card, or the driver, has gone, and not only what was asked for.
fn is_of_the_card(error: &NvmlError) -> bool {
    matches!(
        error,
        NvmlError::GpuLost
            | NvmlError::ResetRequired
            | NvmlError::Uninitialized
            | NvmlError::DriverNotLoaded
            | NvmlError::UnexpectedVariant(GPU_NOT_FOUND)
    )
}

/// Whether the answer will stay the same.
fn is_final(error: &NvmlError) -> bool {
    matches!(
        error,
        NvmlError::NotSupported
            | NvmlError::NoPermission
            | NvmlError::FailedToLoadSymbol(_)
            | NvmlError::FunctionNotFound
            | NvmlError::InvalidArg
    )
}

/// An error in words for people.
pub(super) fn why(error: &NvmlError) -> String {
    match error {
        NvmlError::NotSupported => "not supported by this card".to_owned(),
        NvmlError::NoPermission => "no permission".to_owned(),
        NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => {
            "this version of NVIDIA's library does not tell it".to_owned()
        }
        NvmlError::GpuLost | NvmlError::UnexpectedVariant(GPU_NOT_FOUND) => "it fell off the bus".to_owned(),
        NvmlError::ResetRequired => "it needs a reset".to_owned(),
        NvmlError::UnexpectedVariant(code) => format!("NVIDIA's library returned {code}"),
        error => error.to_string(),
    }
}
