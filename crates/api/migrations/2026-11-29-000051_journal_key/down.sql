ALTER TABLE sessions DROP COLUMN journal_key;
