// SPDX-License-Identifier: Apache-2.0
/*
 * BH_ERR(name, HTTP status, code, text, hint). Included several times by err.h and err.c; has no guard on
 * purpose.
 */

/* Bodies */
BH_ERR(MEDIA_TYPE, 415, "", "Content-Type must be application/json.", "")
BH_ERR(REPORT_TYPE, 415, "", "Content-Type must be application/csp-report or application/reports+json.", "")
BH_ERR(BODY_TOO_LARGE, 413, "", "Request body is too large.", "")
BH_ERR(BODY_NOT_JSON, 400, "", "Request body must be valid JSON.", "")
BH_ERR(BODY_NOT_OBJECT, 400, "", "Request body must be a JSON object.", "")
BH_ERR(UNKNOWN_FIELD, 400, "", "Unknown field: %s.", "")

/* Fields */
BH_ERR(FIELD_REQUIRED, 400, "", "%s is required.", "")
BH_ERR(FIELD_EMPTY, 400, "", "%s must be a non-empty string.", "")
BH_ERR(FIELD_TEXT, 400, "", "%s must be a string or null.", "")
BH_ERR(RESOURCE_EMPTY, 400, "", "resource must be a non-empty string.", "")
BH_ERR(ACTION_TOO_LONG, 400, "", "action must be 80 characters or fewer.", "")
BH_ERR(AGENT_ID_TOO_LONG, 400, "", "agentId must be 80 characters or fewer.", "")
BH_ERR(NAME_TOO_LONG, 400, "", "name must be 120 characters or fewer.", "")
BH_ERR(VENDOR_TOO_LONG, 400, "", "%s must be 200 characters or fewer.", "")
BH_ERR(AMOUNT, 400, "", "amount must be a non-negative number.", "")
BH_ERR(METADATA, 400, "", "metadata must be an object under 2KB.", "")
BH_ERR(POLICY_CONTEXT, 400, "", "policyContext must be an object.", "")
BH_ERR(POLICY_CONTEXT_SIZE, 400, "", "policyContext must be an object under 16384 bytes.", "")
BH_ERR(LABEL_TOO_LONG, 400, "", "%s must be 180 characters or fewer.", "")
BH_ERR(TEXT_TOO_LONG_240, 400, "", "%s must be 240 characters or fewer.", "")
BH_ERR(TEXT_TOO_LONG_500, 400, "", "%s must be 500 characters or fewer.", "")
BH_ERR(TEXT_TOO_LONG_800, 400, "", "%s must be 800 characters or fewer.", "")
BH_ERR(AGENT_TYPE, 400, "", "agentType must be one of: native, connected.", "")
BH_ERR(PROVIDER, 400, "",
    "provider must be one of: custom, ollie, chatgpt, claude, gemini, zapier, make, langchain, openai, "
    "ollama, other.",
    "")
BH_ERR(CONNECTION_STATUS, 400, "", "connectionStatus must be one of: manual, connected, disconnected.", "")
BH_ERR(TEMPLATE, 400, "", "template must be one of: access_data, create_content, schedule, purchase, custom.",
    "")
BH_ERR(MEMBER_ROLE, 400, "", "role must be one of: viewer, approver, admin, owner.", "")
BH_ERR(GUIDELINE_COUNT, 400, "", "guidelines must have 20 items or fewer.", "")
BH_ERR(GUIDELINE_LENGTH, 400, "", "Each guideline must be 500 characters or fewer.", "")
BH_ERR(NOTHING_TO_CHANGE, 400, "", "At least one editable %s field is required.", "")
BH_ERR(HTTP_URL, 400, "", "%s must be an http or https URL.", "")
BH_ERR(STRING_LIST, 400, "", "%s must be an array of non-empty strings.", "")
BH_ERR(STRING_LIST_SIZE, 400, "", "%s must have 100 items or fewer.", "")
BH_ERR(STRING_LIST_ITEM, 400, "", "%s has an item that is too long.", "")
BH_ERR(PATH_PATTERN, 400, "",
    "%s has a pattern that can never match: use no control characters, backslashes, empty, '.' or '..' "
    "segments.",
    "")
