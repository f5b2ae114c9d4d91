-- SPDX-License-Identifier: Apache-2.0
-- Erasures of log entries: a trail of their own, each entry signed together with the one before it, never
-- deleted.

-- request_hash is SHA-256 of the request id: the id itself would keep the row's salt. null = all entries of the
-- account up to last_row. Rows up to done_through have been blanked.
CREATE TABLE erasure (
    id INTEGER PRIMARY KEY,
    account BIGINT NOT NULL,
    erased_at BIGINT NOT NULL,
    erased_by TEXT NOT NULL,
    request_hash BLOB,
    first_row BIGINT NOT NULL,
    last_row BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    done_through BIGINT NOT NULL,
    mac BLOB NOT NULL
);
CREATE INDEX erasure_by_account ON erasure (account, id);
CREATE INDEX erasure_of_all ON erasure (account, last_row) WHERE request_hash IS NULL;
CREATE INDEX erasure_unfinished ON erasure (id) WHERE done_through < last_row;

-- The newest entry of the trail and its mac; both are covered by the mac of this row.
ALTER TABLE audit_state ADD COLUMN trail BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_state ADD COLUMN trail_mac BLOB;

-- Which entry of the trail blanked the row; null = it is whole.
ALTER TABLE audit ADD COLUMN erasure BIGINT;

-- How many of the rows that audit_owner and audit_day count can no longer be seen: erased, or removed from the
-- front of a day. Those counts stay as they are, this is taken from them where only what is seen counts.
CREATE TABLE audit_gone (
    owner BIGINT NOT NULL,
    day BIGINT NOT NULL,
    allowed BIGINT NOT NULL,
    denied BIGINT NOT NULL,
    approval_required BIGINT NOT NULL,
    shadow BIGINT NOT NULL,
    PRIMARY KEY (owner, day)
) WITHOUT ROWID;

-- What repeats content of an erased entry and could not be taken with it, because it still has something to do:
-- kind 1 = an event that is to be delivered, 2 = an approval that waits or may be used. check_at: look again then.
CREATE TABLE erase_later (
    kind BIGINT NOT NULL,
    id BIGINT NOT NULL,
    check_at BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX erase_later_by_time ON erase_later (check_at);

-- The entry of the audit log that the answer tells of; its created_at is that entry's.
ALTER TABLE idempotency ADD COLUMN request_row BIGINT NOT NULL DEFAULT 0;
