// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/smtp.h"
#include "http/listen.h"
#include "lib/ca_file.h"
#include "lib/email.h"

enum kind {
    KIND_TEXT,
    KIND_ADDRESS,
    KIND_SECRET,
    KIND_FLAG,
    KIND_NUMBER,
    KIND_LEVEL,
    KIND_FORMAT,
    KIND_SIGNUP,
    KIND_PORTS,
    KIND_NETWORKS,
    KIND_AUTHORITIES,
    KIND_BASE_URL
};

struct option {
    const char *flag; /* "" = environment only, so that secrets do not show in the process list */
    const char *variable;
    const char *value_name;
    const char *fallback;
    const char *help;
    enum kind kind;
    size_t offset;
    int64_t low, high;
};

#define PUBLIC_URL_MAX 200 /* bytes: paths follow it in links */
#define METRICS_TOKEN_MIN 16
#define METRICS_TOKEN_MAX 256

#define AT(member) offsetof(struct bh_config, member)

static const struct option options[] = {
    {"--listen", "BEHALFID_LISTEN", "ADDR:PORT", "127.0.0.1:8420",
        "where to listen; port 0 takes any free one", KIND_ADDRESS, AT(listen), 0, 0},
    {"--metrics-listen", "BEHALFID_METRICS_LISTEN", "ADDR:PORT", "",
        "second address, for GET /metrics alone, which whoever reaches it may read (default: none)",
        KIND_ADDRESS, AT(metrics_listen), 0, 0},
    {"--data", "BEHALFID_DATA", "DIR", "./data", "folder of the database and the server key", KIND_TEXT,
        AT(data_dir), 0, 0},
    {"--demo", "BEHALFID_DEMO", "", "false",
        "on an empty database, make a demo account and write demo.json and demo.env", KIND_FLAG, AT(demo), 0,
        0},
    {"--public-url", "BEHALFID_PUBLIC_URL", "URL", "",
        "address that people and agents use (default: http://ADDR:PORT)", KIND_BASE_URL, AT(public_url), 0,
        0},
    {"--rate-limit", "BEHALFID_RATE_LIMIT", "N", "6000",
        "requests a minute, per address and per key; 0 = off", KIND_NUMBER, AT(rate_limit), 0, 1000000000},
    {"--signup", "BEHALFID_SIGNUP", "WHO", "closed",
        "closed, invite or open: nobody, who is invited, or anyone may make an account", KIND_SIGNUP,
        AT(signup), 0, 0},
    {"--auth-rate-limit", "BEHALFID_AUTH_RATE_LIMIT", "N", "10",
        "sign-ins and the like in 15 minutes, per e-mail and address together; ten times as many per e-mail, "
        "and per address; 0 = off",
        KIND_NUMBER, AT(auth_rate_limit), 0, 1000000},
    {"--trust-proxy-xff", "BEHALFID_TRUST_PROXY_XFF", "", "false",
        "take the caller's address from X-Real-IP or X-Forwarded-For", KIND_FLAG, AT(trust_proxy_xff), 0, 0},
    {"--retention-days", "BEHALFID_RETENTION_DAYS", "N", "90",
        "days that the audit log and access logs of sites are kept; 0 = for ever", KIND_NUMBER,
        AT(retention_days), 0, 36500},
    {"--log-metadata", "BEHALFID_LOG_METADATA", "", "true",
        "store the metadata of a request in the audit log", KIND_FLAG, AT(log_metadata), 0, 0},
    {"--public-agent-creation", "BEHALFID_PUBLIC_AGENT_CREATION", "", "false",
        "let anyone create agents in the first account", KIND_FLAG, AT(public_agent_creation), 0, 0},
    {"--agent-self-permissions", "BEHALFID_AGENT_SELF_PERMISSIONS", "", "false",
        "let an agent's key create and revoke permissions of that agent (demonstrations only)", KIND_FLAG,
        AT(agent_self_permissions), 0, 0},
    {"--allow-private-webhooks", "BEHALFID_ALLOW_PRIVATE_WEBHOOKS", "", "false",
        "let webhook endpoints be plain http and in private networks, this machine included", KIND_FLAG,
        AT(allow_private_webhooks), 0, 0},
    {"--webhook-ca", "BEHALFID_WEBHOOK_CA", "FILE", "",
        "PEM file of the certificate authorities of webhook endpoints, in place of the system's",
        KIND_AUTHORITIES, AT(webhook_ca_file), 0, 0},
    {"--gateway-https-only", "BEHALFID_GATEWAY_HTTPS_ONLY", "", "false",
        "let the action gateway read https:// addresses only", KIND_FLAG, AT(gateway_urls.https_only), 0, 0},
    {"--gateway-ports", "BEHALFID_GATEWAY_PORTS", "LIST", "",
        "ports that the action gateway may use besides 80 and 443, at most 16, such as 8080,8443", KIND_PORTS,
        AT(gateway_urls), 0, 0},
    {"--gateway-ca", "BEHALFID_GATEWAY_CA", "FILE", "",
        "PEM file of the certificate authorities of pages that the gateway reads, in place of the system's",
        KIND_AUTHORITIES, AT(gateway_ca_file), 0, 0},
    {"--refused-networks", "BEHALFID_REFUSED_NETWORKS", "LIST", "",
        "networks that gateway and webhooks must not reach besides private ones, at most 64, such as an own "
        "NAT64 prefix or a cloud's own address: 2001:db8:64::/96,168.63.129.16/32",
        KIND_NETWORKS, AT(refused_networks), 0, 0},
    {"--passport-minutes", "BEHALFID_PASSPORT_MINUTES", "N", "15",
        "minutes that a signed passport is valid, 1 to 1440", KIND_NUMBER, AT(passport_minutes), 1, 1440},
    {"--threads", "BEHALFID_THREADS", "N", "0", "I/O threads; 0 = one per core", KIND_NUMBER, AT(threads), 0,
        64},
    {"--max-connections", "BEHALFID_MAX_CONNECTIONS", "N", "20000", "open connections in all", KIND_NUMBER,
        AT(max_connections), 1, 1000000},
    {"--max-connections-per-address", "BEHALFID_MAX_CONNECTIONS_PER_ADDRESS", "N", "12000",
        "open connections from one address", KIND_NUMBER, AT(max_connections_per_address), 1, 1000000},
    {"--idle-timeout", "BEHALFID_IDLE_TIMEOUT", "SECONDS", "120", "how long an idle connection is kept",
        KIND_NUMBER, AT(idle_timeout_s), 1, 86400},
    {"--header-timeout", "BEHALFID_HEADER_TIMEOUT", "SECONDS", "10", "time to send the headers of a request",
        KIND_NUMBER, AT(header_timeout_s), 1, 3600},
    {"--body-timeout", "BEHALFID_BODY_TIMEOUT", "SECONDS", "10", "time to send the body of a request",
        KIND_NUMBER, AT(body_timeout_s), 1, 3600},
    {"--answer-timeout", "BEHALFID_ANSWER_TIMEOUT", "SECONDS", "30", "time to make and take an answer",
        KIND_NUMBER, AT(answer_timeout_s), 1, 3600},
    {"--snapshot-capacity", "BEHALFID_SNAPSHOT_CAPACITY", "N", "200000",
        "agents whose policy is held in memory", KIND_NUMBER, AT(snapshot_capacity), 64, 100000000},
    {"--log-level", "BEHALFID_LOG_LEVEL", "LEVEL", "info", "debug, info, warn or error", KIND_LEVEL,
        AT(log_level), 0, 0},
    {"--log-format", "BEHALFID_LOG_FORMAT", "FORMAT", "auto", "auto (human on a terminal), human or json",
        KIND_FORMAT, AT(log_format), 0, 0},
    {"", "BEHALFID_SECRET_KEY", "KEY", "", "server key, 43 characters of base64url (default: DIR/server.key)",
        KIND_SECRET, AT(secret_key), 0, 0},
    {"", "BEHALFID_SETUP_TOKEN", "TOKEN", "",
        "bearer token for creating agents and for health details (default: none)", KIND_SECRET,
        AT(setup_token), 0, 0},
    {"", "BEHALFID_METRICS_TOKEN", "TOKEN", "",
        "bearer token of GET /metrics, 16 to 256 characters (default: none, and no such page)", KIND_SECRET,
        AT(metrics_token), 0, 0},
    {"", "BEHALFID_SMTP_URL", "URL", "",
        "mail server, smtp://user:password@host:587 or smtps://...; TLS is demanded unless it is on this "
        "machine (default: no mail)",
        KIND_SECRET, AT(smtp_url), 0, 0},
    {"", "BEHALFID_SMTP_FROM", "EMAIL", "", "sender of the mails, needed with BEHALFID_SMTP_URL", KIND_TEXT,
        AT(smtp_from), 0, 0},
    {"", "BEHALFID_WEBHOOK_SIGNING_PEPPER", "PEPPER", "",
        "mixed into the BehalfID signatures of webhooks; receivers need it too (default: none)", KIND_SECRET,
        AT(webhook_signing_pepper), 0, 0},
};

