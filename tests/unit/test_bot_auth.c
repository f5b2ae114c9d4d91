// SPDX-License-Identifier: Apache-2.0
#include "signature_fixture.h"

#define NOW 1761143860
#define BOT "https://bot.example"
#define OTHER "https://other.example"
#define OTHER_SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

#define COVERED "(\"@authority\" \"@method\" \"@path\" \"x-note\" \"signature-agent\";key=\"sig1\")"

/* A visit and what it is signed with; what a test does not set is as a good bot has it. */
struct visit {
    const char *method, *authority, *target, *note, *agent;
    const char *covered;           /* inner list */
    const char *tag, *keyid, *alg; /* keyid NULL = the secret's own */
    const char *label, *secret;
    int64_t created, expires;
};

static struct visit good_visit(void)
{
    return (struct visit){"GET", "shop.example", "/docs/a?b=c", "hello", "sig1=\"" BOT "\"", COVERED,
        "web-bot-auth", NULL, "ed25519", "sig1", RFC_SECRET, NOW - 10, NOW + 60};
}

/* The message of a visit, with its memory. */
struct request {
    struct bh_message_header headers[8];
    struct bh_http_message message;
    struct bh_buf input, signature;
};

static void finish_request(struct request *request)
{
    bh_buf_finish(&request->input);
    bh_buf_finish(&request->signature);
}

static void add_header(struct request *request, const char *name, struct bh_span value)
{
    request->headers[request->message.header_count++] = (struct bh_message_header){bh_span_from(name), value};
}

/* The message without signatures. */
static void start_request(struct request *request, const struct visit *visit)
{
    request->message = (struct bh_http_message){.method = bh_span_from(visit->method),
        .scheme = BH_SPAN("https"),
        .authority = bh_span_from(visit->authority),
        .target = bh_span_from(visit->target),
        .headers = request->headers};
    bh_buf_init(&request->input, FIXTURE_TEXT_LIMIT);
    bh_buf_init(&request->signature, FIXTURE_TEXT_LIMIT);
    add_header(request, "x-note", bh_span_from(visit->note));
    if (visit->agent != NULL)
        add_header(request, "signature-agent", bh_span_from(visit->agent));
}

static void public_of(const char *secret, struct bh_signature_key *ret_key)
{
    struct bh_sha256 seed;
    assert_true(bh_base64url_decode(bh_span_from(secret), seed.bytes, sizeof(seed.bytes)));
    assert_true(bh_ed25519_public(&seed, ret_key->x));
    bh_key_thumbprint(ret_key->x, ret_key->kid);
}

/* Signs the message as it is now and adds the signature to its two fields. */
static void add_signature(struct request *request, const struct visit *visit, struct bh_arena *arena)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf described = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf empty = {0};
    struct bh_signature_input *inputs = NULL;
    struct bh_signature_key key;
    char text[96];
    size_t count = 0;
    bh_buf_init(&described, FIXTURE_TEXT_LIMIT);
    bh_buf_init(&base, FIXTURE_TEXT_LIMIT);
    bh_buf_init(&empty, FIXTURE_TEXT_LIMIT);
    public_of(visit->secret, &key);
    bh_buf_addf(&described, "%s=%s", visit->label, visit->covered);
    if (visit->created >= 0)
        bh_buf_addf(&described, ";created=%lld", (long long)visit->created);
    if (visit->expires >= 0)
        bh_buf_addf(&described, ";expires=%lld", (long long)visit->expires);
    bh_buf_addf(&described, ";keyid=\"%s\"", visit->keyid == NULL ? key.kid : visit->keyid);
    if (visit->alg != NULL)
        bh_buf_addf(&described, ";alg=\"%s\"", visit->alg);
    if (visit->tag != NULL)
        bh_buf_addf(&described, ";tag=\"%s\"", visit->tag);
    bh_buf_addf(&empty, "%s=:AA==:", visit->label);
    assert_true(bh_signature_parse(bh_buf_span(&described), bh_buf_span(&empty), arena, &inputs, &count));
    assert_true(bh_signature_base(&request->message, inputs, arena, &base));
    sign_base(visit->secret, bh_buf_span(&base), text);
    bh_buf_addf(&request->input, "%s%s", request->input.len > 0 ? ", " : "", described.data);
    bh_buf_addf(&request->signature, "%s%s=:%s:", request->signature.len > 0 ? ", " : "", visit->label, text);
}

