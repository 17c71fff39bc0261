-- Places in the order of storing come from the clock: then every index is an index of time too, `since` and
-- `until` are a range of each, and no server waits for a counter.

ALTER TABLE lrs_statements ALTER COLUMN seq DROP IDENTITY;
CREATE TEMPORARY TABLE lrs_new_places ON COMMIT DROP AS
SELECT seq AS old,
       ((extract(epoch FROM stored) * 1000000)::bigint << 10) + row_number() OVER (PARTITION BY stored ORDER BY seq) - 1 AS new
FROM lrs_statements;
UPDATE lrs_statements s SET seq = p.new FROM lrs_new_places p WHERE s.seq = p.old;
UPDATE lrs_references r SET seq = p.new FROM lrs_new_places p WHERE r.seq = p.old;
COMMENT ON COLUMN lrs_statements.seq IS 'Its place in the order of storing: microseconds since 1970 of `stored`, times 1024, plus a number of the server.';
DROP INDEX lrs_statements_by_stored;

-- Found by its key, and said in the statement.
ALTER TABLE lrs_statements DROP COLUMN verb;

CREATE TABLE lrs_gate ();
COMMENT ON TABLE lrs_gate IS 'Never has a row. Whoever stores locks it in ROW SHARE mode, whoever stores a reference in EXCLUSIVE mode: so a reference and what it refers to, stored at the same time, never miss each other.';
