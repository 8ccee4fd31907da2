//! How much has happened on random days. Invariant: counts of days add up.

use std::collections::BTreeMap;

/// How much has happened.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub(super) seeds: u64,
    pub(super) steps: u64,
    pub(super) commands: u64,
    pub(super) refused: u64,
    pub(super) restarts: u64,
    pub(super) crashes: u64,
    pub(super) blackouts: u64,
    /// Leases of running vApps that ended.
    pub(super) lapses: u64,
    /// States that were brought back.
    pub(super) brought_back: u64,
    /// Calls of the control interface, by what came of them.
    pub(super) hands: BTreeMap<&'static str, u64>,
    /// Tasks by how they ended.
    pub(super) ended: BTreeMap<&'static str, u64>,
    /// Requests that were accepted, by what they asked for, as far as that is counted.
    pub(super) accepted: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.commands += other.commands;
        self.refused += other.refused;
        self.restarts += other.restarts;
        self.crashes += other.crashes;
        self.blackouts += other.blackouts;
        self.lapses += other.lapses;
        self.brought_back += other.brought_back;
        for (counts, more) in [(&mut self.hands, &other.hands), (&mut self.ended, &other.ended), (&mut self.accepted, &other.accepted)] {
            more.iter().for_each(|(what, count)| *counts.entry(what).or_default() += count);
        }
    }
}
