//! What options take that stand for values of the domain, whose types know no command line.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::adapter::Backend;
use crate::plan::Tune;

/// Values, the word for each and what it means.
type Choices<T> = &'static [(T, &'static str, &'static str)];

const BACKENDS: Choices<Backend> = &[
    (Backend::Vulkan, "vulkan", "Vulkan"),
    (Backend::Metal, "metal", "Metal"),
    (Backend::Dx12, "dx12", "Direct3D 12"),
    (Backend::Gl, "gl", "OpenGL or OpenGL ES"),
];

const TUNES: Choices<Tune> = &[
    (Tune::Off, "off", "The first variant that fits the device"),
    (Tune::Quick, "quick", "Known-good variants, then what is near the fastest, as far as the time goes"),
    (Tune::Full, "full", "The same until nothing near the fastest is left to try"),
];

pub(super) fn backend() -> impl TypedValueParser<Value = Backend> {
    one_of(BACKENDS)
}

pub(super) fn tune() -> impl TypedValueParser<Value = Tune> {
    one_of(TUNES)
}

fn one_of<T: Copy + Send + Sync + 'static>(choices: Choices<T>) -> impl TypedValueParser<Value = T> {
    let words = choices.iter().map(|(_, word, meaning)| PossibleValue::new(*word).help(*meaning));
    PossibleValuesParser::new(words).try_map(|text| {
        choices.iter().find(|(_, word, _)| *word == text).map(|(value, ..)| *value).ok_or("not among the choices")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_backend_can_be_chosen_by_its_name() {
        for backend in Backend::ALL {
            assert!(
                BACKENDS.iter().any(|(value, word, _)| *value == backend && *word == backend.to_string()),
                "{backend}"
            );
        }
    }
}
