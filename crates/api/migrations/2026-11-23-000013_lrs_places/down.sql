DROP TABLE lrs_gate;
ALTER TABLE lrs_statements ADD COLUMN verb text;
UPDATE lrs_statements SET verb = statement::jsonb #>> '{verb,id}';
ALTER TABLE lrs_statements ALTER COLUMN verb SET NOT NULL;
CREATE INDEX lrs_statements_by_stored ON lrs_statements (stored);
ALTER TABLE lrs_statements ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('lrs_statements', 'seq'), (SELECT max(seq) FROM lrs_statements))
WHERE EXISTS (SELECT 1 FROM lrs_statements);
