-- SPDX-License-Identifier: Apache-2.0
-- What a person sees of their sessions, to tell which of them are their own.

-- How it was made: password, device, invite or setup. user_agent and address are of the request that made it; null =
-- not known, as for those that were made before this.
ALTER TABLE session ADD COLUMN kind TEXT NOT NULL DEFAULT 'password';
ALTER TABLE session ADD COLUMN user_agent TEXT;
ALTER TABLE session ADD COLUMN address TEXT;