static bool read_flag(const char *text, bool *ret_value)
{
    static const char *const yes[] = {"true", "1", "yes", "on"};
    static const char *const no[] = {"false", "0", "no", "off", ""};
    for (size_t i = 0; i < BH_COUNT(yes); i++) {
        if (strcmp(text, yes[i]) == 0) {
            *ret_value = true;
            return true;
        }
    }
    for (size_t i = 0; i < BH_COUNT(no); i++) {
        if (strcmp(text, no[i]) == 0) {
            *ret_value = false;
            return true;
        }
    }
    return false;
}

/* Position of `text` among `names`, or -1. */
static int name_index(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0)
            return (int)i;
    }
    return -1;
}

/* What cannot be used would only show when a page or an endpoint is called, as its failure. */
static bool set_authorities(
    const struct option *option, const char **member, const char *value, struct bh_buf *message)
{
    *member = value;
    if (value[0] == 0 || bh_ca_file_is_usable(value))
        return true;
    bh_buf_addf(
        message, "%s must be a readable file of certificates in PEM, not \"%s\".", option->flag, value);
    return false;
}

/* Links, cookies and the check of a browser's origin are made of it. */
static bool is_base_url(const char *text)
{
    char *part = NULL;
    CURLU *url = curl_url();
    bool usable = url != NULL && strlen(text) <= PUBLIC_URL_MAX &&
                  (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) &&
                  strstr(text, ":///") == NULL && /* curl would take the path's beginning for the host */
                  curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                  curl_url_get(url, CURLUPART_USER, &part, 0) == CURLUE_NO_USER &&
                  curl_url_get(url, CURLUPART_QUERY, &part, 0) == CURLUE_NO_QUERY &&
                  curl_url_get(url, CURLUPART_FRAGMENT, &part, 0) == CURLUE_NO_FRAGMENT;
    curl_free(part);
    curl_url_cleanup(url);
    return usable;
}

