//! The tables of cmi5, as their migration leaves them.

diesel::table! {
    /// Launches of assignable units. The session itself is in sessions.
    cmi5_sessions (session_id) {
        /// The session, as statements name it.
        session_id -> Uuid,
        /// The registration.
        registration_id -> Uuid,
        /// What the rules know of the session (tracker::cmi5::Session).
        state -> Jsonb,
        /// SHA-256 of the key in the fetch URL.
        fetch_hash -> Binary,
        /// When the token was given out; null before. Never a second time.
        fetched_at -> Nullable<Timestamptz>,
        /// SHA-256 of the token's secret; null before it was given out.
        token_hash -> Nullable<Binary>,
        /// When the unit last asked for anything, to the minute.
        last_seen_at -> Timestamptz,
        /// When it was terminated or abandoned; null while open.
        ended_at -> Nullable<Timestamptz>,
    }
}
