//! Capabilities, through the public routes, on a real Postgres. One program, a module for each.

mod audit;
mod clients;
mod cmi5;
mod cmi5_packages;
mod content;
mod coordinator;
mod journal;
mod launch;
mod learners;
mod migrations;
mod oauth;
mod operations;
mod origins;
mod packages;
mod paths;
mod postgres;
mod problems;
mod registrations;
mod replay;
mod resume;
mod sign_in;
mod support;
mod uploads;
mod webhooks;
mod xapi;
mod xapi_together;
