-- Registrations are listed by when they were made, the newest first. Their ids do not tell: clients may choose them.
CREATE INDEX registrations_created ON registrations (created_at, id);
DROP INDEX registrations_package;
CREATE INDEX registrations_package ON registrations (package_id, created_at, id);
