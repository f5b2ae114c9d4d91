// SPDX-License-Identifier: Apache-2.0
/*
 * Passports: what an agent that cannot call an API may know of its permissions, as a document and as texts
 * that people paste into a model. Pure. For people: docs/passports.md.
 */
#ifndef BH_CORE_PASSPORT_H
#define BH_CORE_PASSPORT_H

#include "lib/buf.h"
#include "lib/err.h"

#define BH_PASSPORT_VERSION "2026-05-03"

/* What a passport cannot do: the member `limitations`, and the end of the longer texts. */
#define BH_PASSPORT_LIMIT_ADVICE                                                                             \
    "A passport in manual mode is advice: it does not control an agent or a provider of somebody else."
#define BH_PASSPORT_LIMIT_ENFORCED                                                                           \
    "Limits are enforced only where a program asks this server, by its API or an SDK, before it acts."

/* One active, unexpired permission. Absent texts and lists are null. */
struct bh_passport_scope {
    struct bh_span action, resource, scope, description, template_name;
    struct bh_span_list allowed_actions, blocked_actions;
    bool requires_approval, has_max_amount;
    bool has_hidden_limits; /* there are constraints besides these, which a passport does not show */
    double max_amount;
    int64_t expires_at; /* 0 = never */
};

struct bh_passport {
    struct bh_span agent_id, name, agent_type, provider, connection_status, description;
    struct bh_span_list guidelines;
    const struct bh_passport_scope *scopes; /* newest first; none while the agent is disabled */
    size_t scope_count;
};

/* The document: members without the braces around them, so that a signed one can have claims beside them.
 * Its texts are those of bh_quoted_clean(): many a model reads the document as it is. */
void bh_passport_write_members(const struct bh_passport *passport, struct bh_buf *out);
/* The document as one JSON object. */
void bh_passport_write(const struct bh_passport *passport, struct bh_buf *out);

/* The texts for people to paste. */
enum bh_passport_format {
    BH_PASSPORT_MEMORY,      /* a block for the memory or system prompt of a model */
    BH_PASSPORT_JSON,        /* the document, indented */
    BH_PASSPORT_INSTRUCTION, /* a short instruction */
    BH_PASSPORT_PROMPT,      /* a prompt for one task: slot, rules, three questions to answer first */
    BH_PASSPORT_MARKDOWN,    /* a page to read: all of it as a Markdown document */
    BH_PASSPORT_FORMATS
};

/* "memory", "json", "instruction", "prompt", "markdown". */
BH_MUST_USE
bool bh_passport_format_find(struct bh_span text, enum bh_passport_format *ret_format);
const char *bh_passport_format_text(enum bh_passport_format format);
/*
 * Texts of permissions are data that a model will read as instructions: each stays on its line, between marks
 * that it cannot close; control, format and direction characters are taken out, Markdown is escaped. Where a
 * permission has limits that are not shown, each but the document says so.
 */
void bh_passport_write_text(
    const struct bh_passport *passport, enum bh_passport_format format, struct bh_buf *out);

#endif
