//! The `newsdex` program.

fn main() {}
