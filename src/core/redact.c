// SPDX-License-Identifier: Apache-2.0
#include "core/redact.h"

static bool is_value_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '~' || c == '+' || c == '/' || c == '-';
}

/* End of the secret value that starts at `at`; `at` itself when there is none. */
static size_t value_end(struct bh_span text, size_t at)
{
    size_t end = at;
    while (end < text.len && is_value_char(text.data[end]))
        end++;
    if (end == at)
        return at;
    while (end < text.len && text.data[end] == '=')
        end++;
    return end;
}

/* Length of the token prefix at `at`; 0 when there is none. */
static size_t token_prefix(struct bh_span text, size_t at)
{
    static const struct bh_span prefixes[] = {
        {"bhf_sk_", 7},
        {"bhf_dev_", 8},
        {"bhf_pt_", 7},
        {"bhf_pass_", 9},
        {"bhf_site_", 9},
        {"bhf_inv_", 8},
        {"bhf_egress_", 11},
        {"whsec_", 6},
    };
    struct bh_span rest = bh_span_from_index(text, at);
    for (size_t i = 0; i < BH_COUNT(prefixes); i++) {
        if (bh_span_starts_with(rest, prefixes[i]))
            return prefixes[i].len;
    }
    return 0;
}

/* Index behind "bearer" and the white space after it; `at` itself when they are not there. */
static size_t bearer_end(struct bh_span text, size_t at)
{
    const size_t word = sizeof("bearer") - 1;
    if (text.len - at <= word ||
        !bh_span_equal_ascii_nocase((struct bh_span){text.data + at, word}, BH_SPAN("bearer")))
        return at;
    size_t end = at + word;
    while (end < text.len && (text.data[end] == ' ' || (text.data[end] >= '\t' && text.data[end] <= '\r')))
        end++;
    return end == at + word ? at : end;
}

struct secret {
    struct bh_span shown; /* what stays visible in front of the replacement */
    size_t end;
};

static bool find_secret(struct bh_span text, size_t at, struct secret *ret_secret)
{
    size_t start = bearer_end(text, at);
    struct bh_span shown = BH_SPAN("Bearer ");
    if (start == at || value_end(text, start) == start) {
        start = at + token_prefix(text, at);
        shown = (struct bh_span){text.data + at, start - at};
    }
    if (start == at)
        return false;
    size_t end = value_end(text, start);
    *ret_secret = (struct secret){shown, end};
    return end > start;
}

void bh_redact(struct bh_span text, struct bh_buf *out)
{
    size_t kept = 0;
    for (size_t at = 0; at < text.len;) {
        struct secret secret;
        if (!find_secret(text, at, &secret)) {
            at++;
            continue;
        }
        bh_buf_add(out, (struct bh_span){text.data + kept, at - kept});
        bh_buf_add(out, secret.shown);
        bh_buf_add_text(out, "[redacted]");
        kept = at = secret.end;
    }
    bh_buf_add(out, (struct bh_span){text.data + kept, text.len - kept});
}
