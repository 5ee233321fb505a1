//! `huitou-hq`: headquarters as one program. The work is in the library's `hq`.

use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    let cli = sync::hq::command::Cli::parse();
    Ok(sync::hq::command::run(cli, &mut std::io::stdout().lock())?)
}
