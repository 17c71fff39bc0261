-- Reports over many people: where each enrolment stands, one narrow row each, so that a page over a hundred
-- thousand registrations reads no progress tree. Triggers only note that a row is out of date; the program
-- brings it up to date (db/reports/standings.rs). The hot table `registrations` has none for its updates.

ALTER TABLE course_enrolments ADD COLUMN withdrawn_at timestamptz;
COMMENT ON COLUMN course_enrolments.withdrawn_at IS 'When the learner was taken out of the course; what they did stays and counts. Null while enrolled.';

CREATE TABLE standings (
    enrolment_id     uuid        PRIMARY KEY REFERENCES course_enrolments (id) ON DELETE CASCADE,
    course_id        uuid        NOT NULL,
    learner_id       uuid        NOT NULL,
    body_id          uuid,
    enrolled_at      timestamptz NOT NULL,
    deadline         date,
    status           text        NOT NULL DEFAULT 'not_attempted' CHECK (status IN ('completed', 'incomplete', 'not_attempted')),
    completed_at     timestamptz,
    last_seen_at     timestamptz,
    needed           integer     NOT NULL DEFAULT 0,
    needed_done      integer     NOT NULL DEFAULT 0,
    items_begun      integer[]   NOT NULL DEFAULT '{}',
    items_done       integer[]   NOT NULL DEFAULT '{}',
    objects_begun    integer[]   NOT NULL DEFAULT '{}',
    objects_done     integer[]   NOT NULL DEFAULT '{}',
    claimed_ms       bigint      NOT NULL DEFAULT 0,
    wall_ms          bigint      NOT NULL DEFAULT 0,
    active_ms        bigint      NOT NULL DEFAULT 0,
    attended_minutes integer     NOT NULL DEFAULT 0,
    credited_minutes integer     NOT NULL DEFAULT 0,
    stale            boolean     NOT NULL DEFAULT true
);
COMMENT ON TABLE standings IS 'Where each enrolment that was not withdrawn stands, for reports. Made from enrolment_items; can be made again at any time.';
COMMENT ON COLUMN standings.enrolment_id IS 'The enrolment.';
COMMENT ON COLUMN standings.course_id IS 'Its course.';
COMMENT ON COLUMN standings.learner_id IS 'Its learner.';
COMMENT ON COLUMN standings.body_id IS 'The learner''s body.';
COMMENT ON COLUMN standings.enrolled_at IS 'When enrolled.';
COMMENT ON COLUMN standings.deadline IS 'Until when it should be done.';
COMMENT ON COLUMN standings.status IS 'completed, incomplete or not_attempted.';
COMMENT ON COLUMN standings.completed_at IS 'When the last required item was done.';
COMMENT ON COLUMN standings.last_seen_at IS 'When the learner last did anything in it.';
COMMENT ON COLUMN standings.needed IS 'Required items.';
COMMENT ON COLUMN standings.needed_done IS 'Required items that are done.';
COMMENT ON COLUMN standings.items_begun IS 'Positions of the items begun, done ones included.';
COMMENT ON COLUMN standings.items_done IS 'Positions of the items done.';
COMMENT ON COLUMN standings.objects_begun IS 'Learning objects begun, done ones included: position of the item times 1000 plus the place in the package, from 0.';
COMMENT ON COLUMN standings.objects_done IS 'Learning objects done, numbered in the same way.';
COMMENT ON COLUMN standings.claimed_ms IS 'Time that content claimed.';
COMMENT ON COLUMN standings.wall_ms IS 'Time from starts to last signs of life.';
COMMENT ON COLUMN standings.active_ms IS 'Time in use.';
COMMENT ON COLUMN standings.attended_minutes IS 'Minutes at events.';
COMMENT ON COLUMN standings.credited_minutes IS 'Minutes that count.';
COMMENT ON COLUMN standings.stale IS 'Something it is made from has changed since.';

CREATE INDEX standings_stale ON standings (enrolment_id) WHERE stale;
CREATE INDEX standings_course ON standings (course_id, body_id);
CREATE INDEX standings_learner ON standings (learner_id);
CREATE INDEX standings_body ON standings (body_id);
CREATE INDEX learners_by_name ON learners (name, id);
CREATE INDEX learners_by_body_and_name ON learners (body_id, name, id);
CREATE INDEX learners_by_email ON learners (lower(email));
CREATE INDEX bodies_parent ON bodies (parent_id);
CREATE INDEX certificates_issued ON certificates (issued_at DESC, code);

