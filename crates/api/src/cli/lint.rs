//! `percorso lint`.
