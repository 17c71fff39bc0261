ALTER TABLE sessions DROP COLUMN last_line;
COMMENT ON COLUMN sessions.last_number IS 'Last journal number acknowledged.';
