//! Our own commands.
fn main() {}
