DELETE FROM registrations WHERE preview;
ALTER TABLE registrations DROP COLUMN preview;
