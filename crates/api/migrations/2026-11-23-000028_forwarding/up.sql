-- Statements are sent on to other record stores. What waits is noted in the transaction that stores the
-- statement, so that none is forgotten, whatever stops when.

CREATE TABLE lrs_forwards (
    id           uuid        PRIMARY KEY,
    url          text        NOT NULL,
    description  text        NOT NULL DEFAULT '',
    version      text        NOT NULL CHECK (version IN ('1.0.3', '2.0.0')),
    username     text        NOT NULL,
    password     text        NOT NULL,
    verbs        text[]      NOT NULL DEFAULT '{}',
    activities   text[]      NOT NULL DEFAULT '{}',
    origin       text        NOT NULL DEFAULT 'all' CHECK (origin IN ('all', 'own', 'sent')),
    created_by   text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    disabled_at  timestamptz,
    tries        integer     NOT NULL DEFAULT 0,
    next_at      timestamptz NOT NULL DEFAULT now(),
    forwarded    bigint      NOT NULL DEFAULT 0,
    forwarded_at timestamptz,
    tried_at     timestamptz,
    status       integer,
    error        text,
    response     text
);
COMMENT ON TABLE lrs_forwards IS 'Other record stores that statements are sent on to.';
COMMENT ON COLUMN lrs_forwards.id IS 'Public id.';
COMMENT ON COLUMN lrs_forwards.url IS 'The store''s xAPI endpoint, without a slash at its end.';
COMMENT ON COLUMN lrs_forwards.description IS 'What it is for, in words.';
COMMENT ON COLUMN lrs_forwards.version IS 'X-Experience-API-Version of the requests.';
COMMENT ON COLUMN lrs_forwards.username IS 'Name of the basic credentials.';
COMMENT ON COLUMN lrs_forwards.password IS 'Their password.';
COMMENT ON COLUMN lrs_forwards.verbs IS 'Verbs that are sent on; empty for all.';
COMMENT ON COLUMN lrs_forwards.activities IS 'Beginnings of the ids of activities that are sent on, as object, parent or grouping; empty for all.';
COMMENT ON COLUMN lrs_forwards.origin IS 'own: what this server and its units say. sent: what API clients sent. all: both.';
COMMENT ON COLUMN lrs_forwards.created_by IS 'API client or account.';
COMMENT ON COLUMN lrs_forwards.created_at IS 'When it was made.';
COMMENT ON COLUMN lrs_forwards.disabled_at IS 'When it was paused; statements go on waiting for it.';
COMMENT ON COLUMN lrs_forwards.tries IS 'Tries since something last arrived.';
COMMENT ON COLUMN lrs_forwards.next_at IS 'Not before. While a try is under way: when it is taken for lost.';
COMMENT ON COLUMN lrs_forwards.forwarded IS 'Statements that have arrived.';
COMMENT ON COLUMN lrs_forwards.forwarded_at IS 'When one last did.';
COMMENT ON COLUMN lrs_forwards.tried_at IS 'When the last try was made.';
COMMENT ON COLUMN lrs_forwards.status IS 'HTTP status of the last try that failed; null when it did not fail, or there was no answer.';
COMMENT ON COLUMN lrs_forwards.error IS 'Why there was no answer, in words.';
COMMENT ON COLUMN lrs_forwards.response IS 'The beginning of that answer''s body.';

CREATE TABLE lrs_forward_queue (
    forward_id uuid        NOT NULL REFERENCES lrs_forwards (id) ON DELETE CASCADE,
    seq        bigint      NOT NULL REFERENCES lrs_statements (seq) ON DELETE CASCADE,
    refused_at timestamptz,
    status     integer,
    response   text,
    PRIMARY KEY (forward_id, seq)
);
CREATE INDEX lrs_forward_queue_waiting ON lrs_forward_queue (forward_id, seq) WHERE refused_at IS NULL;
CREATE INDEX lrs_forward_queue_by_seq ON lrs_forward_queue (seq);
COMMENT ON TABLE lrs_forward_queue IS 'Statements on their way to other stores.';
COMMENT ON COLUMN lrs_forward_queue.forward_id IS 'To which.';
COMMENT ON COLUMN lrs_forward_queue.seq IS 'Which: its place in the order of storing.';
COMMENT ON COLUMN lrs_forward_queue.refused_at IS 'When the other store refused it for good; null while it waits.';
COMMENT ON COLUMN lrs_forward_queue.status IS 'HTTP status of the refusal.';
COMMENT ON COLUMN lrs_forward_queue.response IS 'The beginning of its body.';
