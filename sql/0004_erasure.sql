-- SPDX-License-Identifier: Apache-2.0
-- Erasures of log entries: a trail of their own, each entry signed together with the one before it, never
-- deleted.

-- request_id null = all entries of the account up to last_row. Rows up to done_through have been blanked.
CREATE TABLE erasure (
    id INTEGER PRIMARY KEY,
    account BIGINT NOT NULL,
    erased_at BIGINT NOT NULL,
    erased_by TEXT NOT NULL,
    request_id TEXT,
    first_row BIGINT NOT NULL,
    last_row BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    done_through BIGINT NOT NULL,
    mac BLOB NOT NULL
);
CREATE INDEX erasure_by_account ON erasure (account, id);

-- Which entry of the trail blanked the row; null = it is whole.
ALTER TABLE audit ADD COLUMN erasure BIGINT;
