//! See `lebombo_fuzz::total`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lebombo_fuzz::total::holds(data));
