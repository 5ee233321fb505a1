//! `huitou-hq`: headquarters as one program. The work is in the library's `hq`.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = sync::hq::command::Cli::parse();
    match sync::hq::command::run(cli, &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("huitou-hq: {error}");
            ExitCode::from(2)
        }
    }
}