/* The message does not repeat it: somebody may have put a password in. */
static bool set_base_url(
    const struct option *option, const char **member, const char *value, struct bh_buf *message)
{
    *member = value;
    if (value[0] == 0 || is_base_url(value))
        return true;
    bh_buf_addf(message,
        "%s must look like https://behalfid.example.com: http:// or https:// and a host, at most %d bytes, "
        "without user, query and fragment.",
        option->flag, PUBLIC_URL_MAX);
    return false;
}

static bool set_number(
    const struct option *option, int64_t *member, const char *value, struct bh_buf *message)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != 0 || number < option->low || number > option->high) {
        bh_buf_addf(message, "%s must be a whole number from %lld to %lld, not \"%s\".", option->flag,
            (long long)option->low, (long long)option->high, value);
        return false;
    }
    *member = number;
    return true;
}

/* Leaves the rest of the policy alone. */
static bool set_ports(
    const struct option *option, struct bh_url_policy *policy, const char *value, struct bh_buf *message)
{
    policy->port_count = 0;
    for (const char *at = value; *at != 0;) {
        char *end;
        errno = 0;
        unsigned long port = strtoul(at, &end, 10);
        if (errno != 0 || *at < '0' || *at > '9' || (*end != 0 && *end != ',') ||
            (*end == ',' && end[1] == 0) || port < 1 || port > 65535 || policy->port_count == BH_URL_PORTS) {
            bh_buf_addf(message, "%s must be at most %d ports from 1 to 65535 like 8080,8443, not \"%s\".",
                option->flag, BH_URL_PORTS, value);
            return false;
        }
        policy->ports[policy->port_count++] = (uint16_t)port;
        at = *end == 0 ? end : end + 1;
    }
    return true;
}

