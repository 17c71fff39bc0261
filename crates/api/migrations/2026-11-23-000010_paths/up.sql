-- The path: a course that groups packages and live events in order, who is enrolled in it, who was there,
-- and the hours that a public body may count.

CREATE TABLE bodies (
    id         uuid        PRIMARY KEY,
    code       text        NOT NULL UNIQUE,
    name       text        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('comune', 'unione', 'provincia', 'other')),
    parent_id  uuid        REFERENCES bodies (id) ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bodies IS 'Public bodies whose people learn.';
COMMENT ON COLUMN bodies.id IS 'Our id.';
COMMENT ON COLUMN bodies.code IS 'The code outside programs know it by, e.g. of the index of public administrations.';
COMMENT ON COLUMN bodies.name IS 'Name.';
COMMENT ON COLUMN bodies.kind IS 'comune, unione, provincia or other.';
COMMENT ON COLUMN bodies.parent_id IS 'The body it belongs to, e.g. a Comune to its Unione.';
COMMENT ON COLUMN bodies.created_at IS 'When it was made.';

ALTER TABLE learners ADD COLUMN body_id uuid REFERENCES bodies (id) ON DELETE SET NULL;
COMMENT ON COLUMN learners.body_id IS 'The body whose hours the learner''s training counts for.';
CREATE INDEX learners_body ON learners (body_id);
ALTER TABLE accounts ADD COLUMN body_id uuid REFERENCES bodies (id) ON DELETE SET NULL;
COMMENT ON COLUMN accounts.body_id IS 'The body a coordinator answers for.';

