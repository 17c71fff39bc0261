-- Open Badge credentials of attestati. They leave the house and must be checked for years: a key that has signed
-- one is never removed, and a credential's place in its status list is never given to another.
CREATE TABLE badge_keys (
    id          uuid        PRIMARY KEY,
    private_key bytea       NOT NULL,
    modulus     text        NOT NULL,
    exponent    text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    retired_at  timestamptz
);
CREATE UNIQUE INDEX badge_keys_signing ON badge_keys ((true)) WHERE retired_at IS NULL;
COMMENT ON TABLE badge_keys IS 'RSA keys that sign Open Badge credentials. One signs; the others are kept for ever, so that what they signed can be checked.';
COMMENT ON COLUMN badge_keys.id IS 'Last part of the `kid` of a credential.';
COMMENT ON COLUMN badge_keys.private_key IS 'RSA private key, PKCS#1, DER.';
COMMENT ON COLUMN badge_keys.modulus IS '`n` of the public key, base64url.';
COMMENT ON COLUMN badge_keys.exponent IS '`e` of the public key, base64url.';
COMMENT ON COLUMN badge_keys.created_at IS 'When it was made.';
COMMENT ON COLUMN badge_keys.retired_at IS 'When it stopped signing; null while it signs.';

CREATE TABLE badges (
    certificate_code text        PRIMARY KEY REFERENCES certificates (code) ON DELETE CASCADE,
    jws              text,
    status_list      integer     NOT NULL CHECK (status_list >= 0),
    status_index     integer     NOT NULL CHECK (status_index BETWEEN 0 AND 131071),
    created_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (status_list, status_index)
);
COMMENT ON TABLE badges IS 'Open Badge credentials, as they were signed.';
COMMENT ON COLUMN badges.certificate_code IS 'The attestato it says in a program''s words.';
COMMENT ON COLUMN badges.jws IS 'The credential, a compact JWS; null once its person was erased.';
COMMENT ON COLUMN badges.status_list IS 'Number of the status list that says whether it was taken back.';
COMMENT ON COLUMN badges.status_index IS 'Its bit in the list.';
COMMENT ON COLUMN badges.created_at IS 'When it was signed.';
