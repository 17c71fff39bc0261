//! The program `percorso`.

use std::process::ExitCode;

/// JSON is many small pieces of memory, made and given back again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    percorso_api::cli::run().await
}
