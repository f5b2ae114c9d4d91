-- SPDX-License-Identifier: Apache-2.0
-- The doors for agents and sites that do not ask before they act: passports, the action gateway, the site guard.

-- The one passport link of an agent; the token is stored as its SHA-256. null = none.
ALTER TABLE agent ADD COLUMN passport_hash BLOB;
ALTER TABLE agent ADD COLUMN passport_preview TEXT;
ALTER TABLE agent ADD COLUMN passport_created_at BIGINT NOT NULL DEFAULT 0;

-- Keys that sign passports. The secret part is derived from the server key and the number, so that a copy of the
-- database signs nothing. The newest signs; an older one is published until `published_until` (0 = it is the newest).
CREATE TABLE signing_key (
    number INTEGER PRIMARY KEY,
    created_at BIGINT NOT NULL,
    published_until BIGINT NOT NULL
);

-- What became of an allowed action that the gateway ran: one row for each audit row that says that it did, made in the
-- transaction of the decision. state 0 = started (and, once the server has started anew, not known), 1 = succeeded,
-- 2 = failed. The mac covers all of it, the audit row's content hash too, under a key derived from the server key.
-- Goes when the audit row's content goes.
CREATE TABLE execution (
    audit_row INTEGER PRIMARY KEY,
    state BIGINT NOT NULL,
    executor TEXT NOT NULL,
    target TEXT NOT NULL,
    final_target TEXT,
    http_status BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    error TEXT,
    duration_ms BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    mac BLOB NOT NULL
);

-- A web site that asks before it serves agents. policy_version changes with the site, its rules, keys, directories.
CREATE TABLE site (
    id INTEGER PRIMARY KEY,
    site_id TEXT NOT NULL UNIQUE,
    account BIGINT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    domain TEXT NOT NULL,
    status TEXT NOT NULL,
    policy_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account, domain)
);
CREATE INDEX site_by_account ON site (account, created_at, id);

-- allowed_paths and blocked_paths are JSON arrays of canonical patterns. verified_agent: null = not demanded, "*" = by
-- any directory that the site trusts, else the address of the directory.
CREATE TABLE site_rule (
    id INTEGER PRIMARY KEY,
    rule_id TEXT NOT NULL UNIQUE,
    site BIGINT NOT NULL REFERENCES site (id),
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    agent_identifier TEXT,
    user_agent_pattern TEXT,
    verified_agent TEXT,
    allowed_paths TEXT NOT NULL,
    blocked_paths TEXT NOT NULL,
    requires_approval BIGINT NOT NULL,
    notes TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX site_rule_by_site ON site_rule (site, created_at, rule_id);

CREATE TABLE site_key (
    id INTEGER PRIMARY KEY,
    key_id TEXT NOT NULL UNIQUE,
    site BIGINT NOT NULL REFERENCES site (id),
    key_hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    preview TEXT NOT NULL,
    status TEXT NOT NULL,
    last_used_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX site_key_by_site ON site_key (site, created_at, id);

-- Where the public keys of signed agents come from. url is the origin that Signature-Agent names. keys is a JSON array
-- of {"kid","x"}; is_pinned: they were given by the owner and are never fetched. fetched_at = when they last came,
-- attempted_at = when an attempt last ended, failures = how many failed since one did not. next_at = when it is to be
-- fetched; while that goes on, when somebody may try again. is_asked: somebody waits for that.
CREATE TABLE site_directory (
    id INTEGER PRIMARY KEY,
    directory_id TEXT NOT NULL UNIQUE,
    site BIGINT NOT NULL REFERENCES site (id),
    url TEXT NOT NULL,
    is_pinned BIGINT NOT NULL,
    keys TEXT NOT NULL,
    fetched_at BIGINT NOT NULL,
    attempted_at BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    is_asked BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (site, url)
);
CREATE INDEX site_directory_due ON site_directory (is_pinned, next_at);

-- When a directory of the account was last begun to be fetched: accounts take turns.
ALTER TABLE account ADD COLUMN directory_turn BIGINT NOT NULL DEFAULT 0;

-- The access log: number counts the site's checks from 1. No other index: what is asked for is a site's newest.
CREATE TABLE site_check (
    site BIGINT NOT NULL,
    number BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    rule_id TEXT,
    domain TEXT NOT NULL,
    path TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    agent_identifier TEXT,
    verified_agent TEXT,
    allowed BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (site, number)
) WITHOUT ROWID;
