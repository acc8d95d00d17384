#![no_main]

use libfuzzer_sys::fuzz_target;
use versions::Scheme;

fuzz_target!(|input: &[u8]| fuzz::version_order(Scheme::Hackage, input));
