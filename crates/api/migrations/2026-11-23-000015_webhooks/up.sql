-- What happens is told to other programs. Events are written by triggers, in the transaction of what they
-- tell and by whoever writes it: the journal, cmi5, a waiver. Nothing is written that no webhook wants.

CREATE TABLE webhooks (
    id              uuid        PRIMARY KEY,
    url             text        NOT NULL,
    description     text        NOT NULL DEFAULT '',
    events          text[]      NOT NULL,
    secret          bytea       NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    disabled_at     timestamptz,
    disabled_reason text
);
COMMENT ON TABLE webhooks IS 'Programs that are told what happens.';
COMMENT ON COLUMN webhooks.id IS 'Public id.';
COMMENT ON COLUMN webhooks.url IS 'Where events are posted to.';
COMMENT ON COLUMN webhooks.description IS 'What it is for, in words.';
COMMENT ON COLUMN webhooks.events IS 'Types it wants, e.g. registration.completed.';
COMMENT ON COLUMN webhooks.secret IS 'Key of the signatures, HMAC-SHA-256.';
COMMENT ON COLUMN webhooks.previous_secret IS 'The key before the last rotation: signs too while it overlaps.';
COMMENT ON COLUMN webhooks.previous_until IS 'Until when it does.';
COMMENT ON COLUMN webhooks.created_by IS 'API client or account.';
COMMENT ON COLUMN webhooks.created_at IS 'When it was made.';
COMMENT ON COLUMN webhooks.disabled_at IS 'When it was stopped; null while it is told.';
COMMENT ON COLUMN webhooks.disabled_reason IS 'asked: somebody did. gone: the receiver answered 410. tries: a delivery failed too often; events go on being kept for it.';

CREATE TABLE outbox_events (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    type        text        NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    data        jsonb       NOT NULL
);
CREATE INDEX outbox_events_occurred ON outbox_events (occurred_at);
COMMENT ON TABLE outbox_events IS 'What happened, as it is told.';
COMMENT ON COLUMN outbox_events.id IS 'Names the event to its receivers (webhook-id).';
COMMENT ON COLUMN outbox_events.type IS 'E.g. registration.completed.';
COMMENT ON COLUMN outbox_events.occurred_at IS 'When.';
COMMENT ON COLUMN outbox_events.data IS 'Of what: ids and results, no names.';

