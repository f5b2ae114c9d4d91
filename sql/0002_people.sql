-- SPDX-License-Identifier: Apache-2.0
-- People: who they are, what they may do in an account, how they sign in. Secrets are stored as SHA-256 only.

-- Where callers find the server: as it said at its last start, for commands that work on the data folder.
ALTER TABLE meta ADD COLUMN public_url TEXT;

ALTER TABLE account ADD COLUMN separation_of_duties BIGINT NOT NULL DEFAULT 0;

-- A person; signs in with e-mail (lower case) and password, "scrypt:<salt>:<hash>".
CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    is_operator BIGINT NOT NULL,
    email_verified BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A person's part in an account: owner, admin, approver or viewer.
CREATE TABLE member (
    id INTEGER PRIMARY KEY,
    member_id TEXT NOT NULL UNIQUE,
    account BIGINT NOT NULL REFERENCES account (id),
    person BIGINT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account, person)
);
CREATE INDEX member_by_person ON member (person, id);

-- account is the one that the session works in.
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    token_hash BLOB NOT NULL UNIQUE,
    person BIGINT NOT NULL REFERENCES person (id),
    account BIGINT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_seen ON session (seen_at);

-- The link was shown once; used once, and only while who made it could still make it.
CREATE TABLE invite (
    id INTEGER PRIMARY KEY,
    invite_id TEXT NOT NULL UNIQUE,
    token_hash BLOB NOT NULL UNIQUE,
    account BIGINT NOT NULL REFERENCES account (id),
    role TEXT NOT NULL,
    email TEXT,
    invited_by BIGINT NOT NULL REFERENCES person (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invite_by_account ON invite (account, id);

-- The command line waits with the device code; a person confirms the user code. Both are stored as hashes.
CREATE TABLE device_login (
    id INTEGER PRIMARY KEY,
    device_hash BLOB NOT NULL UNIQUE,
    user_code_hash BLOB NOT NULL UNIQUE,
    status TEXT NOT NULL,
    person BIGINT,
    account BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX device_login_by_expiry ON device_login (expires_at);

-- What was sent by mail: purpose is "reset" or "verify". Used once.
CREATE TABLE mail_token (
    id INTEGER PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    person BIGINT NOT NULL REFERENCES person (id),
    purpose TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX mail_token_by_person ON mail_token (person, purpose);
CREATE INDEX mail_token_by_expiry ON mail_token (expires_at);

-- Who made it; null = made on the server's own command line.
ALTER TABLE agent ADD COLUMN owner_person BIGINT;
ALTER TABLE developer_token ADD COLUMN owner_person BIGINT;

-- Who was last given its key: made or rotated it. Rotation by the agent itself keeps it: whoever had the old key
-- has the new one. Null = the server's own command line.
ALTER TABLE agent ADD COLUMN key_person BIGINT;

-- For agents that run on a local model.
ALTER TABLE agent ADD COLUMN ollama_base_url TEXT;
ALTER TABLE agent ADD COLUMN ollama_model TEXT;

-- How long an approved request may be used.
ALTER TABLE permission ADD COLUMN grant_minutes BIGINT NOT NULL DEFAULT 30;
ALTER TABLE approval ADD COLUMN grant_minutes BIGINT NOT NULL DEFAULT 30;

-- Lists by state, newest first.
DROP INDEX approval_by_account;
CREATE INDEX approval_by_account ON approval (account, status, created_at, id);
CREATE INDEX approval_by_agent ON approval (agent, status, created_at, id);