CREATE TABLE courses (
    id          uuid        PRIMARY KEY,
    code        text        NOT NULL UNIQUE,
    title       text        NOT NULL,
    description text        NOT NULL DEFAULT '',
    language    text        NOT NULL DEFAULT 'it',
    credit_rule text        NOT NULL DEFAULT 'nominal' CHECK (credit_rule IN ('nominal', 'active')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE courses IS 'A path: packages and events in order.';
COMMENT ON COLUMN courses.id IS 'Public id.';
COMMENT ON COLUMN courses.code IS 'The key that its makers know it by: a course with the same code is the same course.';
COMMENT ON COLUMN courses.title IS 'Title.';
COMMENT ON COLUMN courses.description IS 'What it is about, in words.';
COMMENT ON COLUMN courses.language IS 'BCP 47 tag.';
COMMENT ON COLUMN courses.credit_rule IS 'nominal: what is done counts its nominal minutes. active: the minutes in use or attended, nominal ones at most.';
COMMENT ON COLUMN courses.created_at IS 'When it was made.';
COMMENT ON COLUMN courses.updated_at IS 'When it was last changed.';

CREATE TABLE events (
    id                uuid        PRIMARY KEY,
    code              text        NOT NULL UNIQUE,
    title             text        NOT NULL,
    description       text        NOT NULL DEFAULT '',
    speaker           text        NOT NULL DEFAULT '',
    starts_at         timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL CHECK (ends_at > starts_at),
    join_url          text,
    threshold_minutes integer     NOT NULL CHECK (threshold_minutes >= 0),
    cancelled_at      timestamptz,
    updated_at        timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE events IS 'Live events: webinars.';
COMMENT ON COLUMN events.id IS 'Public id.';
COMMENT ON COLUMN events.code IS 'The key that its makers know it by.';
COMMENT ON COLUMN events.title IS 'Title.';
COMMENT ON COLUMN events.description IS 'What it is about, in words.';
COMMENT ON COLUMN events.speaker IS 'Who speaks.';
COMMENT ON COLUMN events.starts_at IS 'Begin.';
COMMENT ON COLUMN events.ends_at IS 'End.';
COMMENT ON COLUMN events.join_url IS 'Where to join, when it is online.';
COMMENT ON COLUMN events.threshold_minutes IS 'Minutes from which somebody counts as having been there.';
COMMENT ON COLUMN events.cancelled_at IS 'When it was called off: it asks nothing of anybody then.';
COMMENT ON COLUMN events.updated_at IS 'When it was last changed; the calendar file''s sequence.';

CREATE TABLE course_items (
    course_id      uuid    NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    position       integer NOT NULL,
    package_id     uuid    REFERENCES packages (id) ON DELETE RESTRICT,
    event_id       uuid    REFERENCES events (id) ON DELETE RESTRICT,
    required       boolean NOT NULL DEFAULT true,
    credit_minutes integer NOT NULL CHECK (credit_minutes >= 0),
    PRIMARY KEY (course_id, position),
    CHECK (num_nonnulls(package_id, event_id) = 1)
);
CREATE INDEX course_items_package ON course_items (package_id);
CREATE INDEX course_items_event ON course_items (event_id);
COMMENT ON TABLE course_items IS 'What a course is made of, in order.';
COMMENT ON COLUMN course_items.course_id IS 'The course.';
COMMENT ON COLUMN course_items.position IS 'From 1.';
COMMENT ON COLUMN course_items.package_id IS 'A package, or';
COMMENT ON COLUMN course_items.event_id IS 'an event.';
COMMENT ON COLUMN course_items.required IS 'Without it the course is not complete.';
COMMENT ON COLUMN course_items.credit_minutes IS 'Nominal minutes.';

CREATE TABLE course_enrolments (
    id           uuid        PRIMARY KEY,
    course_id    uuid        NOT NULL REFERENCES courses (id) ON DELETE RESTRICT,
    learner_id   uuid        NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    deadline     date,
    created_at   timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    UNIQUE (course_id, learner_id)
);
CREATE INDEX course_enrolments_learner ON course_enrolments (learner_id);
COMMENT ON TABLE course_enrolments IS 'Who takes which course. The runs through its packages are registrations.';
COMMENT ON COLUMN course_enrolments.id IS 'Public id.';
COMMENT ON COLUMN course_enrolments.course_id IS 'The course.';
COMMENT ON COLUMN course_enrolments.learner_id IS 'The learner.';
COMMENT ON COLUMN course_enrolments.deadline IS 'Until when it should be done.';
COMMENT ON COLUMN course_enrolments.created_at IS 'When enrolled.';
COMMENT ON COLUMN course_enrolments.completed_at IS 'When it was first seen to be complete.';

CREATE TABLE attendances (
    event_id   uuid        NOT NULL REFERENCES events (id) ON DELETE RESTRICT,
    learner_id uuid        NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    minutes    integer     NOT NULL CHECK (minutes >= 0),
    attended   boolean     NOT NULL,
    source     text        NOT NULL CHECK (source IN ('entry', 'list')),
    noted_by   text        NOT NULL,
    noted_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, learner_id)
);
CREATE INDEX attendances_learner ON attendances (learner_id);
COMMENT ON TABLE attendances IS 'Who was at which event.';
COMMENT ON COLUMN attendances.event_id IS 'The event.';
COMMENT ON COLUMN attendances.learner_id IS 'The learner.';
COMMENT ON COLUMN attendances.minutes IS 'Minutes there.';
COMMENT ON COLUMN attendances.attended IS 'Whether it counts.';
COMMENT ON COLUMN attendances.source IS 'entry: said by somebody or a program. list: from a meeting tool''s participant list.';
COMMENT ON COLUMN attendances.noted_by IS 'API client or account.';
COMMENT ON COLUMN attendances.noted_at IS 'When.';

-- Each item of each enrolment with what was reached in it: the one place where done, times and credit are
-- defined. Of several runs through a package the completed one counts, else the latest.
CREATE VIEW enrolment_items AS
SELECT e.id AS enrolment_id, e.course_id, e.learner_id, i.position, i.required, i.credit_minutes,
       i.package_id, i.event_id, COALESCE(v.title, ev.title) AS title,
       r.id AS registration_id, r.completion, r.success, r.progress,
       ev.starts_at, ev.ends_at, ev.speaker, ev.join_url, ev.cancelled_at, a.minutes AS attended_minutes,
       state.done, CASE WHEN state.done THEN COALESCE(r.completed_at, ev.ends_at) END AS done_at,
       COALESCE(r.total_time_ms, 0) AS claimed_ms, COALESCE(s.wall_ms, 0) AS wall_ms, COALESCE(s.active_ms, 0) AS active_ms,
       CASE WHEN NOT state.done THEN 0
            WHEN c.credit_rule = 'active' AND i.package_id IS NOT NULL
                THEN LEAST(i.credit_minutes, ceil(COALESCE(s.active_ms, 0) / 60000.0)::integer)
            WHEN c.credit_rule = 'active' THEN LEAST(i.credit_minutes, COALESCE(a.minutes, 0))
            ELSE i.credit_minutes END AS credited_minutes
FROM course_enrolments e
JOIN courses c ON c.id = e.course_id
JOIN course_items i ON i.course_id = e.course_id
LEFT JOIN packages p ON p.id = i.package_id
LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.current_version
LEFT JOIN events ev ON ev.id = i.event_id
LEFT JOIN attendances a ON a.event_id = i.event_id AND a.learner_id = e.learner_id
LEFT JOIN LATERAL (
    SELECT * FROM registrations r
    WHERE r.learner_id = e.learner_id AND r.package_id = i.package_id AND NOT r.preview
    ORDER BY (r.completion = 'completed' AND r.success <> 'failed') DESC, r.id DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT sum(wall_ms)::bigint AS wall_ms, sum(active_ms)::bigint AS active_ms FROM sessions WHERE registration_id = r.id
) s ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN i.package_id IS NOT NULL THEN COALESCE(r.completion = 'completed' AND r.success <> 'failed', false)
                ELSE COALESCE(a.attended, false) OR ev.cancelled_at IS NOT NULL END AS done
) state;
COMMENT ON VIEW enrolment_items IS 'Each item of each enrolment with what was reached in it: done, times, credit.';
