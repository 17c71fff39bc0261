ALTER TABLE api_clients DROP COLUMN previous_secret_hash, DROP COLUMN previous_until;
ALTER TABLE web_sessions DROP COLUMN id_token;
DROP TABLE password_links, account_identities, audit_log;
DROP FUNCTION audit_log_is_append_only;
