//! Patterns of AMQP topic bindings. Invariant: a pattern matches here exactly the keys for which a topic exchange would route it.

/// Whether `key` matches `pattern`: words are separated by dots, `*` stands for one word, `#` for any number of words, none included.
#[must_use]
pub fn matches(pattern: &str, key: &str) -> bool {
    let pattern: Vec<&str> = words(pattern).collect();
    let key: Vec<&str> = words(key).collect();
    // `reached[n]`: the part of the pattern read so far matches the first `n` words of the key.
    let mut reached = vec![false; key.len() + 1];
    reached[0] = true;
    for word in pattern {
        if word == "#" {
            let from = reached.iter().position(|at| *at).unwrap_or(reached.len());
            reached[from..].fill(true);
        } else {
            for n in (0..key.len()).rev() {
                reached[n + 1] = reached[n] && (word == "*" || word == key[n]);
            }
            reached[0] = false;
        }
    }
    reached[key.len()]
}

/// An empty text has no words, as a broker sees it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('.').filter(move |_| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_a_topic_exchange_routes() {
        for (pattern, key, expected) in [
            ("#", "", true),
            ("#", "a.b.c", true),
            ("a.b", "a.b", true),
            ("a.b", "a.b.c", false),
            ("a.*.c", "a.b.c", true),
            ("a.*.c", "a.c", false),
            ("*", "", false),
            ("", "", true),
            ("", "a", false),
            ("a.#", "a", true),
            ("#.c", "c", true),
            ("#.c.#", "a.b.c.d", true),
            ("#.c.#", "a.b.d", false),
            ("#.#", "a", true),
            ("a.#.b.*", "a.b.b", true),
            ("a.#.b.*", "a.b", false),
            ("a..b", "a..b", true),
            // Bindings that consumers are known to use (reference 6.2).
            ("true.*.*.*.com.vmware.vcloud.event.vm.create", "true.e.o.u.com.vmware.vcloud.event.vm.create", true),
            (
                "true.#.com.vmware.vcloud.event.task.create.vdcInstantiateVapp",
                "true.e.o.u.com.vmware.vcloud.event.task.create.vdcInstantiateVapp",
                true,
            ),
            ("#.#.com.vmware.vcloud.event.vc.*", "true.e.o.u.com.vmware.vcloud.event.vc.refresh", true),
            ("#.blockingtask.#", "true.e.o.u.com.vmware.vcloud.event.task.create.vdcComposeVapp", false),
        ] {
            assert_eq!(matches(pattern, key), expected, "{pattern} against {key}");
        }
    }

    #[test]
    fn many_wildcards_cost_no_more_than_the_product_of_the_lengths() {
        let pattern = vec!["#.a"; 2_000].join(".");
        let key = vec!["a"; 1_999].join(".");
        assert!(!matches(&pattern, &key));
    }
}
