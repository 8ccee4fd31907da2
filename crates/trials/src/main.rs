//! Trials of the real binary: how fast it is, and what it keeps when it is killed or its broker fails it. Run by `cargo xtask bench`,
//! `cargo xtask crash` and `cargo xtask broker-faults`.
//!
//! Invariant: a trial talks to the server as clients do, and asserts nothing about wall time outside of the bench's table.

#![expect(clippy::print_stdout, reason = "the trials talk to whoever started them")]

mod bench;
mod broker;
mod bulk;
mod bus;
mod cell;
mod client;
mod clock;
mod crash;
mod fixed;
mod http;
mod load;
mod padded;
#[expect(unreachable_pub, reason = "what the sea-orm derives write is public")]
mod rows;
mod table;

use cell::Place;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["bench", server, dir, amqp, rows @ ..] => place(server, dir).and_then(|place| bench::run(&place, amqp, rows)),
        ["crash", server, dir, amqp, kills, seed] => place(server, dir).and_then(|place| {
            let number = |text: &str| text.parse().map_err(|_not_a_number| format!("\"{text}\" is not a number"));
            crash::run(&place, amqp, number(kills)?, number(seed)?.into())
        }),
        ["broker", server, dir, length @ ("short" | "long")] => place(server, dir).and_then(|place| broker::run(&place, *length == "long")),
        ["padded", count, dir] => match count.parse() {
            Ok(count) => actix_web::rt::System::new().block_on(padded::serve(count, PathBuf::from(dir))),
            Err(_) => Err(format!("\"{count}\" is not a number")),
        },
        ["fixed", file] => actix_web::rt::System::new().block_on(fixed::serve(Path::new(file))),
        _ => Err("say `bench SERVER DIR AMQP [GROUP..]`, `crash SERVER DIR AMQP KILLS SEED` or `broker SERVER DIR short|long`, as cargo xtask does".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("trials: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn place(server: &str, dir: &str) -> Result<Place, String> {
    let dir = PathBuf::from(dir);
    std::fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    Ok(Place { server: PathBuf::from(server), dir })
}