BH_ERR(BOOLEAN, 400, "", "%s must be a boolean.", "")
BH_ERR(CONSTRAINTS, 400, "", "constraints must be an object.", "")
BH_ERR(EXPIRES_TYPE, 400, "", "expiresAt must be an ISO date string.", "")
BH_ERR(EXPIRES_INVALID, 400, "", "expiresAt must be a valid ISO date string.", "")
BH_ERR(EXPIRES_PAST, 400, "", "expiresAt must be in the future.", "")
BH_ERR(PERMISSION_LIMIT, 409, "", "An agent can have 200 active permissions or fewer.",
    "Revoke one to create another.")
BH_ERR(PERMISSION_SIZE, 409, "", "The active permissions of an agent can have 256 KB of text in all.",
    "Revoke one to create another, or shorten its lists.")
BH_ERR(REPLACEMENT_CONFLICT, 409, "PERMISSION_REPLACEMENT_CONFLICT",
    "The permission is not active any more, or was changed meanwhile.",
    "Read it again before you replace it.")
BH_ERR(REPLACEMENT_KEY, 409, "PERMISSION_REPLACEMENT_IDEMPOTENCY_CONFLICT",
    "idempotencyKey was already used for another replacement.", "Use a new key for a new replacement.")
BH_ERR(REPLACEMENT_KEY_LENGTH, 400, "", "idempotencyKey must be 1 to 120 characters.", "")
BH_ERR(EXPECTED_UPDATED_AT, 400, "", "expectedUpdatedAt must be a valid ISO date string.", "")
BH_ERR(FIELD_OBJECT, 400, "", "%s must be an object.", "")
BH_ERR(SAMPLES, 400, "", "samples must be an array of 20 items or fewer.", "")
BH_ERR(MAX_AMOUNT, 400, "", "maxAmount must be a non-negative number.", "")
BH_ERR(PREVIEW_WORK, 400, "", "samples take too much matching with the patterns of these permissions.",
    "Send fewer samples at a time, or use fewer patterns with \"*\".")
BH_ERR(SCENARIO, 400, "", "Unknown scenarioId: \"%s\".", "")
BH_ERR(ACCOUNT_NAME_TOO_LONG, 400, "", "accountName must be 120 characters or fewer.", "")
BH_ERR(EMAIL, 400, "", "A valid email is required.", "")
BH_ERR(PASSWORD_LENGTH, 400, "", "Password must be between 10 and 200 characters.", "")
BH_ERR(PASSWORD_WRONG, 400, "", "Current password is wrong.", "")
BH_ERR(RESET_TOKEN_REQUIRED, 400, "", "Reset token is required.", "")
BH_ERR(RESET_TOKEN, 400, "", "This reset link is invalid or has expired.", "Ask for a new one.")
BH_ERR(VERIFY_TOKEN_REQUIRED, 400, "", "Verification token or code is required.", "")
BH_ERR(VERIFY_TOKEN, 400, "", "This verification link or code is invalid or has expired.",
    "Sign in and ask for a new one.")
BH_ERR(IDEMPOTENCY_KEY, 400, "", "Idempotency-Key must be 1 to 200 printable ASCII characters.", "")
BH_ERR(IDEMPOTENCY_CONFLICT, 422, "IDEMPOTENCY_KEY_REUSED",
    "Idempotency-Key was already used with another request body.", "Use a new key for a new request.")
BH_ERR(WAIT, 400, "", "wait must be an integer from 0 to 60, in seconds.", "")
BH_ERR(AFTER, 400, "", "after must be the requestId of a decision in this log.", "")
BH_ERR(LOG_BEFORE, 400, "", "before must be a request id.", "Take pagination.nextBefore of the page before.")
BH_ERR(ERASURE_BEFORE, 400, "", "before must be a whole number from 1 on.",
    "Take pagination.nextBefore of the page before.")
