DROP INDEX attendances_unstated;
ALTER TABLE attendances DROP COLUMN stated_id;
DROP TABLE stated_registrations;
ALTER TABLE sessions DROP COLUMN stated_number;
