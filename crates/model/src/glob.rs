//! Patterns with `*`. Invariant: a pattern without one fits itself only, whatever the case of its letters.

/// Whether `text` fits `pattern`, in which `*` stands for anything, also for nothing.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text) in [
            ("/api/org", "/API/org"),
            ("*", ""),
            ("*/action/composeVApp", "/api/vdc/1/action/composevapp"),
            ("/api/*/1/*", "/api/vdc/1/action"),
            ("a*b*b", "abb"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("/api/org", "/api/org/1"), ("a*b*b", "ab"), ("a*a", "a"), ("*x", "xy"), ("", "a")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
