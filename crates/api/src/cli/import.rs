//! `percorso import`.
