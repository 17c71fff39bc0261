DROP VIEW enrolment_items;
DROP TABLE attendances;
DROP TABLE course_enrolments;
DROP TABLE course_items;
DROP TABLE events;
DROP TABLE courses;
ALTER TABLE accounts DROP COLUMN body_id;
ALTER TABLE learners DROP COLUMN body_id;
DROP TABLE bodies;
