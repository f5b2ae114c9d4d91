// SPDX-License-Identifier: Apache-2.0
#include "coding/environment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/json.h"

/* Programs that are run, and libraries that are loaded; names of hosts; where settings are. */
static const char *const names[] = {"HOME", "PATH", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4",
    "GCONV_PATH", "LOCPATH", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS",
    "RESOLV_HOST_CONF", "CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE", "CLAUDE_CONFIG_DIR",
    "CLAUDE_CODE_PERSONAL_HOOKS_OFF", "CLAUDE_CODE_MANAGED_SETTINGS_PATH",
    "CLAUDE_CODE_REMOTE_SETTINGS_PATH"};
static const char *const beginnings[] = {
    "BEHALFID_", "BEHALF_", "LD_", "DYLD_", "BASH_FUNC_", "OPENSSL_", "SSL_CERT_"};

static bool is_proxy(const char *name)
{
    size_t len = strlen(name), end = strlen("_proxy");
    return len >= end && strcasecmp(name + len - end, "_proxy") == 0;
}

bool bh_environment_is_ours(const char *name)
{
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < BH_COUNT(beginnings); i++) {
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return is_proxy(name);
}

/* Those that may be "" where they are not set, without harm to the programs that the agent runs. */
static const char *const pinned[] = {"BEHALFID_BASE_URL", "BEHALFID_AGENT_ID", "BEHALFID_API_KEY",
    "BEHALFID_HOOK_FAIL_OPEN", "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "ENV", "BASH_ENV", "http_proxy",
    "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE"};

/* A proxy may have a password in its address. Another key does not help: the agent's id is pinned, and the
 * server takes no key of another agent for it. */
static bool is_secret(const char *name, const char *value)
{
    return strcmp(name, "BEHALFID_API_KEY") == 0 || (is_proxy(name) && strchr(value, '@') != NULL);
}

static bool pin(json_t *pins, const char *name, const char *value, struct bh_buf *problem)
{
    if (value != NULL && value[0] != 0 && is_secret(name, value))
        return true;
    if (json_object_set_new(pins, name, json_string(value == NULL ? "" : value)) == 0)
        return true;
    bh_buf_addf(problem, "The variable %s is not text in UTF-8; change it.", name);
    return false;
}

json_t *bh_environment_pin(const struct bh_place *place, struct bh_buf *problem)
{
    json_t *pins = json_object();
    bool done = pins != NULL && pin(pins, "HOME", place->home, problem);
    for (size_t i = 0; done && i < BH_COUNT(pinned); i++)
        done = pin(pins, pinned[i], getenv(pinned[i]), problem);
    if (done)
        return pins;
    json_decref(pins);
    return NULL;
}
