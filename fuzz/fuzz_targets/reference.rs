//! Any text in place of the rules or cards.

#![no_main]

use gpu_assay::reference::{Files, Reference};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for path in ["rules/us-3a090a-2023.toml", "formats.toml", "cards/nvidia-a100-sxm4-80gb.toml", "measured/nvidia.toml"] {
        let _ = Reference::parse(&Files::embedded().with(path, text));
    }
});