BH_ERR(ERASE_CONFIRM, 400, "", "confirm must be \"delete all logs\".", "It cannot be undone.")
BH_ERR(ALREADY_ROTATED, 409, "", "API key has already been rotated.", "")

/* Who is calling */
BH_ERR(AGENT_AUTH_REQUIRED, 401, "AGENT_AUTH_REQUIRED", "Missing or invalid API key.",
    "Send the agent's present key in the Authorization header.")
BH_ERR(AGENT_UNKNOWN, 404, "AGENT_NOT_FOUND", "Unknown agent.", "Check the agent id.")
BH_ERR(AGENT_KEY_MISMATCH, 401, "AGENT_API_KEY_MISMATCH", "API key does not match this agent.",
    "Use the key that belongs to this agent.")
BH_ERR(AUTH_REQUIRED, 401, "AUTH_REQUIRED", "Developer authentication required.",
    "Sign in with `behalf login`, or send a developer token in the X-Developer-Token header.")
BH_ERR(LOGIN, 401, "", "Invalid email or password.", "")
BH_ERR(SESSION_EXPIRED, 401, "AUTH_REQUIRED", "Session expired due to inactivity.", "Sign in again.")
BH_ERR(SIGNUP_CLOSED, 403, "", "Sign-up is closed on this server.",
    "Ask its operator, or an owner of an account, for an invitation.")
BH_ERR(SIGNUP_INVITE, 403, "", "Sign-up is by invitation only on this server.",
    "Open the link of your invitation.")
BH_ERR(EMAIL_TAKEN, 409, "", "This email cannot be used for a new account.",
    "If it is yours, sign in, or reset your password.")
BH_ERR(SETUP_DONE, 410, "", "This server has been set up already.", "Sign in instead.")
BH_ERR(SETUP_LINK, 401, "AUTH_REQUIRED", "The setup token is wrong or no longer valid.",
    "Use the link that the server printed at its last start.")
BH_ERR(SESSION_REQUIRED, 403, "SESSION_REQUIRED", "This needs a person who is signed in.",
    "Sign in with `behalf login` or in the dashboard; a key or token will not do here.")
BH_ERR(ORIGIN, 403, "INVALID_ORIGIN", "Invalid request origin.", "")
BH_ERR(EMAIL_UNVERIFIED, 403, "EMAIL_VERIFICATION_REQUIRED",
    "Email verification required. Check your inbox or resend the verification email.",
    "Open the link that was sent to you, or ask for a new one.")
BH_ERR(NOT_A_MEMBER, 403, "WORKSPACE_ACCOUNT_REQUIRED", "Workspace account required.",
    "Ask an owner of the account for an invitation.")
BH_ERR(ROLE, 403, "AUTHORITY_FORBIDDEN", "Your role in this account does not allow this.",
    "Ask an owner of the account.")
BH_ERR(VIEWER, 403, "VIEWER_MUTATION_FORBIDDEN", "A viewer cannot change anything.",
    "Ask an owner of the account for another role.")
BH_ERR(OPERATOR, 403, "", "Operator access required.", "")
BH_ERR(DEVELOPER_TOKEN, 401, "INVALID_DEVELOPER_TOKEN", "Invalid developer token.",
    "Check the X-Developer-Token header or make a new token.")
BH_ERR(SETUP_TOKEN, 401, "AUTH_REQUIRED", "Console authentication or setup token required.",
    "Send the setup token in the Authorization header.")
BH_ERR(AGENT_CREATION_DISABLED, 403, "", "Agent creation is disabled for public requests.",
    "Send a developer token in X-Developer-Token, or the setup token in Authorization.")
BH_ERR(ACCOUNT_MISMATCH, 403, "AGENT_ACCOUNT_MISMATCH", "Agent does not belong to this developer account.",
    "Use a token and an agent of the same account.")
BH_ERR(AUTHORITY, 403, "AUTHORITY_FORBIDDEN",
    "Agents cannot grant permissions. Create this permission from the dashboard or authenticate with a "
    "developer token.",
    "Send a developer token in X-Developer-Token.")

