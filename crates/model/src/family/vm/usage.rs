//! How much machines use. Invariant: guests here do nothing and never did, so that they use no processor, memory or disk at any time; what is
//! said of a machine's disks follows from its hardware.

use super::Vm;

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// As in `cpu.usage.average`.
    pub name: &'static str,
    /// As in `PERCENT`.
    pub unit: &'static str,
    /// Whether guests make it by what they do.
    pub of_guest: bool,
}

const fn of_guest(name: &'static str, unit: &'static str) -> Metric {
    Metric { name, unit, of_guest: true }
}

const PROVISIONED: Metric = Metric { name: "disk.provisioned.latest", unit: "KILOBYTE", of_guest: false };
const USED: Metric = Metric { name: "disk.used.latest", unit: "KILOBYTE", of_guest: false };

/// All that is measured.
pub const METRICS: [Metric; 8] = [
    of_guest("cpu.usage.average", "PERCENT"),
    of_guest("cpu.usage.maximum", "PERCENT"),
    of_guest("cpu.usagemhz.average", "MEGAHERTZ"),
    of_guest("mem.usage.average", "PERCENT"),
    of_guest("disk.read.average", "KILOBYTES_PER_SECOND"),
    of_guest("disk.write.average", "KILOBYTES_PER_SECOND"),
    PROVISIONED,
    USED,
];

impl Metric {
    /// What is measured of a machine as it stands.
    #[must_use]
    pub fn of(&self, vm: &Vm) -> i64 {
        let kilobytes: i64 = match *self {
            PROVISIONED => vm.hardware.disks.iter().map(|disk| disk.size_mb.saturating_mul(1024)).sum(),
            USED => vm.hardware.disks.iter().filter_map(|disk| disk.content).map(|content| (content.size / 1024).cast_signed()).sum(),
            _ => 0,
        };
        kilobytes
    }

    /// Whether one of the patterns means it; without any, all are meant. An asterisk stands for any characters.
    #[must_use]
    pub fn is_meant_by(&self, patterns: &[String]) -> bool {
        patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern.trim(), self.name))
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_for_anything() {
        let meant = |patterns: &[&str]| {
            let patterns: Vec<_> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            METRICS.iter().filter(|metric| metric.is_meant_by(&patterns)).count()
        };
        assert_eq!((meant(&[]), meant(&["*"]), meant(&["*.average"])), (8, 8, 5));
        assert_eq!((meant(&["cpu.*"]), meant(&["cpu.*.average"]), meant(&["cpu.usage.average"]), meant(&["cpu"])), (3, 2, 1, 0));
        assert_eq!((meant(&["d*k.*.la*"]), meant(&["mem.*", "cpu.usage.*"]), meant(&["*x*"])), (2, 3, 1));
    }
}