static void send_request(struct request *request)
{
    add_header(request, "signature-input", bh_buf_span(&request->input));
    add_header(request, "signature", bh_buf_span(&request->signature));
}

static void make_request(struct request *request, const struct visit *visit, struct bh_arena *arena)
{
    start_request(request, visit);
    add_signature(request, visit, arena);
    send_request(request);
}

/* As a site does that trusts two directories, each with a key of its own. */
static struct bh_bot_identity verify_at(const struct request *request, int64_t now_s, struct bh_arena *arena)
{
    struct bh_signature_key keys[2];
    public_of(RFC_SECRET, &keys[0]);
    public_of(OTHER_SECRET, &keys[1]);
    const struct bh_key_directory directories[] = {
        {BH_SPAN(OTHER), &keys[1], 1},
        {BH_SPAN(BOT), &keys[0], 1},
    };
    return bh_bot_auth_verify(&request->message, directories, BH_COUNT(directories), now_s, arena);
}

static void assert_result(
    const struct visit *visit, enum bh_bot_auth expected, const char *error, struct bh_arena *arena)
{
    BH_CLEANUP(finish_request) struct request request = {0};
    make_request(&request, visit, arena);
    struct bh_bot_identity identity = verify_at(&request, NOW, arena);
    assert_int_equal(identity.result, expected);
    if (error != NULL)
        assert_string_equal(identity.error, error);
    assert_span_equal(identity.agent, expected == BH_BOT_VERIFIED ? BOT : NULL);
}

static void assert_verified(const struct visit *visit, struct bh_arena *arena)
{
    assert_result(visit, BH_BOT_VERIFIED, NULL, arena);
}

#define assert_invalid(visit, error, arena) assert_result((visit), BH_BOT_INVALID, (error), (arena))

#define UNCLEAR "Signature-Agent must name one https directory, and the signature must cover it."
#define MISFIT "The signature does not fit the request."
#define MALFORMED "Signature-Input and Signature are malformed, or do not fit together."

/* A signature over the request by a key of the directory that it names is verified, as that directory's. */
static void test_good_signature(void **state)
{
    struct visit visit = good_visit();
    assert_verified(&visit, *state);
    visit.alg = NULL;
    assert_verified(&visit, *state);
    visit.covered = "(\"@target-uri\" \"signature-agent\";key=\"sig1\")";
    assert_verified(&visit, *state);
}

/*
 * A published vector of Web Bot Auth, made by another program, has the base that was signed; but it was made
 * for a hundred years, and so it identifies nobody.
 */
static void test_published_vector(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf base = {0};
    const struct bh_message_header headers[] = {
        {BH_SPAN("signature-agent"), BH_SPAN("agent2=\"https://signature-agent.test\"")},
        {BH_SPAN("signature-input"),
            BH_SPAN(
                "sig2=(\"@authority\" \"signature-agent\";key=\"agent2\");created=1735689600"
                ";keyid=\"" RFC_THUMBPRINT "\";alg=\"ed25519\";expires=4889289600"
                ";nonce=\"n9p433xm+NJ3ph3upfBIGmsuwHw387YV7Q/F+6BSpGCVjYCqQw6rznNA8PVVLySrAWsv0hQtFioQb6E1"
                "YsauiA==\";tag=\"web-bot-auth\"")},
        {BH_SPAN("signature"), BH_SPAN("sig2=:RdNFx5Bj6au3YgAMQL/RzmUlZE8QZLIaXGRpw985hWnwPfMxT228NMk6ehRS1P"
                                       "Sl4e8PhbNZACSanGdhEwYCCg==:")},
    };
    struct bh_http_message message = rfc_message();
    struct bh_signature_input *inputs = NULL;
    size_t count = 0;
    message.headers = headers;
    message.header_count = BH_COUNT(headers);
    bh_buf_init(&base, FIXTURE_TEXT_LIMIT);
    struct bh_signature_key key = rfc_key();
    assert_string_equal(key.kid, RFC_THUMBPRINT);
    assert_true(bh_signature_parse(headers[1].value, headers[2].value, *state, &inputs, &count));
    assert_true(bh_signature_base(&message, inputs, *state, &base));
    assert_true(
        bh_ed25519_verify(key.x, bh_buf_span(&base), (const unsigned char *)inputs[0].signature.data));
    const struct bh_key_directory directory = {BH_SPAN("https://signature-agent.test"), &key, 1};
    struct bh_bot_identity identity = bh_bot_auth_verify(&message, &directory, 1, NOW, *state);
    assert_string_equal(identity.error, "The signature must expire after it was created, within 24 hours.");
}

