-- cmi5: an assignable unit is launched with an address that gives its token once; the token is good
-- only within its session. What the rules know of a session is kept with it.
CREATE TABLE cmi5_sessions (
    session_id      uuid        PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    registration_id uuid        NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    state           jsonb       NOT NULL,
    fetch_hash      bytea       NOT NULL,
    fetched_at      timestamptz,
    token_hash      bytea,
    last_seen_at    timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz
);
COMMENT ON TABLE cmi5_sessions IS 'Launches of assignable units. The session itself is in sessions.';
COMMENT ON COLUMN cmi5_sessions.session_id IS 'The session, as statements name it.';
COMMENT ON COLUMN cmi5_sessions.registration_id IS 'The registration.';
COMMENT ON COLUMN cmi5_sessions.state IS 'What the rules know of the session (tracker::cmi5::Session).';
COMMENT ON COLUMN cmi5_sessions.fetch_hash IS 'SHA-256 of the key in the fetch URL.';
COMMENT ON COLUMN cmi5_sessions.fetched_at IS 'When the token was given out; null before. Never a second time.';
COMMENT ON COLUMN cmi5_sessions.token_hash IS 'SHA-256 of the token''s secret; null before it was given out.';
COMMENT ON COLUMN cmi5_sessions.last_seen_at IS 'When the unit last asked for anything, to the minute.';
COMMENT ON COLUMN cmi5_sessions.ended_at IS 'When it was terminated or abandoned; null while open.';

CREATE UNIQUE INDEX cmi5_sessions_by_fetch ON cmi5_sessions (fetch_hash);
CREATE INDEX cmi5_sessions_by_registration ON cmi5_sessions (registration_id);
CREATE INDEX cmi5_sessions_open ON cmi5_sessions (last_seen_at) WHERE ended_at IS NULL;