/* Things */
BH_ERR(AGENT_NOT_FOUND, 404, "AGENT_NOT_FOUND", "Agent not found.", "Check the agent id.")
BH_ERR(PERMISSION_NOT_FOUND, 404, "NOT_FOUND", "Permission not found.", "Check the permission id.")
BH_ERR(APPROVAL_NOT_FOUND, 404, "NOT_FOUND", "Approval request not found or already resolved.",
    "Look at it for what was decided; if it is not there, check the approval id.")
BH_ERR(APPROVAL_UNKNOWN, 404, "NOT_FOUND", "Approval request not found.", "Check the approval id.")
BH_ERR(APPROVAL_UNBOUND, 409, "", "Approval request has no bound target and cannot be approved.", "")
BH_ERR(APPROVE_FORBIDDEN, 403, "AUTHORITY_FORBIDDEN", "You are not authorized to approve this request.",
    "Ask someone else whose role in the account allows it.")
BH_ERR(DENY_FORBIDDEN, 403, "AUTHORITY_FORBIDDEN", "You are not authorized to deny this request.",
    "Ask someone else whose role in the account allows it.")
BH_ERR(APPROVAL_STATUS, 400, "", "status must be one of: pending, approved, denied, used, expired, all.", "")
BH_ERR(SUMMARY_DAYS, 400, "", "days must be a whole number from 1 to 90.", "")
BH_ERR(APPROVAL_PAGE, 400, "", "limit must be an integer between 1 and 100.", "")
BH_ERR(APPROVAL_BEFORE, 400, "", "before must be the id of an approval request of this account.", "")
BH_ERR(GRANT_MINUTES, 400, "", "approvalGrantMinutes must be an integer between 1 and 1440.", "")
BH_ERR(LOG_NOT_FOUND, 404, "NOT_FOUND", "Log not found.", "Check the request id.")
BH_ERR(MEMBER_NOT_FOUND, 404, "NOT_FOUND", "Member not found.", "Check the member id.")
BH_ERR(LAST_OWNER, 409, "", "An account needs an owner.", "Make another member an owner first.")
BH_ERR(ALREADY_MEMBER, 409, "", "You are a member of this account already.", "")
BH_ERR(MEMBER_LIMIT, 409, "", "An account can have 500 members or fewer.",
    "Ask an owner of the account to remove somebody first.")
BH_ERR(INVITE_NOT_FOUND, 404, "NOT_FOUND", "Invitation not found.", "Check the invitation id.")
BH_ERR(INVITE_INVALID, 400, "", "This invitation is invalid or has expired.", "Ask for a new one.")
BH_ERR(INVITE_ADDRESS, 409, "", "This invitation cannot be accepted with this address.",
    "Use the address that was invited; if it has an account here, its password, or sign in first.")
BH_ERR(INVITE_LIMIT, 409, "", "An account can have 50 open invitations or fewer.",
    "Delete one to create another.")
BH_ERR(TOKEN_NOT_FOUND, 404, "NOT_FOUND", "Token not found.", "Check the token id.")
BH_ERR(SESSION_NOT_FOUND, 404, "NOT_FOUND", "Session not found.", "Check the session id.")
BH_ERR(DEVICE_CODE, 404, "NOT_FOUND", "Invalid or expired code.", "Run `behalf login` again for a new code.")
BH_ERR(DEVICE_CODE_EXPIRED, 410, "", "Code has expired.", "Run `behalf login` again for a new code.")
BH_ERR(DEVICE_LIMIT, 429, "RATE_LIMIT_EXCEEDED", "Too many sign-ins of devices are waiting.",
    "Wait for Retry-After seconds and try again.")
BH_ERR(ACCOUNT_NOT_FOUND, 404, "WORKSPACE_NOT_FOUND", "Account not found.", "Check the account id.")
BH_ERR(PERSON_NOT_FOUND, 404, "NOT_FOUND", "Nobody here has this email.",
    "`behalf admin people list` shows who there is.")
