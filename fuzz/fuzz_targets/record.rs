//! Any bytes in place of a record: read, judged, shown in every form and compared, without a panic and without anything that a terminal acts on.

#![no_main]

#[path = "../../tests/untrusted_record/mod.rs"]
mod untrusted_record;

use std::path::Path;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    if let Ok(record) = gpu_assay::record::parse(text, Path::new("fuzz")) {
        untrusted_record::use_up(&record);
    }
});