/* Altering any one thing that is covered, or the signature or its description, after signing is noticed. */
static void test_each_alteration(void **state)
{
    for (int altered = 0; altered < 8; altered++) {
        BH_CLEANUP(finish_request) struct request request = {0};
        struct visit visit = good_visit();
        make_request(&request, &visit, *state);
        assert_int_equal(verify_at(&request, NOW, *state).result, BH_BOT_VERIFIED);
        char *input = request.input.data, *signature = request.signature.data;
        switch (altered) {
        case 0:
            request.message.method = BH_SPAN("POST");
            break;
        case 1:
            request.message.authority = BH_SPAN("shop.example:8443");
            break;
        case 2:
            request.message.target = BH_SPAN("/docs/A?b=c");
            break;
        case 3:
            request.headers[0].value = BH_SPAN("hullo");
            break;
        case 4:
            request.headers[1].value = BH_SPAN("sig1=\"" BOT "\";x");
            break;
        case 5:
            memcpy(strstr(input, "created="), "created=1761143849", 18);
            break;
        case 6:
            memcpy(strstr(input, "x-note"), "@query", 6);
            break;
        default:
            signature[10] = signature[10] == 'A' ? 'B' : 'A';
        }
        struct bh_bot_identity identity = verify_at(&request, NOW, *state);
        assert_int_equal(identity.result, BH_BOT_INVALID);
        assert_string_equal(identity.error, MISFIT);
        assert_span_equal(identity.agent, NULL);
    }
}

/* What is not covered may change: another query does not alter this signature. */
static void test_uncovered_query(void **state)
{
    BH_CLEANUP(finish_request) struct request request = {0};
    struct visit visit = good_visit();
    make_request(&request, &visit, *state);
    request.message.target = BH_SPAN("/docs/a?b=d");
    assert_int_equal(verify_at(&request, NOW, *state).result, BH_BOT_VERIFIED);
}

/* A signature counts from at most a minute before it was made until just before it expires, and 24 hours. */
static void test_time_edges(void **state)
{
    static const struct {
        int64_t created, expires;
        const char *error;
    } cases[] = {
        {NOW + 60, NOW + 120, NULL},
        {NOW + 61, NOW + 120, "The signature was created in the future."},
        {NOW - 10, NOW + 1, NULL},
        {NOW - 10, NOW, "The signature has expired."},
        {NOW - 10, NOW - 1, "The signature has expired."},
        {NOW - 10, NOW - 10 + 86400, NULL},
        {NOW - 10, NOW - 10 + 86401, "The signature must expire after it was created, within 24 hours."},
        {NOW + 10, NOW + 10, "The signature must expire after it was created, within 24 hours."},
        {NOW + 10, NOW + 5, "The signature must expire after it was created, within 24 hours."},
        {-1, NOW + 10, "The signature needs created and expires."},
        {NOW, -1, "The signature needs created and expires."},
        {0, 999999999999999, "The signature must expire after it was created, within 24 hours."},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        struct visit visit = good_visit();
        visit.created = cases[i].created;
        visit.expires = cases[i].expires;
        assert_result(
            &visit, cases[i].error == NULL ? BH_BOT_VERIFIED : BH_BOT_INVALID, cases[i].error, *state);
    }
}