static const char *const signups[] = {
    [BH_SIGNUP_CLOSED] = "closed", [BH_SIGNUP_INVITE] = "invite", [BH_SIGNUP_OPEN] = "open"};

const char *bh_config_signup_text(enum bh_signup signup)
{
    return signups[signup];
}

static bool set(
    struct bh_config *config, const struct option *option, const char *value, struct bh_buf *message)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    static const char *const formats[] = {"auto", "human", "json"};
    void *member = (char *)config + option->offset;
    int index;
    switch (option->kind) {
    case KIND_TEXT:
    case KIND_SECRET:
        *(const char **)member = value;
        return true;
    case KIND_ADDRESS:
        *(const char **)member = value;
        if ((value[0] == 0 && option->fallback[0] == 0) || bh_listen_is_address(value))
            return true;
        bh_buf_addf(message,
            "%s must look like 127.0.0.1:8420 or [::1]:8420, with a port up to 65535, not \"%s\".",
            option->flag, value);
        return false;
    case KIND_AUTHORITIES:
        return set_authorities(option, member, value, message);
    case KIND_BASE_URL:
        return set_base_url(option, member, value, message);
    case KIND_PORTS:
        return set_ports(option, member, value, message);
    case KIND_NETWORKS:
        if (bh_networks_parse(bh_span_from(value), member))
            return true;
        bh_buf_addf(message, "%s must be at most 64 networks like 198.51.100.0/24,2001:db8::/32, not \"%s\".",
            option->flag, value);
        return false;
    case KIND_NUMBER:
        return set_number(option, member, value, message);
    case KIND_FLAG:
        if (read_flag(value, member))
            return true;
        bh_buf_addf(message, "%s must be true or false, not \"%s\".", option->flag, value);
        return false;
    case KIND_LEVEL:
        index = name_index(value, levels, BH_COUNT(levels));
        *(enum bh_log_level *)member = index < 0 ? BH_LOG_INFO : (enum bh_log_level)index;
        break;
    case KIND_FORMAT:
        index = name_index(value, formats, BH_COUNT(formats));
        *(enum bh_log_format *)member = index < 0 ? BH_LOG_AUTO : (enum bh_log_format)index;
        break;
    case KIND_SIGNUP:
        index = name_index(value, signups, BH_COUNT(signups));
        *(enum bh_signup *)member = index < 0 ? BH_SIGNUP_CLOSED : (enum bh_signup)index;
        if (index < 0)
            bh_buf_addf(message, "%s must be closed, invite or open, not \"%s\".", option->flag, value);
        return index >= 0;
    default:
        return false;
    }
    if (index < 0)
        bh_buf_addf(message, "%s must be %s, not \"%s\".", option->flag, option->help, value);
    return index >= 0;
}

static const struct option *find_flag(const char *argument, size_t length)
{
    for (size_t i = 0; i < BH_COUNT(options); i++) {
        if (options[i].flag[0] != 0 && strlen(options[i].flag) == length &&
            memcmp(options[i].flag, argument, length) == 0)
            return &options[i];
    }
    return NULL;
}

static bool read_flags(int argc, char **argv, struct bh_config *config, struct bh_buf *message)
{
    for (int i = 1; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        size_t length = equals == NULL ? strlen(argv[i]) : (size_t)(equals - argv[i]);
        const struct option *option = find_flag(argv[i], length);
        const char *value = equals == NULL ? NULL : equals + 1;
        if (option == NULL) {
            bh_buf_addf(message, "Unknown option %s. See behalf serve --help.", argv[i]);
            return false;
        }
        if (value == NULL && option->kind == KIND_FLAG)
            value = "true";
        if (value == NULL && i + 1 < argc)
            value = argv[++i];
        if (value == NULL) {
            bh_buf_addf(message, "%s needs a value.", option->flag);
            return false;
        }
        if (!set(config, option, value, message))
            return false;
    }
    return true;
}

