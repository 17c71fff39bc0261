-- What learners do in SCORM content and at webinars is stated in the record store, from what is recorded
-- anyway: here is how far that has come.

ALTER TABLE sessions ADD COLUMN stated_number bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN sessions.stated_number IS 'Last journal number that statements were made of.';

CREATE TABLE stated_registrations (
    registration_id uuid  PRIMARY KEY REFERENCES registrations (id) ON DELETE CASCADE,
    state           jsonb NOT NULL
);
COMMENT ON TABLE stated_registrations IS 'What has been stated of registrations, so that nothing is stated twice.';
COMMENT ON COLUMN stated_registrations.registration_id IS 'Of which.';
COMMENT ON COLUMN stated_registrations.state IS 'own_statements::scorm::Told, as JSON.';

ALTER TABLE attendances ADD COLUMN stated_id uuid;
COMMENT ON COLUMN attendances.stated_id IS 'The statement that says so; null while none does.';
CREATE INDEX attendances_unstated ON attendances (noted_at) WHERE attended <> (stated_id IS NOT NULL);
