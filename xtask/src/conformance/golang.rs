//! Builds a client that is written in Go.
//!
//! Invariant: where Go is absent or older than the module asks for, the answer is the reason, and nothing is built.

use std::path::PathBuf;

use crate::process::{capture, command, found, run};
use crate::workspace;

/// The program of a module in `conformance/`, or why it cannot be built here.
pub(super) fn build(module: &str) -> Result<Result<PathBuf, String>, String> {
    let dir = workspace::root().join("conformance").join(module);
    let wanted = wanted(&workspace::read(&dir.join("go.mod"))?)?;
    if !found(&["go"]) {
        return Ok(Err(format!("Go is not installed, and Go {wanted} or newer is needed")));
    }
    // Asked in the module's folder: some releases of Go fetch the one that a module asks for.
    let said = match capture(command("go").arg("version").current_dir(&dir)) {
        Ok(said) => said.trim().to_owned(),
        Err(error) => return Ok(Err(format!("Go {wanted} or newer is needed: {}", error.replace('\n', ": ")))),
    };
    if release(&said).is_none_or(|here| here < numbers(&wanted)) {
        return Ok(Err(format!("Go {wanted} or newer is needed, and here is {said}")));
    }
    let program = workspace::target().join("conformance").join(module);
    println!("  {module}: builds with {said}; the first time takes minutes");
    // No stamp of the checkout in the program: there may be no git, or one that refuses to look.
    run(command("go").args(["build", "-buildvcs=false", "-o"]).arg(&program).arg(".").current_dir(&dir))?;
    Ok(Ok(program))
}

/// The release that a `go.mod` asks for.
fn wanted(module: &str) -> Result<String, String> {
    let line = module.lines().find_map(|line| line.strip_prefix("go "));
    line.map(|release| release.trim().to_owned()).ok_or_else(|| "go.mod names no release of Go".to_owned())
}

/// The release in the answer to `go version`.
fn release(said: &str) -> Option<Vec<u32>> {
    let word =
        said.split_whitespace().filter_map(|word| word.strip_prefix("go")).find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    word.map(numbers)
}

/// `1.26.2` as numbers; of `27rc1` the 27.
fn numbers(release: &str) -> Vec<u32> {
    let number = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
    release.split('.').map_while(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_releases() {
        assert_eq!(wanted("module m\n\ngo 1.26.2\n").unwrap(), "1.26.2");
        assert!(wanted("module m\n").is_err());
        assert_eq!(release("go version go1.26.8 linux/amd64"), Some(vec![1, 26, 8]));
        assert_eq!(release("go version devel go1.27-0b1c linux/arm64"), Some(vec![1, 27]));
        assert_eq!(release("what is Go?"), None);
    }

    #[test]
    fn an_older_release_is_smaller() {
        for older in ["1.19.8", "1.26", "1.26.1", "1.26rc1"] {
            assert!(numbers(older) < numbers("1.26.2"), "{older}");
        }
        for right in ["1.26.2", "1.26.10", "1.27rc1", "2.0"] {
            assert!(numbers(right) >= numbers("1.26.2"), "{right}");
        }
    }
}
