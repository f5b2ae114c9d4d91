// SPDX-License-Identifier: Apache-2.0
/*
 * The server's options. One table gives each its flag, its environment variable, its default and its help.
 */
#ifndef BH_APP_CONFIG_H
#define BH_APP_CONFIG_H

#include "core/networks.h"
#include "core/url.h"
#include "lib/buf.h"
#include "lib/log.h"

/* Who may make an account of their own. */
enum bh_signup { BH_SIGNUP_CLOSED = 0, BH_SIGNUP_INVITE, BH_SIGNUP_OPEN };

struct bh_config {
    const char *listen;
    const char *data_dir;
    const char *public_url;                     /* "" = http:// and the listening address */
    const char *secret_key;                     /* "" = the file in the data folder */
    const char *setup_token;                    /* "" = none */
    const char *metrics_listen, *metrics_token; /* "" = none: numbers for Prometheus, and by whom */
    bool demo;
    bool public_agent_creation;
    bool agent_self_permissions; /* an agent key may create permissions for its own agent */
    bool log_metadata;
    bool trust_proxy_xff;
    bool allow_private_webhooks;             /* endpoints by http, and in private networks */
    const char *webhook_ca_file;             /* "" = the system's certificate authorities */
    const char *webhook_signing_pepper;      /* "" = none */
    struct bh_url_policy gateway_urls;       /* what the action gateway may read */
    const char *gateway_ca_file;             /* "" = the system's certificate authorities */
    struct bh_network_list refused_networks; /* of webhooks too */
    int64_t passport_minutes;                /* how long a signed passport is valid */
    int64_t rate_limit;                      /* requests a minute, per address and per key; 0 = off */
    enum bh_signup signup;
    int64_t auth_rate_limit; /* sign-ins in 15 minutes, per e-mail; ten times as many per address; 0 = off */
    const char *smtp_url;    /* "" = no mail */
    const char *smtp_from;
    int64_t retention_days;
    int64_t threads; /* 0 = one per core */
    int64_t max_connections, max_connections_per_address;
    int64_t idle_timeout_s, header_timeout_s, body_timeout_s, answer_timeout_s;
    int64_t snapshot_capacity;
    enum bh_log_level log_level;
    enum bh_log_format log_format;
};

enum bh_config_result { BH_CONFIG_OK = 0, BH_CONFIG_HELP, BH_CONFIG_INVALID };

/*
 * Defaults, then environment, then flags. On BH_CONFIG_INVALID `message` names the option and the rule. The
 * texts point into argv and the environment.
 */
enum bh_config_result bh_config_read(
    int argc, char **argv, struct bh_config *ret_config, struct bh_buf *message);
/* As in the option, "closed". */
const char *bh_config_signup_text(enum bh_signup signup);
#define BH_CONFIG_OPTIONS_MAX 64

/* What people may set; "" for a flag that is environment only, a value that is none, no default. */
struct bh_config_option {
    const char *flag, *variable, *value_name, *fallback, *help;
};

/* False past the last one. */
bool bh_config_option_at(size_t index, struct bh_config_option *ret_option);
/* The text of `behalf serve --help`. */
void bh_config_write_help(struct bh_buf *out);

#endif
