-- SPDX-License-Identifier: Apache-2.0
-- Times are milliseconds since 1970; 0 = not yet. Ids without a prefix are internal and never leave the
-- server.

-- One row: proves that the server key is the one this database was made with.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key_check BLOB NOT NULL
);

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    policy_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE agent (
    id INTEGER PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES account (id),
    agent_id TEXT NOT NULL UNIQUE,
    key_hash BLOB NOT NULL UNIQUE,
    policy_version BIGINT NOT NULL,
    status TEXT NOT NULL,
    name TEXT NOT NULL,
    agent_type TEXT NOT NULL,
    provider TEXT NOT NULL,
    connection_status TEXT NOT NULL,
    external_agent_id TEXT,
    external_agent_label TEXT,
    description TEXT,
    guidelines TEXT NOT NULL,
    key_rotated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX agent_by_account ON agent (account, created_at, id);

CREATE TABLE permission (
    id INTEGER PRIMARY KEY,
    permission_id TEXT NOT NULL UNIQUE,
    account BIGINT NOT NULL REFERENCES account (id),
    agent BIGINT NOT NULL REFERENCES agent (id),
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    requires_approval BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    resource TEXT,
    scope TEXT,
    description TEXT,
    notes TEXT,
    template_name TEXT,
    allowed_actions TEXT NOT NULL,
    blocked_actions TEXT NOT NULL,
    constraints TEXT NOT NULL
);
CREATE INDEX permission_by_agent ON permission (agent, created_at, permission_id);
CREATE INDEX permission_by_status ON permission (agent, status, created_at, permission_id);

CREATE TABLE developer_token (
    id INTEGER PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES account (id),
    token_id TEXT NOT NULL UNIQUE,
    token_hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    preview TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX developer_token_by_account ON developer_token (account, created_at, id);

-- `tuple` is the SHA-256 of what a grant covers: one key, in which absent values equal each other.
CREATE TABLE approval (
    id INTEGER PRIMARY KEY,
    approval_id TEXT NOT NULL UNIQUE,
    account BIGINT NOT NULL REFERENCES account (id),
    agent BIGINT NOT NULL REFERENCES agent (id),
    tuple BLOB NOT NULL,
    status TEXT NOT NULL,
    permission_id TEXT,
    action TEXT NOT NULL,
    vendor TEXT,
    amount DOUBLE PRECISION,
    fingerprint TEXT,
    target_kind TEXT,
    target TEXT,
    request_row BIGINT NOT NULL,
    resolved_by TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    resolved_at BIGINT NOT NULL,
    grant_expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX approval_pending ON approval (tuple) WHERE status = 'pending';
CREATE INDEX approval_pending_by_agent ON approval (agent, expires_at) WHERE status = 'pending';
CREATE INDEX approval_denied ON approval (tuple, resolved_at) WHERE status = 'denied';
CREATE INDEX approval_granted ON approval (tuple, grant_expires_at) WHERE status = 'approved';
CREATE INDEX approval_by_account ON approval (account, created_at, id);
CREATE INDEX approval_by_time ON approval (created_at, id);

CREATE TABLE idempotency (
    agent BIGINT NOT NULL,
    key_hash BLOB NOT NULL,
    body_hash BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (agent, key_hash)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_time ON idempotency (created_at);

-- The audit log: appended in id order, no secondary index. back_agent and back_account say how many ids
-- back the previous row of the same agent and account is (0 = there is none). flags packs the decision, see
-- audit_row.h. An erased row keeps id, owners, time, links and the two hashes.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    agent BIGINT NOT NULL,
    account BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    back_agent BIGINT NOT NULL,
    back_account BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    salt BIGINT,
    action TEXT,
    vendor TEXT,
    amount DOUBLE PRECISION,
    permission_id TEXT,
    approval_id TEXT,
    metadata TEXT,
    content_hash BLOB NOT NULL,
    chain BLOB NOT NULL
);

-- The current day of each owner, where the head of its list is: agent n is owner n, account n is owner -n.
-- Apart from the days before, so that what every decision rewrites stays small and together.
CREATE TABLE audit_owner (
    owner INTEGER PRIMARY KEY,
    day BIGINT NOT NULL,
    head BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    allowed BIGINT NOT NULL,
    denied BIGINT NOT NULL,
    approval_required BIGINT NOT NULL,
    shadow BIGINT NOT NULL,
    amount DOUBLE PRECISION NOT NULL
);

-- The days before.
CREATE TABLE audit_day (
    owner BIGINT NOT NULL,
    day BIGINT NOT NULL,
    head BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    allowed BIGINT NOT NULL,
    denied BIGINT NOT NULL,
    approval_required BIGINT NOT NULL,
    shadow BIGINT NOT NULL,
    amount DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (owner, day)
) WITHOUT ROWID;

-- One row: the newest id and chain, signed. Rows up to counted_through are in audit_owner and audit_day for
-- sure; a later one is when its id is at most its owner's head.
CREATE TABLE audit_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    head BIGINT NOT NULL,
    chain BLOB NOT NULL,
    broken BIGINT NOT NULL,
    mac BLOB NOT NULL,
    counted_through BIGINT NOT NULL
);

-- At most one row: what retention has removed from the front, signed.
CREATE TABLE audit_checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    through_id BIGINT NOT NULL,
    chain BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    signature BLOB NOT NULL
);
