//! See `lebombo_fuzz::policy`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lebombo_fuzz::policy::holds(data));
