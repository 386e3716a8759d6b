//! See `lebombo_fuzz::event`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lebombo_fuzz::event::holds(data));
