-- SPDX-License-Identifier: Apache-2.0

-- Requests for approval are numbered anew with each change, over all accounts, so that who listens reads only what is
-- new and misses nothing. One row: the newest number.
CREATE TABLE approval_change (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO approval_change (id, number) VALUES (1, 0);
ALTER TABLE approval ADD COLUMN change_number BIGINT NOT NULL DEFAULT 0;
CREATE INDEX approval_by_change ON approval (change_number);

-- What passes its time is not written, so it is found by that time.
CREATE INDEX approval_ending ON approval (expires_at) WHERE status = 'pending';
CREATE INDEX approval_grant_ending ON approval (grant_expires_at) WHERE status = 'approved';
