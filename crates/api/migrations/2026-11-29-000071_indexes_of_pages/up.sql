-- What two pages waited for with a hundred thousand registrations.

-- How many stand where in each version of a package is counted on the package's page, on the comparison and before
-- people are moved. Registrations are wide (they hold the whole progress): without this index the counting reads
-- all of the table, with it a hundred pages of the index alone.
CREATE INDEX registrations_runs ON registrations (package_id, package_version_id, completion, started_at) WHERE NOT preview;

-- Accounts are listed by name: a page of the list is the beginning of a walk, not the end of a sort of all of them.
CREATE INDEX accounts_name ON accounts (lower(name), id);
