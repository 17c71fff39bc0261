ALTER TABLE standings
    DROP COLUMN completed_week, DROP COLUMN enrolled_week, DROP COLUMN place_id,
    ADD COLUMN items_begun integer[] NOT NULL DEFAULT '{}', ADD COLUMN items_done integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN objects_begun integer[] NOT NULL DEFAULT '{}', ADD COLUMN objects_done integer[] NOT NULL DEFAULT '{}';
UPDATE standings SET stale = true;
DROP TABLE standing_places;