CREATE TABLE webhook_deliveries (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    webhook_id   uuid        NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id     uuid        NOT NULL REFERENCES outbox_events (id) ON DELETE CASCADE,
    state        text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    tries        integer     NOT NULL DEFAULT 0,
    next_at      timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    tried_at     timestamptz,
    status       integer,
    error        text,
    response     text,
    duration_ms  integer,
    UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_latest ON webhook_deliveries (webhook_id, created_at DESC, id);
COMMENT ON TABLE webhook_deliveries IS 'Each event on its way to each webhook that wants it: the outbox.';
COMMENT ON COLUMN webhook_deliveries.id IS 'Public id.';
COMMENT ON COLUMN webhook_deliveries.webhook_id IS 'To whom.';
COMMENT ON COLUMN webhook_deliveries.event_id IS 'What.';
COMMENT ON COLUMN webhook_deliveries.state IS 'pending, delivered, or failed: not tried any more.';
COMMENT ON COLUMN webhook_deliveries.tries IS 'Tries so far; counted when one begins, so that a crash counts.';
COMMENT ON COLUMN webhook_deliveries.next_at IS 'Not before. While a try is under way: when it is taken for lost.';
COMMENT ON COLUMN webhook_deliveries.created_at IS 'When it was put here, or replayed.';
COMMENT ON COLUMN webhook_deliveries.tried_at IS 'When the last try began.';
COMMENT ON COLUMN webhook_deliveries.status IS 'HTTP status of the last answer; null when there was none.';
COMMENT ON COLUMN webhook_deliveries.error IS 'Why there was none, in words.';
COMMENT ON COLUMN webhook_deliveries.response IS 'The beginning of the last answer''s body.';
COMMENT ON COLUMN webhook_deliveries.duration_ms IS 'How long the last try took.';

-- Puts an event into the outbox of every webhook that wants it; nothing when none does.
CREATE FUNCTION outbox_put(event_type text, event_data jsonb) RETURNS void LANGUAGE sql AS $$
    WITH wanted AS (
        SELECT id FROM webhooks WHERE (disabled_at IS NULL OR disabled_reason = 'tries') AND event_type = ANY (events)
    ), event AS (
        INSERT INTO outbox_events (type, data) SELECT event_type, event_data WHERE EXISTS (SELECT FROM wanted)
        RETURNING id
    )
    INSERT INTO webhook_deliveries (webhook_id, event_id) SELECT wanted.id, event.id FROM wanted, event
$$;

-- How many activities of a progress are completed: so many must grow for progress to be told.
CREATE FUNCTION activities_completed(progress jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT count(*) FROM jsonb_path_query(progress, 'strict $.**.completion ? (@ == "completed")')
$$;

CREATE FUNCTION registration_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted text[];
    told text[] := '{}';
    what text;
    who record;
BEGIN
    -- Most servers have no webhook: nothing else is looked at then.
    SELECT array_agg(DISTINCT e) INTO wanted FROM webhooks w, unnest(w.events) e
    WHERE w.disabled_at IS NULL OR w.disabled_reason = 'tries';
    IF wanted IS NULL THEN
        RETURN NULL;
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL THEN
        told := told || 'registration.started'::text;
    END IF;
    IF NEW.completion = 'completed' AND OLD.completion <> 'completed' THEN
        told := told || 'registration.completed'::text;
    ELSIF 'registration.progressed' = ANY (wanted) AND (
        floor(COALESCE(NEW.progress_measure, 0) * 10) > floor(COALESCE(OLD.progress_measure, 0) * 10)
        OR (NEW.progress IS DISTINCT FROM OLD.progress
            AND activities_completed(NEW.progress) > activities_completed(OLD.progress))
    ) THEN
        told := told || 'registration.progressed'::text;
    END IF;
    IF NEW.success IN ('passed', 'failed') AND NEW.success <> OLD.success THEN
        told := told || ('registration.' || NEW.success);
    END IF;
    IF NOT told && wanted THEN
        RETURN NULL;
    END IF;
    SELECT v.version, l.key, l.home_page INTO who
    FROM learners l, package_versions v WHERE l.id = NEW.learner_id AND v.id = NEW.package_version_id;
    FOREACH what IN ARRAY told LOOP
        PERFORM outbox_put(what, jsonb_build_object(
            'registration_id', NEW.id,
            'package_id', NEW.package_id,
            'package_version', who.version,
            'learner', jsonb_build_object('id', who.key, 'home_page', who.home_page),
            'completion', NEW.completion,
            'success', NEW.success,
            'score', jsonb_build_object('scaled', NEW.score_scaled, 'raw', NEW.score_raw,
                                        'min', NEW.score_min, 'max', NEW.score_max),
            'progress_measure', NEW.progress_measure,
            'activities_completed', activities_completed(NEW.progress)));
    END LOOP;
    RETURN NULL;
END
$$;

-- Judged before anything is called: a write that changes none of these costs a comparison. `updated_at`
-- moves with every change of progress.
CREATE TRIGGER registrations_outbox AFTER UPDATE ON registrations FOR EACH ROW
    WHEN (NOT NEW.preview AND (
        OLD.completion IS DISTINCT FROM NEW.completion OR OLD.success IS DISTINCT FROM NEW.success
        OR OLD.updated_at IS DISTINCT FROM NEW.updated_at OR (OLD.started_at IS NULL AND NEW.started_at IS NOT NULL)))
    EXECUTE FUNCTION registration_outbox();

CREATE FUNCTION certificate_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM outbox_put('certificate.issued', jsonb_build_object(
        'code', NEW.code, 'enrolment_id', NEW.enrolment_id, 'course_id', e.course_id,
        'learner', jsonb_build_object('id', l.key, 'home_page', l.home_page)))
    FROM course_enrolments e JOIN learners l ON l.id = e.learner_id WHERE e.id = NEW.enrolment_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER certificates_outbox AFTER INSERT ON certificates
    FOR EACH ROW EXECUTE FUNCTION certificate_outbox();

CREATE FUNCTION package_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM outbox_put('package.published', jsonb_build_object(
        'package_id', NEW.package_id, 'package_version', NEW.version, 'standard', NEW.standard,
        'title', NEW.title, 'language', NEW.language));
    RETURN NULL;
END
$$;
CREATE TRIGGER package_versions_outbox AFTER INSERT ON package_versions
    FOR EACH ROW EXECUTE FUNCTION package_outbox();
