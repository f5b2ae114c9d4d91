-- SPDX-License-Identifier: Apache-2.0
-- What people see of their own sessions, and anybody of the server's state.

-- How the session was made: password, device, invite or setup. user_agent and address are of the request that made it;
-- null = not known, as for those that were made before this.
ALTER TABLE session ADD COLUMN kind TEXT NOT NULL DEFAULT 'password';
ALTER TABLE session ADD COLUMN user_agent TEXT;
ALTER TABLE session ADD COLUMN address TEXT;

-- When the server last tried whether it can write, because somebody asked how it is.
ALTER TABLE meta ADD COLUMN probed_at BIGINT NOT NULL DEFAULT 0;
