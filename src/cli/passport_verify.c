// SPDX-License-Identifier: Apache-2.0
#include "cli/passport_verify.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/output.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/timefmt.h"

#define PATH_LIMIT 4096
#define ARENA_LIMIT ((size_t)32 << 20)
#define MS_PER_SECOND 1000
#define LAST_SECOND 253402300799.0 /* of the year 9999 */
#define KEYS_PATH "/.well-known/jwks.json"

/* ---- judging ---- */

/* A whole number of seconds that a date can show. */
static bool read_seconds(const json_t *claims, const char *key, int64_t *ret_seconds)
{
    const json_t *claim = json_object_get(claims, key);
    double value = json_is_number(claim) ? json_number_value(claim) : -1;
    if (!(value >= 0 && value <= LAST_SECOND) || value != floor(value))
        return false;
    *ret_seconds = (int64_t)value;
    return true;
}

struct times {
    int64_t issued, expires, not_before;
};

/* True for the claims of a passport: whatever else a key of ours may sign one day is none. */
static bool read_claims(const json_t *claims, struct times *ret_times)
{
    struct times times = {0};
    const json_t *agent = json_object_get(claims, "agent");
    struct bh_span subject = bh_json_member_text(claims, "sub");
    if (!read_seconds(claims, "iat", &times.issued) || !read_seconds(claims, "exp", &times.expires) ||
        bh_span_is_blank(bh_json_member_text(claims, "iss")) || bh_span_is_blank(subject) ||
        !bh_span_equal(bh_json_member_text(agent, "agentId"), subject) ||
        bh_span_is_blank(bh_json_member_text(claims, "passportVersion")) ||
        !json_is_array(json_object_get(claims, "permissions")) ||
        !json_is_number(json_object_get(claims, "policyVersion")))
        return false;
    times.not_before = times.issued;
    if (json_object_get(claims, "nbf") != NULL && !read_seconds(claims, "nbf", &times.not_before))
        return false;
    *ret_times = times;
    return true;
}

static enum bh_passport_verdict judge_claims(const json_t *claims, struct bh_span issuer, int64_t now_s)
{
    struct times times;
    if (!read_claims(claims, &times))
        return BH_PASSPORT_MALFORMED;
    if (!bh_span_is_absent(issuer) && !bh_span_equal(bh_json_member_text(claims, "iss"), issuer))
        return BH_PASSPORT_OTHER_ISSUER;
    if (now_s >= times.expires)
        return BH_PASSPORT_EXPIRED;
    if (times.issued > now_s + BH_PASSPORT_LEEWAY_S || times.not_before > now_s + BH_PASSPORT_LEEWAY_S)
        return BH_PASSPORT_NOT_YET_VALID;
    return BH_PASSPORT_VALID;
}

enum bh_passport_verdict bh_passport_verify(struct bh_span token, const struct bh_signature_key *keys,
    size_t key_count, struct bh_span issuer, int64_t now_s, struct bh_arena *arena, json_t **ret_claims)
{
    static const enum bh_passport_verdict verdicts[] = {
        [BH_JWS_MALFORMED] = BH_PASSPORT_MALFORMED,
        [BH_JWS_UNKNOWN_KEY] = BH_PASSPORT_UNKNOWN_KEY,
        [BH_JWS_BAD_SIGNATURE] = BH_PASSPORT_SIGNATURE,
    };
    BH_CLEANUP(bh_json_release) json_t *claims = NULL;
    struct bh_span payload;
    enum bh_jws_result result = bh_jws_verify(token, keys, key_count, arena, &payload);
    if (result != BH_JWS_VALID)
        return verdicts[result];
    if (bh_json_parse_unique(payload, &claims) != BH_OK)
        return BH_PASSPORT_MALFORMED;
    enum bh_passport_verdict verdict = judge_claims(claims, issuer, now_s);
    if (verdict == BH_PASSPORT_VALID)
        *ret_claims = json_incref(claims);
    return verdict;
}

/* ---- reading ---- */

static bool fail_file(const char *path, const char *why)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf message = {.limit = PATH_LIMIT};
    bh_buf_addf(&message, "Could not read %s: %s.", path, why);
    bh_output_error(BH_SPAN("read_failed"), bh_buf_span(&message), BH_ABSENT);
    return false;
}

