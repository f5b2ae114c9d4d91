-- SPDX-License-Identifier: Apache-2.0
-- The outbox: events, written in the transaction of what they tell about, and their way to the endpoints.

-- One bit for each event type that an active endpoint of the account wants: what nobody wants is not stored.
ALTER TABLE account ADD COLUMN event_mask BIGINT NOT NULL DEFAULT 0;

-- status is active, disabled or deleted. secret and previous_secret are sealed under the server key. Events up
-- to settled_through need nothing more than what `delivery` says: their first attempt was made, or they are not
-- for this endpoint. failing_since is when the first attempt failed since the last that succeeded, or since a
-- day without attempts, and failures counts them. disabled_reason is set when the server disabled it: then
-- what is above the mark still waits. version changes with every change that people see.
CREATE TABLE webhook (
    id INTEGER PRIMARY KEY,
    webhook_id TEXT NOT NULL UNIQUE,
    account BIGINT NOT NULL REFERENCES account (id),
    url TEXT NOT NULL,
    event_mask BIGINT NOT NULL,
    status TEXT NOT NULL,
    disabled_reason TEXT,
    secret BLOB NOT NULL,
    secret_preview TEXT NOT NULL,
    previous_secret BLOB,
    previous_until BIGINT NOT NULL,
    settled_through BIGINT NOT NULL,
    failing_since BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_triggered_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX webhook_by_account ON webhook (account, id);

-- A type that an endpoint came to want later: events of that type up to `through` are not for it.
CREATE TABLE webhook_since (
    webhook BIGINT NOT NULL,
    type BIGINT NOT NULL,
    through BIGINT NOT NULL,
    PRIMARY KEY (webhook, type)
) WITHOUT ROWID;

-- Events above `above` up to `through` that were dropped untried, because somebody disabled or deleted the
-- endpoint: those of the types in event_mask that have no attempt.
CREATE TABLE webhook_skipped (
    webhook BIGINT NOT NULL,
    above BIGINT NOT NULL,
    through BIGINT NOT NULL,
    event_mask BIGINT NOT NULL,
    PRIMARY KEY (webhook, above)
) WITHOUT ROWID;
CREATE INDEX webhook_skipped_by_event ON webhook_skipped (through);

-- payload is the body as it is sent, byte for byte. Public ids are made from id and salt. agent 0 = none;
-- only_webhook is set when one endpoint alone is to have it, as with a test. request_row is the entry of the audit log
-- whose content the payload repeats; 0 = none. The payload is empty once that entry has been erased.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    salt BIGINT NOT NULL,
    account BIGINT NOT NULL,
    agent BIGINT NOT NULL,
    type BIGINT NOT NULL,
    only_webhook BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    request_row BIGINT NOT NULL,
    payload TEXT NOT NULL
);
CREATE INDEX event_by_account ON event (account, id);

-- What went wrong at first: one row for each event and endpoint whose first attempt has failed. status is
-- pending (it is tried again), delivered, dead (no more attempts until a replay) or dropped (somebody has
-- disabled or deleted the endpoint meanwhile). What went well at once has a row in delivery_attempt only.
CREATE TABLE delivery (
    webhook BIGINT NOT NULL,
    event BIGINT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    last_error TEXT,
    PRIMARY KEY (webhook, event)
) WITHOUT ROWID;
CREATE INDEX delivery_due ON delivery (webhook, next_attempt_at, event) WHERE status = 'pending';
CREATE INDEX delivery_by_status ON delivery (status, webhook, event);
CREATE INDEX delivery_by_event ON delivery (event);

-- The delivery log: one row for each attempt.
CREATE TABLE delivery_attempt (
    id INTEGER PRIMARY KEY,
    delivery_id TEXT NOT NULL,
    webhook BIGINT NOT NULL,
    event BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    http_status BIGINT NOT NULL,
    error TEXT,
    next_retry_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX delivery_attempt_by_webhook ON delivery_attempt (webhook, id);
CREATE INDEX delivery_attempt_by_event ON delivery_attempt (event, id);

-- One row. Events up to purged_through are gone, and their ids are not given out again. version changes with
-- every endpoint and every replay, so that who delivers looks again.
CREATE TABLE outbox_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    purged_through BIGINT NOT NULL,
    version BIGINT NOT NULL
);
INSERT INTO outbox_state (id, purged_through, version) VALUES (1, 0, 1);
