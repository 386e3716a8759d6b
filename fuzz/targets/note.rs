//! See `lebombo_fuzz::note`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lebombo_fuzz::note::holds(data));
