// SPDX-License-Identifier: Apache-2.0
/*
 * BH_SITE_REASON(name, number, allowed, risk, text). Included several times; has no guard on purpose. The
 * numbers are stored in the access log: append only. Clients match on some of the texts.
 */
BH_SITE_REASON(FAILED_CLOSED, 0, false, HIGH, "Site Guard failed closed.")
BH_SITE_REASON(NO_SITE, 1, false, HIGH, "Site not found.")
BH_SITE_REASON(SITE_DISABLED, 2, false, HIGH, "Site is disabled.")
BH_SITE_REASON(BLOCKED, 3, false, HIGH, "Path is blocked by an active Site Guard rule.")
BH_SITE_REASON(APPROVAL_REQUIRED, 4, false, MEDIUM, "Site Guard rule requires approval before access.")
BH_SITE_REASON(ALLOWED, 5, true, LOW, "Path allowed by an active Site Guard rule.")
BH_SITE_REASON(PATH_NOT_ALLOWED, 6, false, HIGH, "No active Site Guard rule allows this path.")
BH_SITE_REASON(NO_RULE, 7, false, HIGH, "No matching active Site Guard rule.")
