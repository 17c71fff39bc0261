DROP INDEX accounts_name;
DROP INDEX registrations_runs;
