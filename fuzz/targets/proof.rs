//! See `lebombo_fuzz::proof`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lebombo_fuzz::proof::holds(data));
