ALTER TABLE sessions DROP COLUMN launch_method;