/* A signature for another purpose, of another algorithm, or over no address does not identify a bot. */
static void test_wrong_parameters(void **state)
{
    struct visit visit = good_visit();
    visit.tag = "http-message-signatures-directory";
    assert_invalid(&visit, "No signature has the tag web-bot-auth.", *state);
    visit = good_visit();
    visit.tag = NULL;
    assert_invalid(&visit, "No signature has the tag web-bot-auth.", *state);
    visit = good_visit();
    visit.alg = "rsa-pss-sha512";
    assert_invalid(&visit, "The signature must be made with ed25519.", *state);
    visit = good_visit();
    visit.covered = "(\"@method\" \"@path\" \"signature-agent\";key=\"sig1\")";
    assert_invalid(&visit, "The signature must cover @authority or @target-uri.", *state);
}

/* A key counts for its own directory only: whatever names another directory, or none that is trusted, fails.
 */
static void test_keys_and_directories(void **state)
{
    struct visit visit = good_visit();
    visit.agent = "sig1=\"" OTHER "\"";
    assert_invalid(&visit, "The directory does not have the key of the signature.", *state);
    visit = good_visit();
    visit.secret = OTHER_SECRET;
    assert_invalid(&visit, "The directory does not have the key of the signature.", *state);
    visit = good_visit();
    visit.secret = OTHER_SECRET;
    visit.keyid = RFC_THUMBPRINT;
    assert_invalid(&visit, MISFIT, *state);
    visit = good_visit();
    visit.keyid = "test-key-ed25519";
    assert_invalid(&visit, "The directory does not have the key of the signature.", *state);
    visit = good_visit();
    visit.agent = "sig1=\"https://evil.example\"";
    assert_invalid(&visit, "The site does not trust the directory of the signature.", *state);
}

/* Without Signature-Agent the key must be in exactly one trusted directory, whose name it then gets. */
static void test_without_signature_agent(void **state)
{
    BH_CLEANUP(finish_request) struct request request = {0};
    struct visit visit = good_visit();
    struct bh_signature_key key = rfc_key();
    visit.agent = NULL;
    visit.covered = "(\"@authority\")";
    assert_verified(&visit, *state);
    make_request(&request, &visit, *state);
    const struct bh_key_directory both[] = {{BH_SPAN(OTHER), &key, 1}, {BH_SPAN(BOT), &key, 1}};
    struct bh_bot_identity identity = bh_bot_auth_verify(&request.message, both, 2, NOW, *state);
    assert_int_equal(identity.result, BH_BOT_INVALID);
    assert_string_equal(
        identity.error, "Several directories have the key of the signature, and Signature-Agent names none.");
    assert_int_equal(bh_bot_auth_verify(&request.message, both, 1, NOW, *state).result, BH_BOT_VERIFIED);
    assert_int_equal(bh_bot_auth_verify(&request.message, NULL, 0, NOW, *state).result, BH_BOT_INVALID);
}

