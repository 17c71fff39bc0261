DROP TABLE lrs_attachments;
DROP TABLE lrs_activities;
DROP INDEX lrs_statements_by_refers;
ALTER TABLE lrs_statements DROP COLUMN refers,
    ADD COLUMN agents text[] NOT NULL DEFAULT '{}', ADD COLUMN related_agents text[] NOT NULL DEFAULT '{}',
    ADD COLUMN activities text[] NOT NULL DEFAULT '{}', ADD COLUMN related_activities text[] NOT NULL DEFAULT '{}';
CREATE INDEX lrs_statements_by_verb ON lrs_statements (verb, seq);
CREATE INDEX lrs_statements_by_registration ON lrs_statements (registration, seq);
CREATE INDEX lrs_statements_by_agents ON lrs_statements USING gin (agents);
CREATE INDEX lrs_statements_by_related_agents ON lrs_statements USING gin (related_agents);
CREATE INDEX lrs_statements_by_activities ON lrs_statements USING gin (activities);
CREATE INDEX lrs_statements_by_related_activities ON lrs_statements USING gin (related_activities);
DROP TABLE lrs_references;
