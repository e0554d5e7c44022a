//! A ZooKeeper server in memory, for tests and demos.

mod args;
mod control;
mod export;
#[cfg(feature = "ring")]
mod tls;

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use zk_server::Ensemble;

use args::Args;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "zk-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until it is stopped by a signal, or the end of its commands: there is nothing to save.
fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let builder = Ensemble::builder().config(args.config());
    let builder = args.listen.iter().fold(builder, |builder, address| builder.listen(*address));
    #[cfg(feature = "ring")]
    let builder = args.tls.apply(builder)?;
    let ensemble = builder.start_ensemble(args.listen.len())?;
    if let Some(file) = &args.data_from {
        load(file, &ensemble).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if let Some(rule) = args.rule() {
        ensemble.add_rule(rule);
    }
    writeln!(io::stdout(), "listening on {}", ensemble.connect_string())?;
    if let Some(servers) = ensemble.secure_connect_string() {
        writeln!(io::stdout(), "listening with TLS on {servers}")?;
    }
    if args.control {
        return Ok(control::obey(&ensemble, io::stdin().lock(), io::stdout().lock())?);
    }
    loop {
        thread::park();
    }
}

fn load(file: &Path, ensemble: &Ensemble) -> Result<(), Box<dyn Error>> {
    export::load(BufReader::new(File::open(file)?), ensemble)
}
