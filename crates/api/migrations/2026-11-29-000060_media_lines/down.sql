COMMENT ON COLUMN journal_entries.event IS 'tracker::session::Event, as JSON.';
