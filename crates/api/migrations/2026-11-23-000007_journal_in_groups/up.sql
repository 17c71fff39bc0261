-- The journal is written for many learners by one statement: leaner rows for the hottest tables.

-- Room on each page, so that an update stays on it and touches no index (heap-only tuples).
ALTER TABLE registrations SET (fillfactor = 75);
ALTER TABLE sessions SET (fillfactor = 75);

-- JSON as it came, neither parsed nor reordered by the database: it is read whole or not at all, and
-- text keeps what jsonb cannot (U+0000 as an escape).
ALTER TABLE journal_entries ALTER COLUMN event TYPE text USING event::text;
ALTER TABLE journal_entries ALTER COLUMN outcome TYPE text USING outcome::text;
COMMENT ON COLUMN journal_entries.event IS 'tracker::session::Event, as JSON.';
COMMENT ON COLUMN journal_entries.outcome IS 'The answer, with its error code, and the decisions it caused, as JSON; null when it was "true" and nothing else.';
COMMENT ON COLUMN registrations.updated_at IS 'When progress here last changed, to the moment; when the learner last did anything, to the minute.';

-- lz4 where this Postgres has it: several times quicker than the default, and written on every batch.
DO $$
BEGIN
    EXECUTE 'ALTER TABLE registrations ALTER COLUMN state SET COMPRESSION lz4';
    EXECUTE 'ALTER TABLE journal_entries ALTER COLUMN event SET COMPRESSION lz4, ALTER COLUMN outcome SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value OR syntax_error THEN
    RAISE NOTICE 'this Postgres has no lz4: the default compression stays';
END
$$;

-- A link is good for one start, also when the answer to that start is lost on a poor line: the page that
-- asked may ask again.
ALTER TABLE sessions ADD COLUMN start_nonce uuid;
COMMENT ON COLUMN sessions.start_nonce IS 'Made by the page that started the session: whoever knows it may have the answer to the start again.';
