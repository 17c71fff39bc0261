-- What somebody is given for a completed course: as it was on the day of issue, whatever changes later.
CREATE TABLE certificates (
    code           text        PRIMARY KEY,
    enrolment_id   uuid        NOT NULL UNIQUE REFERENCES course_enrolments (id) ON DELETE CASCADE,
    said           jsonb       NOT NULL,
    issued_at      timestamptz NOT NULL DEFAULT now(),
    revoked_at     timestamptz,
    revoked_reason text
);
COMMENT ON TABLE certificates IS 'Attestati.';
COMMENT ON COLUMN certificates.code IS 'Cannot be guessed; who has it may see the certificate.';
COMMENT ON COLUMN certificates.enrolment_id IS 'The enrolment that was completed.';
COMMENT ON COLUMN certificates.said IS 'Name, body, course, items, hours and dates as they were.';
COMMENT ON COLUMN certificates.issued_at IS 'When it was issued.';
COMMENT ON COLUMN certificates.revoked_at IS 'When it was taken back; null while good.';
COMMENT ON COLUMN certificates.revoked_reason IS 'Why, in words.';
