//! Capabilities, through the public routes, on a real Postgres. One program, a module for each.

mod migrations;
mod oauth;
mod operations;
mod postgres;
mod problems;
mod sign_in;
mod support;
