DROP TRIGGER certificates_noted ON certificates;
DROP FUNCTION certificate_noted();
DROP INDEX course_enrolments_due;
ALTER TABLE course_enrolments DROP COLUMN certified_at;
