#![no_main]

#[path = "../../tests/regressions/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::run("export", data));
