-- Many people stand at the same place: what they have begun and done is kept once for all of them, and
-- standings become narrow rows that are counted by place and by week without a calculation for each.

CREATE TABLE standing_places (
    id            uuid      PRIMARY KEY,
    items_begun   integer[] NOT NULL,
    items_done    integer[] NOT NULL,
    objects_begun integer[] NOT NULL,
    objects_done  integer[] NOT NULL
);
COMMENT ON TABLE standing_places IS 'What somebody may have begun and done in a course, once for all who stand alike.';
COMMENT ON COLUMN standing_places.id IS 'Made from what stands here, so that the same place is the same row.';
COMMENT ON COLUMN standing_places.items_begun IS 'Positions of the items begun, done ones included.';
COMMENT ON COLUMN standing_places.items_done IS 'Positions of the items done.';
COMMENT ON COLUMN standing_places.objects_begun IS 'Learning objects begun, done ones included: position of the item times 1000 plus the place in the package, from 0.';
COMMENT ON COLUMN standing_places.objects_done IS 'Learning objects done, numbered in the same way.';

ALTER TABLE standings
    DROP COLUMN items_begun, DROP COLUMN items_done, DROP COLUMN objects_begun, DROP COLUMN objects_done,
    ADD COLUMN place_id uuid REFERENCES standing_places (id) ON DELETE RESTRICT,
    ADD COLUMN enrolled_week date,
    ADD COLUMN completed_week date;
COMMENT ON COLUMN standings.place_id IS 'What was begun and done; null before the row was first brought up to date.';
COMMENT ON COLUMN standings.enrolled_week IS 'Monday of the week of enrolment, in Italy.';
COMMENT ON COLUMN standings.completed_week IS 'Monday of the week of completion, in Italy.';

UPDATE standings SET stale = true;
