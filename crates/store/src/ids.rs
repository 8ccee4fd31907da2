//! Ids and secrets, random or reproducible. Invariant: every id is a version 4 UUID.

use rand::rngs::OsRng;
use rand::{RngCore, SeedableRng, TryRngCore};
use rand_chacha::ChaCha8Rng;
use std::sync::{Mutex, PoisonError};
use uuid::{Builder, Uuid};
use vcdsim_model::clock::IdGen;

/// Ids from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdGen for RandomIds {
    fn id(&self) -> Uuid {
        let mut bytes = [0; 16];
        OsRng.unwrap_err().fill_bytes(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        OsRng.unwrap_err().fill_bytes(&mut bytes);
        bytes
    }
}

/// Ids from a seed: the same seed gives the same stream, on every machine.
#[derive(Debug)]
pub struct SeededIds(Mutex<ChaCha8Rng>);

impl SeededIds {
    /// The stream of `seed`, from its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }

    fn with<T>(&self, draw: impl FnOnce(&mut ChaCha8Rng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl IdGen for SeededIds {
    fn id(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.with(|rng| rng.fill_bytes(&mut bytes));
        Builder::from_random_bytes(bytes).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.with(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }

    fn position(&self) -> Option<u64> {
        u64::try_from(self.with(|rng| rng.get_word_pos())).ok()
    }

    fn seek(&self, position: u64) {
        self.with(|rng| rng.set_word_pos(position.into()));
    }
}