BH_ERR(TOKEN_LIMIT, 402, "", "Maximum of 10 developer API tokens allowed. Revoke one to create another.", "")
BH_ERR(WEBHOOK_NOT_FOUND, 404, "NOT_FOUND", "Webhook not found.", "Check the webhook id.")
BH_ERR(WEBHOOK_EVENT_NOT_FOUND, 404, "NOT_FOUND", "Webhook event not found.", "Check the event id.")
BH_ERR(WEBHOOK_EVENT_PROCESSING, 409, "", "Webhook event is currently processing and cannot be replayed.", "")
BH_ERR(WEBHOOK_EVENT_NOT_DEAD, 409, "", "Only dead-lettered webhook events can be replayed.", "")
BH_ERR(WEBHOOK_NOT_ACTIVE, 409, "", "The webhook endpoint is not active.", "Enable it first.")
BH_ERR(WEBHOOK_LIMIT, 409, "", "An account can have 100 webhook endpoints or fewer.",
    "Delete one to create another.")
BH_ERR(WEBHOOK_URL, 400, "", "url must be a valid URL.", "")
BH_ERR(WEBHOOK_URL_LENGTH, 400, "", "url must be 2000 characters or fewer.", "")
BH_ERR(WEBHOOK_URL_CREDENTIALS, 400, "", "Webhook URLs must not include credentials.", "")
BH_ERR(WEBHOOK_URL_HTTPS, 400, "", "Webhook URLs must use https:// in production.",
    "For tests, start the server with --allow-private-webhooks.")
BH_ERR(WEBHOOK_URL_SCHEME, 400, "",
    "Webhook URLs must use https://, except localhost over http in development.", "")
BH_ERR(WEBHOOK_URL_HOST, 400, "", "Webhook URL host is not allowed.", "")
BH_ERR(WEBHOOK_EVENTS, 400, "", "events must be a non-empty array.", "")
BH_ERR(WEBHOOK_EVENT_TYPE, 400, "", "Unsupported webhook event: %s.", "")
BH_ERR(WEBHOOK_NO_CHANGE, 400, "", "At least one of url and events is required.", "")
BH_ERR(EVENT_STATUS, 400, "", "status must be one of: pending, processing, completed, failed.", "")
BH_ERR(EVENT_BEFORE, 400, "", "before must be the id of an event.", "")
BH_ERR(QUERY_LIMIT_100, 400, "", "limit must be a whole number from 1 to 100.", "")
BH_ERR(QUERY_BOOLEAN, 400, "", "%s must be true or false.", "")
BH_ERR(NOT_FOUND, 404, "NOT_FOUND", "Not found.",
    "Check the address and the id in it. A base URL ends before /api.")
BH_ERR(METHOD, 405, "", "Method not allowed.", "")
BH_ERR(METRICS_TOKEN, 401, "AUTH_REQUIRED", "Metrics token required.",
    "Send BEHALFID_METRICS_TOKEN in the header Authorization (scheme Bearer).")

/* Passports */
BH_ERR(PASSPORT_LINK, 401, "", "Invalid passport link.", "Ask its owner for a new one.")
BH_ERR(PASSPORT_FORMAT, 400, "",
    "format must be one of: document, jwt, blocks, memory, json, instruction, prompt, markdown.", "")
BH_ERR(SIGNING_KEYS, 409, "", "Too many signing keys are published.", "Wait until the oldest has ended.")

/* The action gateway */
BH_ERR(RESOURCE_TOO_LONG, 400, "", "resource must be 200 characters or fewer.", "")
BH_ERR(GATEWAY_INPUT, 400, "", "input must be an object.", "")
BH_ERR(GATEWAY_URL_REQUIRED, 400, "", "input.url is required.", "")
BH_ERR(GATEWAY_URL_INVALID, 400, "", "input.url must be a valid URL.", "")
BH_ERR(GATEWAY_URL_LENGTH, 400, "", "input.url must be a valid URL.",
    "A URL can have 8192 bytes, counted after characters that must be escaped were.")
