//! See `lebombo_fuzz::tile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lebombo_fuzz::tile::holds(data));