/* The URL holds a password: the message must not repeat it. */
static bool check_mail(const struct bh_config *config, struct bh_buf *message)
{
    char email[BH_EMAIL_TEXT];
    if (config->smtp_url[0] == 0)
        return true;
    if (!bh_smtp_url_is_usable(config->smtp_url))
        bh_buf_add_text(message, "BEHALFID_SMTP_URL must look like smtp://user:password@host:587 or "
                                 "smtps://user:password@host.");
    else if (bh_email_read(bh_span_from(config->smtp_from), email) != BH_OK ||
             strcmp(email, config->smtp_from) != 0)
        bh_buf_add_text(message, "BEHALFID_SMTP_FROM must be an email address in lower case, like "
                                 "behalfid@example.com, when BEHALFID_SMTP_URL is set.");
    else if (config->public_url[0] == 0 && !bh_listen_is_loopback(config->listen))
        bh_buf_addf(message,
            "--public-url is needed when BEHALFID_SMTP_URL is set and --listen, here %s, is not a loopback "
            "address: the links in mails begin with it.",
            config->listen);
    else
        return true;
    return false;
}

/* A scraper sends it as one word of a header. The message must not repeat it. */
static bool check_metrics_token(const struct bh_config *config, struct bh_buf *message)
{
    size_t length = strlen(config->metrics_token);
    if (length == 0)
        return true;
    bool usable = length >= METRICS_TOKEN_MIN && length <= METRICS_TOKEN_MAX;
    for (const char *at = config->metrics_token; *at != 0; at++)
        usable = usable && *at > ' ' && *at <= '~';
    if (!usable)
        bh_buf_addf(message,
            "BEHALFID_METRICS_TOKEN must have %d to %d characters, printable ASCII without blanks.",
            METRICS_TOKEN_MIN, METRICS_TOKEN_MAX);
    return usable;
}

enum bh_config_result bh_config_read(
    int argc, char **argv, struct bh_config *ret_config, struct bh_buf *message)
{
    struct bh_config config = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return BH_CONFIG_HELP;
    }
    for (size_t i = 0; i < BH_COUNT(options); i++) {
        const char *value = getenv(options[i].variable);
        if (!set(&config, &options[i], value == NULL ? options[i].fallback : value, message)) {
            bh_buf_addf(message, " (from %s)", options[i].variable);
            return BH_CONFIG_INVALID;
        }
    }
    if (!read_flags(argc, argv, &config, message) || !check_mail(&config, message) ||
        !check_metrics_token(&config, message))
        return BH_CONFIG_INVALID;
    *ret_config = config;
    return BH_CONFIG_OK;
}

void bh_config_write_help(struct bh_buf *out)
{
    bh_buf_add_text(out,
        "Usage: behalf serve [options]\n\n"
        "Starts the server. A flag wins over its environment variable, which wins over the default.\n"
        "SIGTERM and SIGINT answer what is in flight, then end.\n\nOptions:\n");
    for (size_t i = 0; i < BH_COUNT(options); i++) {
        const struct option *option = &options[i];
        if (option->flag[0] != 0)
            bh_buf_addf(
                out, "  %s%s%s\n", option->flag, option->value_name[0] == 0 ? "" : " ", option->value_name);
        else
            bh_buf_addf(out, "  (environment only)\n");
        bh_buf_addf(out, "      %s\n      %s", option->help, option->variable);
        if (option->fallback[0] != 0)
            bh_buf_addf(out, ", default %s", option->fallback);
        bh_buf_add_char(out, '\n');
    }
    bh_buf_add_text(out, "\nExit codes: 0 ended on request, 1 could not start, 2 wrong options.\n"
                         "\nExample:\n  behalf serve --demo --data ./data --listen 127.0.0.1:8420\n");
}

_Static_assert(BH_COUNT(options) <= BH_CONFIG_OPTIONS_MAX, "every option has its place");

bool bh_config_option_at(size_t index, struct bh_config_option *ret_option)
{
    if (index >= BH_COUNT(options))
        return false;
    const struct option *option = &options[index];
    *ret_option = (struct bh_config_option){.flag = option->flag,
        .variable = option->variable,
        .value_name = option->value_name,
        .fallback = option->fallback,
        .help = option->help};
    return true;
}