BH_ERR(GATEWAY_URL_SCHEME, 400, "", "Gateway only supports http:// and https:// URLs.", "")
BH_ERR(GATEWAY_URL_HTTPS, 400, "", "Gateway requires https:// URLs in production.", "")
BH_ERR(GATEWAY_URL_CREDENTIALS, 400, "", "Gateway URLs must not include credentials.", "")
BH_ERR(GATEWAY_URL_HOST, 400, "", "Gateway URL host is not public.", "")
BH_ERR(GATEWAY_URL_ADDRESS, 400, "", "Gateway URL IP address is not public.", "")
BH_ERR(GATEWAY_URL_PORT, 400, "", "Gateway URL port is not allowed.", "")
BH_ERR(GATEWAY_UNRESOLVED, 400, "", "Gateway URL host could not be resolved.", "")
BH_ERR(GATEWAY_ANSWERS, 400, "", "Gateway URL host has more than 64 addresses.", "")
BH_ERR(GATEWAY_PRIVATE, 400, "", "Gateway URL resolves to a non-public address.", "")
BH_ERR(GATEWAY_LOCATION, 400, "", "Gateway redirect did not include a Location header.", "")
BH_ERR(GATEWAY_REDIRECTS, 400, "", "Gateway redirect limit exceeded.", "")
BH_ERR(GATEWAY_DOWNGRADE, 400, "", "Gateway redirect must not leave https.", "")
BH_ERR(GATEWAY_TIMEOUT, 400, "", "Gateway fetch timed out.", "")
BH_ERR(GATEWAY_FETCH, 400, "", "Gateway fetch failed.", "")
BH_ERR(GATEWAY_FAILED, 400, "", "Gateway execution failed.", "")
BH_ERR(GATEWAY_BUSY, 503, "GATEWAY_BUSY", "Too many gateway actions are running.",
    "Nothing was decided; try again shortly.")
BH_ERR(GATEWAY_BUSY_ACCOUNT, 429, "GATEWAY_BUSY", "Too many gateway actions of this account are running.",
    "Nothing was decided; wait until one has ended.")

/* The site guard */
BH_ERR(SITE_PATH, 400, "", "path must be an absolute path without a query or fragment.", "")
BH_ERR(SITE_PATH_LENGTH, 400, "", "path must be an absolute path without a query or fragment.",
    "It must have 500 characters or fewer.")
BH_ERR(SITE_USER_AGENT, 400, "", "userAgent is required.", "")
BH_ERR(SITE_USER_AGENT_LENGTH, 400, "", "userAgent must be 500 characters or fewer.", "")
BH_ERR(SITE_DOMAIN, 400, "", "domain must be a hostname.", "")
BH_ERR(SITE_HEADERS, 400, "", "headers must be an object of at most 32 strings.", "")
BH_ERR(SITE_HEADERS_LENGTH, 400, "", "headers must have 16384 characters or fewer in all.", "")
BH_ERR(SITE_METHOD, 400, "", "method must be an HTTP method of 32 characters or fewer.", "")
BH_ERR(SITE_SCHEME, 400, "", "scheme must be http or https.", "")
BH_ERR(SITE_AUTHORITY, 400, "",
    "authority must be a host of 253 characters or fewer, with or without a port.", "")
BH_ERR(SITE_QUERY, 400, "", "query must begin with ? and have no #, blanks or control characters.", "")
BH_ERR(SITE_PROXY_PATH, 400, "", "X-Original-URI or X-Forwarded-Uri is required.",
    "The proxy must send what the visitor asks for in one of these headers.")
BH_ERR(SITE_PROXY_HEADER, 400, "", "A forwarding header came twice, or two of them contradict each other.",
    "Let the proxy set them in place of those that visitors send.")
BH_ERR(SITE_REQUIRED, 400, "", "siteId or domain is required.",
    "Send the site key in the Authorization header; only a developer token has to name the site.")
