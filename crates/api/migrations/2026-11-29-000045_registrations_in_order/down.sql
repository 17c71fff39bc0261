DROP INDEX registrations_package;
CREATE INDEX registrations_package ON registrations (package_id, id);
DROP INDEX registrations_created;
