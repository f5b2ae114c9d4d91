// SPDX-License-Identifier: Apache-2.0
#include "http/present_sites.h"

#include "http/present.h"

/* How every record begins: its id, and that of the site it belongs to (or absent). */
static void begin(struct bh_buf *out, const char *key, struct bh_span id, struct bh_span site_id)
{
    bh_buf_add_char(out, '{');
    bh_json_add_text_member(out, key, id);
    if (!bh_span_is_absent(site_id))
        bh_json_add_text_member(out, "siteId", site_id);
}

/* How all but checks end. */
static void end(struct bh_buf *out, int64_t created_at, int64_t updated_at)
{
    bh_json_add_time_member(out, "createdAt", created_at);
    bh_json_add_time_member(out, "updatedAt", updated_at);
    bh_buf_add_char(out, '}');
}

void bh_present_site(const struct bh_site_record *site, struct bh_buf *out)
{
    begin(out, "siteId", site->site_id, BH_ABSENT);
    bh_json_add_text_member(out, "name", site->name);
    bh_json_add_text_member(out, "domain", site->domain);
    bh_json_add_text_member(out, "status", site->status);
    end(out, site->created_at, site->updated_at);
}

void bh_present_site_rule(const struct bh_site_rule_record *rule, struct bh_span site_id, struct bh_buf *out)
{
    begin(out, "ruleId", rule->rule_id, site_id);
    bh_json_add_text_member(out, "name", rule->name);
    bh_json_add_text_member(out, "status", rule->status);
    bh_json_add_text_member(out, "agentIdentifier", rule->agent_identifier);
    bh_json_add_text_member(out, "userAgentPattern", rule->user_agent_pattern);
    bh_json_add_text_member(out, "verifiedAgent", rule->verified_agent);
    bh_json_add_key(out, "allowedPaths");
    bh_buf_add(out, rule->allowed_paths);
    bh_json_add_key(out, "blockedPaths");
    bh_buf_add(out, rule->blocked_paths);
    bh_json_add_bool_member(out, "requiresApproval", rule->requires_approval);
    bh_json_add_text_member(out, "notes", rule->notes);
    end(out, rule->created_at, rule->updated_at);
}

void bh_present_site_key(const struct bh_site_key_record *key, struct bh_span site_id, struct bh_buf *out)
{
    begin(out, "keyId", key->key_id, site_id);
    bh_json_add_text_member(out, "name", key->name);
    bh_json_add_text_member(out, "keyPreview", key->preview);
    bh_json_add_text_member(out, "status", key->status);
    bh_json_add_time_member(out, "lastUsedAt", key->last_used_at);
    end(out, key->created_at, key->updated_at);
}

void bh_present_site_directory(
    const struct bh_site_directory_record *directory, struct bh_span site_id, struct bh_buf *out)
{
    begin(out, "directoryId", directory->directory_id, site_id);
    bh_json_add_text_member(out, "url", directory->url);
    bh_json_add_bool_member(out, "pinned", directory->is_pinned);
    bh_json_add_key(out, "keys");
    bh_buf_add(out, directory->keys);
    bh_json_add_time_member(out, "fetchedAt", directory->fetched_at);
    bh_json_add_time_member(out, "attemptedAt", directory->attempted_at);
    bh_present_redacted(out, "error", directory->error);
    end(out, directory->created_at, directory->updated_at);
}

void bh_present_site_check(
    const struct bh_site_check_record *check, struct bh_span site_id, struct bh_buf *out)
{
    begin(out, "requestId", check->request_id, site_id);
    bh_json_add_text_member(out, "ruleId", check->rule_id);
    bh_json_add_text_member(out, "domain", check->domain);
    bh_present_redacted(out, "path", check->path);
    bh_present_redacted(out, "userAgent", check->user_agent);
    bh_present_redacted(out, "agentIdentifier", check->agent_identifier);
    bh_json_add_text_member(out, "verifiedAgent", check->verified_agent);
    bh_json_add_bool_member(out, "allowed", bh_site_reason_allows(check->reason));
    bh_json_add_text_member(out, "reason", bh_span_from(bh_site_reason_text(check->reason)));
    bh_json_add_text_member(out, "risk", bh_span_from(bh_risk_text(bh_site_reason_risk(check->reason))));
    bh_json_add_time_member(out, "createdAt", check->created_at);
    bh_buf_add_char(out, '}');
}