static bool read_all(FILE *file, const char *path, struct bh_buf *text)
{
    char piece[4096];
    size_t got;
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
        bh_buf_add(text, (struct bh_span){piece, got});
    if (ferror(file) != 0)
        return fail_file(path, strerror(errno));
    return text->failed ? fail_file(path, "it is too long") : true;
}

/* "-" is the standard input. */
static bool read_file(const char *path, struct bh_buf *text)
{
    if (strcmp(path, "-") == 0)
        return read_all(stdin, "the standard input", text);
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fail_file(path, strerror(errno));
    bool done = read_all(file, path, text);
    fclose(file);
    return done;
}

static bool is_url(const char *text)
{
    return strncmp(text, "http://", strlen("http://")) == 0 ||
           strncmp(text, "https://", strlen("https://")) == 0;
}

static bool collect(void *context, struct bh_span piece)
{
    struct bh_buf *text = context;
    bh_buf_add(text, piece);
    return !text->failed;
}

/* The keys at `url`; of a server alone, at their usual place; NULL: of the server in charge. No credential
 * goes along: keys are public, and the address is anybody's. */
static bool fetch_keys(struct bh_client *client, const char *url, struct bh_buf *text)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {.limit = PATH_LIMIT};
    char server[PATH_LIMIT];
    const char *rest = "";
    if (url != NULL) {
        const char *slash = strchr(strstr(url, "://") + 3, '/');
        rest = slash == NULL ? "" : slash;
        snprintf(server, sizeof(server), "%.*s", (int)(strlen(url) - strlen(rest)), url);
        client->base_url = server;
    }
    bh_buf_add_text(&path, rest[0] == 0 || strcmp(rest, "/") == 0 ? KEYS_PATH : rest);
    client->api_key = NULL;
    client->developer_token = NULL;
    client->session = NULL;
    const struct bh_follower follower = {.finite = true, .take = collect, .context = text};
    enum bh_follow_end end = bh_client_follow(client, &path, &follower);
    client->base_url = NULL; /* it may have been here */
    if (end == BH_FOLLOW_STOPPED)
        bh_output_error(BH_SPAN("read_failed"), BH_SPAN("The key set is too long."), BH_ABSENT);
    return end == BH_FOLLOW_ENDED;
}

static bool load_keys(struct bh_client *client, const char *source, struct bh_arena *arena,
    struct bh_signature_key **ret_keys, size_t *ret_count)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {.limit = BH_DIRECTORY_BYTES};
    bool done =
        source == NULL || is_url(source) ? fetch_keys(client, source, &text) : read_file(source, &text);
    if (!done)
        return false;
    if (bh_key_directory_read(bh_buf_span(&text), arena, ret_keys, ret_count))
        return true;
    bh_output_error(BH_SPAN("keys"), BH_SPAN("This is no key set with an Ed25519 key."),
        BH_SPAN("A server publishes its keys at " KEYS_PATH "."));
    return false;
}

/* ---- telling ---- */

/* A verdict that was asked for, so JSON of it goes where that of a valid one goes. */
static int report_refusal(enum bh_passport_verdict verdict, bool as_json)
{
    static const struct {
        const char *code, *text, *hint;
    } reasons[] = {
        [BH_PASSPORT_MALFORMED] = {"malformed", "This is no signed passport.", ""},
        [BH_PASSPORT_UNKNOWN_KEY] = {"unknown_key",
            "The passport is signed with a key that is not in the key set.",
            "Fetch the key set again; a replaced key is published for two days."},
        [BH_PASSPORT_SIGNATURE] = {"signature",
            "The signature does not fit: the passport was altered or forged.", ""},
        [BH_PASSPORT_EXPIRED] = {"expired", "The passport has expired.", "Fetch a new one."},
        [BH_PASSPORT_NOT_YET_VALID] = {"not_yet_valid", "The passport is not valid yet.",
            "Check the clock of this machine."},
        [BH_PASSPORT_OTHER_ISSUER] = {"other_issuer", "The passport is from another issuer.", ""},
    };
    const char *hint = reasons[verdict].hint;
    if (!as_json) {
        bh_output_error(
            bh_span_from(reasons[verdict].code), bh_span_from(reasons[verdict].text), bh_span_from(hint));
        return 1;
    }
    BH_CLEANUP(bh_json_release)
    json_t *answer = json_pack("{s:b, s:s, s:s, s:s*}", "valid", 0, "error", reasons[verdict].text, "code",
        reasons[verdict].code, "hint", hint[0] == 0 ? NULL : hint);
    if (answer == NULL)
        return bh_output_no_memory();
    bh_output_write_json(answer);
    return 1;
}

