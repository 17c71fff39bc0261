//! The delivery API: HTTP, Postgres, pages and player. The only crate that does I/O.
//!
//! It knows no sequencing rule: it loads, asks the tracker, saves in one transaction, answers.

pub mod app;
pub(crate) mod audit;
pub mod auth;
pub mod blob;
pub(crate) mod certificates;
pub mod cli;
pub mod cmi5;
pub mod config;
pub mod content;
pub mod db;
pub mod delivery;
pub mod forwarding;
pub(crate) mod gdpr;
pub mod import;
pub mod logging;
pub mod metrics;
pub mod openapi;
pub mod own_statements;
pub mod pages;
pub(crate) mod paths;
pub mod postgres;
pub mod problem;
pub mod reports;
pub mod routes;
pub mod start;
pub mod webhooks;
pub mod wire;
pub mod xapi;
