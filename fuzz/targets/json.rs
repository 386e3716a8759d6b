//! See `lebombo_fuzz::json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lebombo_fuzz::json::holds(data));