CREATE TABLE training_years (
    learner_id       uuid    NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    year             integer NOT NULL,
    items_done       integer NOT NULL,
    claimed_ms       bigint  NOT NULL,
    wall_ms          bigint  NOT NULL,
    active_ms        bigint  NOT NULL,
    attended_minutes integer NOT NULL,
    credited_minutes integer NOT NULL,
    PRIMARY KEY (learner_id, year)
);
CREATE INDEX training_years_year ON training_years (year);
COMMENT ON TABLE training_years IS 'What each learner did in a calendar year (Italian time); an item that is in two courses counts once. Made with the standings.';
COMMENT ON COLUMN training_years.learner_id IS 'The learner.';
COMMENT ON COLUMN training_years.year IS 'The year in which the items were done.';
COMMENT ON COLUMN training_years.items_done IS 'Items done.';
COMMENT ON COLUMN training_years.claimed_ms IS 'Time that content claimed in them.';
COMMENT ON COLUMN training_years.wall_ms IS 'Time from starts to last signs of life in them.';
COMMENT ON COLUMN training_years.active_ms IS 'Time in use in them.';
COMMENT ON COLUMN training_years.attended_minutes IS 'Minutes at events.';
COMMENT ON COLUMN training_years.credited_minutes IS 'Minutes that count.';

CREATE TABLE standings_mark (
    only_one boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
    seen_at  timestamptz NOT NULL
);
COMMENT ON TABLE standings_mark IS 'Until when changes of registrations are in the standings.';
COMMENT ON COLUMN standings_mark.only_one IS 'There is one row.';
COMMENT ON COLUMN standings_mark.seen_at IS 'Registrations updated before this have been looked at.';
INSERT INTO standings_mark (seen_at) VALUES (now());

CREATE TABLE demo_mark (
    only_one boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
    since    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE demo_mark IS 'A row here says that this database is for trying out: invented people may be put into it.';
COMMENT ON COLUMN demo_mark.only_one IS 'There is one row at most.';
COMMENT ON COLUMN demo_mark.since IS 'Since when.';

INSERT INTO standings (enrolment_id, course_id, learner_id, body_id, enrolled_at, deadline)
SELECT e.id, e.course_id, e.learner_id, l.body_id, e.created_at, e.deadline
FROM course_enrolments e JOIN learners l ON l.id = e.learner_id;

CREATE FUNCTION standing_of_enrolment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.withdrawn_at IS NULL THEN
        INSERT INTO standings (enrolment_id, course_id, learner_id, body_id, enrolled_at, deadline)
        VALUES (NEW.id, NEW.course_id, NEW.learner_id, (SELECT body_id FROM learners WHERE id = NEW.learner_id), NEW.created_at, NEW.deadline)
        ON CONFLICT (enrolment_id) DO UPDATE SET deadline = excluded.deadline, stale = true;
    ELSE
        DELETE FROM standings WHERE enrolment_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER standing AFTER INSERT OR UPDATE OF deadline, withdrawn_at ON course_enrolments
    FOR EACH ROW EXECUTE FUNCTION standing_of_enrolment();

CREATE FUNCTION standings_of_learner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE standings SET body_id = NEW.body_id WHERE learner_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER standing AFTER UPDATE OF body_id ON learners
    FOR EACH ROW WHEN (OLD.body_id IS DISTINCT FROM NEW.body_id) EXECUTE FUNCTION standings_of_learner();

-- For attendances and removed registrations: whoever they are of.
CREATE FUNCTION standings_of_whom() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE standings SET stale = true WHERE learner_id = OLD.learner_id AND NOT stale;
    ELSE
        UPDATE standings SET stale = true WHERE learner_id = NEW.learner_id AND NOT stale;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER standing AFTER INSERT OR UPDATE OR DELETE ON attendances FOR EACH ROW EXECUTE FUNCTION standings_of_whom();
CREATE TRIGGER standing AFTER DELETE ON registrations FOR EACH ROW EXECUTE FUNCTION standings_of_whom();

-- What a course is made of changed: every standing in it.
CREATE FUNCTION standings_of_courses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE standings SET stale = true WHERE NOT stale AND course_id IN (SELECT course_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER standing_put AFTER INSERT ON course_items REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION standings_of_courses();
CREATE TRIGGER standing_removed AFTER DELETE ON course_items REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION standings_of_courses();

CREATE FUNCTION standings_of_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE standings SET stale = true WHERE NOT stale AND course_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER standing AFTER UPDATE ON courses
    FOR EACH ROW WHEN (OLD.credit_rule IS DISTINCT FROM NEW.credit_rule) EXECUTE FUNCTION standings_of_rule();

CREATE FUNCTION standings_of_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE standings SET stale = true WHERE NOT stale
        AND course_id IN (SELECT course_id FROM course_items WHERE package_id = NEW.id OR event_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER standing AFTER UPDATE ON events
    FOR EACH ROW WHEN ((OLD.cancelled_at, OLD.ends_at) IS DISTINCT FROM (NEW.cancelled_at, NEW.ends_at)) EXECUTE FUNCTION standings_of_item();
CREATE TRIGGER standing AFTER UPDATE ON packages
    FOR EACH ROW WHEN (OLD.current_version IS DISTINCT FROM NEW.current_version) EXECUTE FUNCTION standings_of_item();
