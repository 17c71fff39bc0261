ALTER TABLE journal_entries ALTER COLUMN event TYPE jsonb USING replace(event, '\u0000', '\ufffd')::jsonb;
ALTER TABLE journal_entries ALTER COLUMN outcome TYPE jsonb USING replace(outcome, '\u0000', '\ufffd')::jsonb;
COMMENT ON COLUMN journal_entries.event IS 'tracker::session::Event.';
COMMENT ON COLUMN journal_entries.outcome IS 'The answer, with its error code, and the decisions it caused; null when it was "true" and nothing else.';
COMMENT ON COLUMN registrations.updated_at IS 'When anything here last changed.';
ALTER TABLE registrations RESET (fillfactor);
ALTER TABLE sessions RESET (fillfactor);
DO $$
BEGIN
    EXECUTE 'ALTER TABLE registrations ALTER COLUMN state SET COMPRESSION default';
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'this Postgres has no choice of compression';
END
$$;
ALTER TABLE sessions DROP COLUMN start_nonce;