BH_ERR(SITE_KEY, 401, "", "Invalid Site Guard key.", "Check the key, or make a new one.")
BH_ERR(SITE_KEY_REVOKED, 401, "", "Site Guard key has been revoked.", "Make a new one.")
BH_ERR(SITE_AUTH_REQUIRED, 401, "", "Site Guard key or developer token required.",
    "Send the site key in the Authorization header.")
BH_ERR(SITE_NOT_FOUND, 404, "NOT_FOUND", "Site not found.", "Check the site id.")
BH_ERR(SITE_DOMAIN_TAKEN, 409, "", "A Site Guard site already uses this domain.", "")
BH_ERR(SITE_LIMIT, 409, "", "An account can have 100 sites or fewer.", "")
BH_ERR(SITE_NAME, 400, "", "name must be a non-empty string.", "")
BH_ERR(SITE_STATUS, 400, "", "status must be active or disabled.", "")
BH_ERR(SITE_RULE_NOT_FOUND, 404, "NOT_FOUND", "Site Guard rule not found.", "Check the rule id.")
BH_ERR(SITE_RULE_LIMIT, 409, "", "A site can have 200 rules or fewer.", "")
BH_ERR(SITE_RULE_SIZE, 409, "", "The rules of a site can have 256 KB of text in all.",
    "Delete one to create another, or shorten its lists.")
BH_ERR(SITE_RULE_SIGNAL, 400, "", "agentIdentifier or userAgentPattern is required.",
    "A rule that demands verifiedAgent needs neither.")
BH_ERR(SITE_RULE_PATHS, 400, "", "%s must be an array of paths.", "")
BH_ERR(SITE_RULE_PATHS_SIZE, 400, "", "%s must have 40 paths or fewer.", "")
BH_ERR(SITE_RULE_PATHS_STRINGS, 400, "", "%s must contain strings.", "")
BH_ERR(SITE_RULE_PATHS_ABSOLUTE, 400, "", "%s must contain absolute paths without queries or fragments.",
    "Percent signs, backslashes, dot segments and control characters could never match.")
BH_ERR(SITE_RULE_PATHS_LENGTH, 400, "", "%s must contain absolute paths without queries or fragments.",
    "Each must have 500 characters or fewer.")
BH_ERR(SITE_RULE_NOTES, 400, "", "notes must be 1000 characters or fewer.", "")
BH_ERR(SITE_VERIFIED_AGENT, 400, "", "verifiedAgent must be true, \"*\" or the https address of a directory.",
    "")
BH_ERR(
    SITE_KEY_NOT_FOUND, 404, "NOT_FOUND", "Site Guard key not found or already revoked.", "Check the key id.")
BH_ERR(SITE_KEY_LIMIT, 409, "", "A site can have 20 active keys or fewer.", "Revoke one to create another.")
BH_ERR(DIRECTORY_URL, 400, "", "url must be an https address without path, query or fragment.", "")
BH_ERR(DIRECTORY_HOST, 400, "", "url must have a public host, since its keys are fetched.",
    "Give the keys of other directories, which pins them.")
BH_ERR(DIRECTORY_PORT, 400, "", "url must have a port that keys are fetched from: 443, 80 or a gateway port.",
    "Give the keys of other directories, which pins them.")
BH_ERR(DIRECTORY_KEYS, 400, "", "keys must be a JWK set with 1 to 16 Ed25519 keys.", "")
BH_ERR(DIRECTORY_TAKEN, 409, "", "The site trusts this directory already.", "")
BH_ERR(DIRECTORY_LIMIT, 409, "", "A site can trust 20 directories or fewer.", "Delete one to add another.")
BH_ERR(ACCOUNT_DIRECTORY_LIMIT, 409, "", "The sites of an account can trust 500 directories or fewer.",
    "Delete one to add another.")
BH_ERR(DIRECTORIES_ASKED, 429, "RATE_LIMIT_EXCEEDED", "10 directories of this account wait to be fetched.",
    "Wait for Retry-After seconds and try again.")
