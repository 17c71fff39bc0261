-- What a page keeps on the device lies where the content of every course can write. A key that only the
-- session's own page is given tells its lines from forged ones.
ALTER TABLE sessions ADD COLUMN journal_key bytea;
COMMENT ON COLUMN sessions.journal_key IS 'Key of the codes (HMAC-SHA-256) of the journal lines that the page keeps on the device; null until the page was given one.';
