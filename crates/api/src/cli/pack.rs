//! `percorso pack`.
