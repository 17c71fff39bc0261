-- A session that is closed from outside has one line more than its page counts: the Close, of which
-- statements are made as of every other. What was closed before this is not stated again.

ALTER TABLE sessions ADD COLUMN last_line bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN sessions.last_line IS 'Last number in the journal: a Close from outside is one more than last_number.';
COMMENT ON COLUMN sessions.last_number IS 'Last journal number acknowledged to the page.';
UPDATE sessions SET last_line = last_number WHERE last_number > 0;