static void add_time(struct bh_table *table, const char *name, const json_t *claim)
{
    char text[BH_TIME_TEXT];
    bh_time_format((int64_t)json_number_value(claim) * MS_PER_SECOND, text);
    bh_table_add_text(table, name);
    bh_table_add_text(table, text);
}

static void report_claims(const json_t *claims, bool as_json)
{
    static const char *const headings[] = {"action", "resource", "scope", "approval", "expires"};
    static const char *const keys[] = {"action", "resource", "scope", "requiresApproval", "expiresAt"};
    if (as_json) {
        BH_CLEANUP(bh_json_release) json_t *answer = json_pack("{s:b, s:O}", "valid", 1, "claims", claims);
        bh_output_write_json(answer);
        return;
    }
    BH_CLEANUP(bh_table_finish) struct bh_table table = {0};
    bh_table_init(&table, NULL, 2);
    bh_table_add_pair(&table, "agent", json_object_get(claims, "sub"));
    bh_table_add_pair(&table, "name", json_object_get(json_object_get(claims, "agent"), "name"));
    bh_table_add_pair(&table, "issuer", json_object_get(claims, "iss"));
    add_time(&table, "issued", json_object_get(claims, "iat"));
    add_time(&table, "expires", json_object_get(claims, "exp"));
    bh_table_add_pair(&table, "policyVersion", json_object_get(claims, "policyVersion"));
    bh_output_write_table(&table);
    bh_output_write_line("%s", "");
    bh_output_write_rows(json_object_get(claims, "permissions"), headings, keys, BH_COUNT(keys));
}

/* ---- the command ---- */

static int verify(
    struct bh_client *client, const char *path, const char *source, const char *issuer, bool json)
{
    BH_CLEANUP(bh_arena_finish) struct bh_arena arena = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {.limit = BH_JWS_BYTES + PATH_LIMIT};
    BH_CLEANUP(bh_json_release) json_t *claims = NULL;
    struct bh_signature_key *keys;
    size_t count;
    bh_arena_init(&arena, PATH_LIMIT, ARENA_LIMIT);
    if (!read_file(path, &text) || !load_keys(client, source, &arena, &keys, &count))
        return 2;
    struct bh_span wanted = bh_span_from(issuer); /* a server's own name for itself has no final slash */
    while (wanted.len > 0 && wanted.data[wanted.len - 1] == '/')
        wanted.len--;
    enum bh_passport_verdict verdict = bh_passport_verify(bh_span_trim(bh_buf_span(&text)), keys, count,
        wanted, bh_clock_wall_ms() / MS_PER_SECOND, &arena, &claims);
    if (verdict != BH_PASSPORT_VALID)
        return report_refusal(verdict, json);
    report_claims(claims, json);
    return 0;
}

int bh_passport_run_verify(int argc, char **argv)
{
    struct bh_client_flags flags = {0};
    const char *keys = NULL, *issuer = NULL;
    const struct bh_option options[] = {
        BH_OPTION_VALUE("keys", 0, keys, "FILE|URL", "key set (default: that of the server)"),
        BH_OPTION_VALUE(
            "issuer", 0, issuer, "URL", "only from this server (default: from any with these keys)"),
        BH_OPTION_BASE_URL(flags),
    };
    const struct bh_usage usage = {.command = "passport verify",
        .operands = "<FILE|->",
        .operands_min = 1,
        .operands_max = 1,
        .summary = "Check a signed passport, without a server when the keys are in a file",
        .details =
            "It must be signed with a key of the set and not have expired; the clock of its issuer may be\n"
            "60 seconds ahead. That it was revoked meanwhile cannot be seen: it is valid until it expires.",
        .examples = "passport agent_x --format jwt | behalf passport verify -\n"
                    "passport verify passport.jwt --keys jwks.json --issuer https://behalf.example.com",
        .exits = "0 valid, 1 not valid, 2 wrong arguments, or file or keys could not be read",
        .options = options,
        .option_count = BH_COUNT(options)};
    struct bh_arguments arguments;
    int status;
    BH_CLEANUP(bh_client_finish) struct bh_client client = {0};
    if (!bh_client_begin(&usage, argc, argv, &flags, &arguments, &client, &status))
        return status == 0 ? 0 : 2;
    return verify(&client, arguments.operands[0], keys, issuer, arguments.json);
}
