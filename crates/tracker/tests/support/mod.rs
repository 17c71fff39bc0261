//! What tests and benchmarks of the tracker share: packages made up from a few words, and random ones.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test and benchmark that includes this uses a part of it"
)]

mod draw;
pub mod packages;
pub mod random;

use proptest::{prelude::*, test_runner::RngSeed};

/// The same cases on every machine; `PROPTEST_RNG_SEED=…` asks for others.
pub fn reproducible(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig {
        cases,
        ..ProptestConfig::default()
    };
    if matches!(config.rng_seed, RngSeed::Random) {
        config.rng_seed = RngSeed::Fixed(2004);
    }
    config
}

/// Seeds of random courses.
pub fn seeds() -> impl Strategy<Value = random::Seeds> {
    let activities = prop::collection::vec((0_u8..4, any::<u64>()), 1..random::MOST);
    (any::<u64>(), activities)
}
