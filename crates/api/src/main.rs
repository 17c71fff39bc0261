//! The program `percorso`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    percorso_api::cli::run().await
}
