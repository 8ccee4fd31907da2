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

/// How a pattern fares with a routing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Whether it matches.
    pub matches: bool,
    /// Which words of the key each word of the pattern takes, as far as it comes.
    pub taken: Vec<(String, Vec<String>)>,
    /// Why, in a sentence.
    pub why: String,
}

/// Why `pattern` matches `key`, or does not.
#[must_use]
pub fn explain(pattern: &str, key: &str) -> Binding {
    let pattern: Vec<&str> = words(pattern).collect();
    let key: Vec<&str> = words(key).collect();
    let reached = reach(&pattern, &key);
    let matches = reached[pattern.len()][key.len()];
    // As far as the pattern comes at all, and the places of the key to which it does.
    let far = reached.iter().rposition(|row| row.contains(&true)).unwrap_or(0);
    let places: Vec<usize> = (0..=key.len()).filter(|at| reached[far][*at]).collect();
    let end = match (matches, far == pattern.len()) {
        (true, _) => key.len(),
        (false, true) => places.last().copied().unwrap_or(0),
        (false, false) => places.first().copied().unwrap_or(0),
    };
    let why = match (matches, pattern.get(far)) {
        (true, _) => "Every word of the pattern finds its part of the key.".to_owned(),
        (false, None) => {
            format!("The pattern ends before word {} of the key, \"{}\"; \".#\" at its end would take the rest.", end + 1, key[end])
        }
        (false, Some(word)) => stuck(word, &key, &places),
    };
    Binding { matches, taken: taken(&pattern, &key, &reached, far, end), why }
}

/// `[i][n]`: the first `i` words of the pattern match the first `n` of the key.
fn reach(pattern: &[&str], key: &[&str]) -> Vec<Vec<bool>> {
    let mut rows = vec![vec![false; key.len() + 1]];
    rows[0][0] = true;
    for (i, word) in pattern.iter().enumerate() {
        let before = &rows[i];
        let row = (0..=key.len()).map(|n| match *word {
            "#" => before[..=n].contains(&true),
            _ => n > 0 && before[n - 1] && (*word == "*" || *word == key[n - 1]),
        });
        let row = row.collect();
        rows.push(row);
    }
    rows
}

/// Why the pattern does not go on with `word` at any of these places of the key.
fn stuck(word: &str, key: &[&str], places: &[usize]) -> String {
    let left: Vec<&str> = places.iter().filter_map(|at| key.get(*at).copied()).collect();
    let twin = left.iter().find(|other| other.eq_ignore_ascii_case(word));
    let twin = twin.map_or_else(String::new, |other| format!(" There is \"{other}\": upper and lower case are not the same."));
    match (left[..].first(), places) {
        (None, _) => format!("The key has ended, and the pattern goes on with \"{word}\"."),
        (Some(other), [at]) => format!("Word {} of the key is \"{other}\", where the pattern has \"{word}\".{twin}", at + 1),
        (Some(_), _) => format!("No word of the key from word {} on is \"{word}\".{twin}", places[0] + 1),
    }
}

/// What each of the first `far` words of the pattern takes of the first `end` of the key.
fn taken(pattern: &[&str], key: &[&str], reached: &[Vec<bool>], far: usize, end: usize) -> Vec<(String, Vec<String>)> {
    let mut pairs = Vec::new();
    let mut to = end;
    for i in (0..far).rev() {
        let from = if pattern[i] == "#" { (0..=to).rev().find(|n| reached[i][*n]).unwrap_or(0) } else { to.saturating_sub(1) };
        pairs.push((pattern[i].to_owned(), key[from..to].iter().map(|word| (*word).to_owned()).collect()));
        to = from;
    }
    pairs.reverse();
    pairs
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
    fn what_does_not_match_says_where() {
        let key = "true.e.o.u.com.vmware.vcloud.event.blockingtask.create.vdcInstantiateVapp";
        for (pattern, word) in [
            ("true.*.*.*.com.vmware.vcloud.event.vapp.#", "Word 9 of the key is \"blockingtask\", where the pattern has \"vapp\"."),
            ("#.blockingtask.create", "ends before word 11 of the key, \"vdcInstantiateVapp\""),
            ("#.blockingTask.#", "No word of the key from word 1 on is \"blockingTask\". There is \"blockingtask\""),
            ("#.vdcInstantiateVapp.*", "The key has ended, and the pattern goes on with \"*\"."),
            ("blockingtask", "Word 1 of the key is \"true\""),
            ("", "ends before word 1"),
        ] {
            let binding = explain(pattern, key);
            assert!(!binding.matches && binding.why.contains(word), "{pattern}: {}", binding.why);
        }
        let stuck = explain("true.*.*.*.com.vapp.#", key);
        assert_eq!(stuck.taken.last().unwrap(), &("com".to_owned(), vec!["com".to_owned()]));
    }

    #[test]
    fn what_matches_takes_the_whole_key() {
        for (pattern, key) in [("#", ""), ("#.#", "a"), ("a.#.b.*", "a.x.b.b.c"), ("a.#", "a"), ("#.c.#", "a.b.c.d"), ("", "")] {
            let binding = explain(pattern, key);
            assert_eq!(binding.matches, matches(pattern, key), "{pattern} against {key}");
            let taken: Vec<_> = binding.taken.iter().flat_map(|(_, words)| words.clone()).collect();
            assert_eq!((binding.matches, taken.join(".")), (true, key.to_owned()), "{pattern}");
        }
    }

    #[test]
    fn many_wildcards_cost_no_more_than_the_product_of_the_lengths() {
        let pattern = vec!["#.a"; 2_000].join(".");
        let key = vec!["a"; 1_999].join(".");
        assert!(!matches(&pattern, &key));
    }
}