BH_ERR(DIRECTORY_NOT_FOUND, 404, "NOT_FOUND", "Directory not found.", "Check the directory id.")
BH_ERR(DIRECTORY_PINNED, 409, "", "The keys of this directory were given by you and are not fetched.", "")

/* The server's own state */
BH_ERR(RATE_LIMIT, 429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded.",
    "Wait for Retry-After seconds and try again.")
BH_ERR(STORE_UNAVAILABLE, 503, "", "Service temporarily unavailable.", "Try again shortly.")
BH_ERR(FAILED_CLOSED, 503, "VERIFY_FAILED_CLOSED", "Verification failed closed.",
    "Nothing was recorded and nothing is allowed; try again shortly.")
BH_ERR(OUTCOME_UNRECORDED, 503, "VERIFY_FAILED_CLOSED", "Verification failed closed.",
    "The decision is recorded, what became of the action is not, and its result is withheld.")
BH_ERR(OVERLOADED, 503, "VERIFY_FAILED_CLOSED", "Verification failed closed.",
    "The server is busy and nothing was recorded; try again shortly.")
BH_ERR(SITE_FAILED_CLOSED, 503, "SITE_GUARD_FAILED_CLOSED", "Site Guard failed closed.",
    "Nothing was recorded and nothing is allowed; try again shortly.")
BH_ERR(LONG_ANSWERS, 503, "", "Too many streams and waiting requests are open.",
    "Wait for Retry-After seconds and try again.")
BH_ERR(EXPORTS, 503, "", "Too many exports are running.", "Wait for Retry-After seconds and try again.")
BH_ERR(LONG_ANSWERS_OWNER, 429, "TOO_MANY_STREAMS",
    "Too many streams and waiting requests of this caller are open.", "Close one, then try again.")
BH_ERR(EXPORTS_OWNER, 429, "TOO_MANY_STREAMS", "Two exports of this account are running.",
    "Wait until one has ended, then try again.")
BH_ERR(INTERNAL, 500, "internal_error", "Something went wrong loading this data. Please try again.", "")

/* HTTP framing */
BH_ERR(BAD_REQUEST, 400, "", "Bad request.", "")
BH_ERR(HEADERS_TOO_LARGE, 431, "", "Request headers are too large.", "")

/* Inside only: never at the wire under these names */
BH_ERR(NO_MEMORY, 503, "", "Service temporarily unavailable.", "")
BH_ERR(CONFLICT, 409, "", "The object already exists.", "")
BH_ERR(STORE_BUSY, 503, "", "Service temporarily unavailable.", "")
BH_ERR(STORE_FULL, 503, "", "Service temporarily unavailable.", "")
BH_ERR(STORE_LOCKED, 503, "", "Another server already uses this data folder.", "")
BH_ERR(STORE_VERSION, 503, "", "The database was written by a newer version of BehalfID.", "")
BH_ERR(AUDIT_CHECKPOINT, 500, "", "The checkpoint is not one of this server.", "")
BH_ERR(STORE_CORRUPT, 503, "", "The database is damaged.", "")
BH_ERR(SECRET_KEY, 503, "", "The server key is missing, unreadable or does not fit this database.",
    "Give the server the key of before. After a restore with --key, BEHALFID_SECRET_KEY must not be another "
    "one.")
BH_ERR(NO_DATABASE, 503, "", "There is no database in the data folder.", "")
BH_ERR(DATA_MODE, 503, "", "The database is open to other users and cannot be closed to them.", "")
BH_ERR(LISTEN, 503, "", "The address cannot be listened on.", "")
BH_ERR(THREADS, 503, "", "The server's threads cannot be started.", "")
BH_ERR(IO, 503, "", "A file could not be read or written.", "")
BH_ERR(APPROVAL_LIMIT, 409, "", "The agent has too many pending approval requests.", "")
BH_ERR(APPROVAL_COOLDOWN, 409, "", "The same request was denied a moment ago.", "")
