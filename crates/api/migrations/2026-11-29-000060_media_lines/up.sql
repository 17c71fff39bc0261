-- What is done with the videos of content is a line of the journal too, for statements alone.

COMMENT ON COLUMN journal_entries.event IS 'What happened, as JSON: tracker::session::Event, or delivery::Media of a video or recording.';
