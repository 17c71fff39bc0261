UPDATE lrs_statements SET equality = '' WHERE equality IS NULL;
ALTER TABLE lrs_statements ALTER COLUMN equality SET NOT NULL;
COMMENT ON COLUMN lrs_statements.equality IS 'SHA-256 of what was sent: the same id again must be the same statement again.';
COMMENT ON COLUMN lrs_attachments.content_type IS 'Media type as the part said it.';
ALTER TABLE lrs_attachments DROP COLUMN put_at;
DROP TABLE lrs_statement_attachments;
