DROP TABLE registration_moves;
DROP TABLE package_migrations;
COMMENT ON COLUMN sessions.end_reason IS 'ended, suspended, superseded, abandoned or reset.';
