-- An author looks at a package as a learner would: a run that no list, report or statement counts.
ALTER TABLE registrations ADD COLUMN preview boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN registrations.preview IS 'An author''s preview: counted nowhere, removed with its learner after a day.';
CREATE INDEX registrations_preview ON registrations (created_at) WHERE preview;