/* Signature-Agent is a dictionary or a string; what speaks for the signature must be covered and be clear. */
static void test_signature_agent_forms(void **state)
{
    static const struct {
        const char *agent, *covered;
        bool good;
    } cases[] = {
        {"\"" BOT "\"", "(\"@authority\" \"signature-agent\")", true},
        {"\"https://BOT.example:443/\"", "(\"@authority\" \"signature-agent\")", true},
        {"\"" BOT "\"", "(\"@authority\")", false},
        {"agent2=\"" BOT "\"", "(\"@authority\" \"signature-agent\";key=\"agent2\")", true},
        {"agent2=\"" BOT "\";type=directory", "(\"@authority\" \"signature-agent\";key=\"agent2\")", true},
        {"agent2=\"" BOT "\";type=jwks_uri", "(\"@authority\" \"signature-agent\";key=\"agent2\")", false},
        {"agent2=\"" BOT "\";type=\"directory\"", "(\"@authority\" \"signature-agent\";key=\"agent2\")",
            false},
        {"agent2=\"" BOT "\"", "(\"@authority\" \"signature-agent\")", true},
        {"agent2=\"" BOT "\"", "(\"@authority\")", false},
        {"a=\"" OTHER "\", sig1=\"" BOT "\"", "(\"@authority\" \"signature-agent\";key=\"sig1\")", true},
        {"a=\"" OTHER "\", sig1=\"" BOT "\"", "(\"@authority\" \"signature-agent\")", true},
        {"a=\"" BOT "\", b=\"" BOT "\"", "(\"@authority\" \"signature-agent\")", false},
        {"a=\"" OTHER "\", sig1=\"" BOT "\"",
            "(\"@authority\" \"signature-agent\";key=\"a\" \"signature-agent\";key=\"sig1\")", true},
        {"sig1=\"" BOT "\", a=\"" OTHER "\"",
            "(\"@authority\" \"signature-agent\";key=\"sig1\" \"signature-agent\";key=\"a\")", true},
        {"a=\"" BOT "\", b=\"" BOT "\"",
            "(\"@authority\" \"signature-agent\";key=\"a\" \"signature-agent\";key=\"b\")", false},
        {"sig1=bot.example", "(\"@authority\" \"signature-agent\";key=\"sig1\")", false},
        {"sig1=\"http://bot.example\"", "(\"@authority\" \"signature-agent\";key=\"sig1\")", false},
        {"sig1=\"" BOT "/keys\"", "(\"@authority\" \"signature-agent\";key=\"sig1\")", false},
    };
    for (size_t i = 0; i < BH_COUNT(cases); i++) {
        struct visit visit = good_visit();
        visit.agent = cases[i].agent;
        visit.covered = cases[i].covered;
        assert_result(
            &visit, cases[i].good ? BH_BOT_VERIFIED : BH_BOT_INVALID, cases[i].good ? NULL : UNCLEAR, *state);
    }
}

/* Of two signatures one good one is enough, wherever it stands; and the good one must be meant for this. */
static void test_two_signatures(void **state)
{
    for (int order = 0; order < 3; order++) {
        BH_CLEANUP(finish_request) struct request request = {0};
        struct visit good = good_visit();
        struct visit bad = good_visit();
        bad.label = "sig2";
        bad.secret = OTHER_SECRET;
        bad.keyid = RFC_THUMBPRINT;
        if (order == 2)
            good.tag = "something-else";
        start_request(&request, &good);
        add_signature(&request, order == 0 ? &good : &bad, *state);
        add_signature(&request, order == 0 ? &bad : &good, *state);
        send_request(&request);
        assert_int_equal(
            verify_at(&request, NOW, *state).result, order == 2 ? BH_BOT_INVALID : BH_BOT_VERIFIED);
    }
}

/* A request without signature fields is unsigned; one with half of them, or malformed ones, is invalid. */
static void test_absent_and_malformed(void **state)
{
    BH_CLEANUP(finish_request) struct request request = {0};
    struct visit visit = good_visit();
    make_request(&request, &visit, *state);
    request.message.header_count = 2;
    assert_int_equal(verify_at(&request, NOW, *state).result, BH_BOT_UNSIGNED);
    request.message.header_count = 3;
    assert_string_equal(verify_at(&request, NOW, *state).error, MALFORMED);
    request.message.header_count = 4;
    assert_int_equal(verify_at(&request, NOW, *state).result, BH_BOT_VERIFIED);
    request.headers[4] = request.headers[2];
    request.message.header_count = 5;
    assert_string_equal(verify_at(&request, NOW, *state).error, MALFORMED);
    request.message.header_count = 4;
    request.headers[3].value = BH_SPAN("sig1=:AAAA:");
    assert_string_equal(verify_at(&request, NOW, *state).error, "The signature must have 64 bytes.");
    request.headers[3].value = BH_SPAN("sig1=:AAAA:\r\n");
    assert_string_equal(verify_at(&request, NOW, *state).error, MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(test_good_signature),
        fixture_test(test_published_vector),
        fixture_test(test_each_alteration),
        fixture_test(test_uncovered_query),
        fixture_test(test_time_edges),
        fixture_test(test_wrong_parameters),
        fixture_test(test_keys_and_directories),
        fixture_test(test_without_signature_agent),
        fixture_test(test_signature_agent_forms),
        fixture_test(test_two_signatures),
        fixture_test(test_absent_and_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
