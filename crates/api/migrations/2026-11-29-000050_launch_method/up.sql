-- A launch may ask for a window of the content's own, for content that does not fit into a frame.
ALTER TABLE sessions ADD COLUMN launch_method text CHECK (launch_method IN ('any_window', 'own_window'));
COMMENT ON COLUMN sessions.launch_method IS 'Where content is shown: any_window (a frame of the page) or own_window; null where the launch did not say.';
