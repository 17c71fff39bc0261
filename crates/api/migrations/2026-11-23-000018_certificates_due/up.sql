-- An attestato is issued without being asked for: which complete enrolments have none yet must be found without
-- reading the others.
ALTER TABLE course_enrolments ADD COLUMN certified_at timestamptz;
COMMENT ON COLUMN course_enrolments.certified_at IS 'When its attestato was issued; null before. Kept by the trigger certificates_noted.';

UPDATE course_enrolments e SET certified_at = c.issued_at FROM certificates c WHERE c.enrolment_id = e.id;

CREATE INDEX course_enrolments_due ON course_enrolments (id)
    WHERE completed_at IS NOT NULL AND certified_at IS NULL AND withdrawn_at IS NULL;

CREATE FUNCTION certificate_noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE course_enrolments SET certified_at = NEW.issued_at WHERE id = NEW.enrolment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER certificates_noted AFTER INSERT ON certificates
    FOR EACH ROW EXECUTE FUNCTION certificate_noted();
