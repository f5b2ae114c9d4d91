// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <curl/curl.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include "client/body.h"
#include "client/options.h"
#include "client/output.h"
#include "lib/json.h"
#include "lib/version.h"

static json_t *describe(void)
{
    static const char *const keys[] = {
        "version", "buildType", "sqlite", "libcurl", "libmicrohttpd", "jansson", "openssl"};
    const char *const values[] = {BH_VERSION, BH_BUILD_TYPE, sqlite3_libversion(),
        curl_version_info(CURLVERSION_NOW)->version, MHD_get_version(), jansson_version_str(),
        OpenSSL_version(OPENSSL_VERSION_STRING)};
    _Static_assert(BH_COUNT(values) == BH_COUNT(keys), "one value per key");
    json_t *versions = json_object();
    for (size_t i = 0; i < BH_COUNT(keys); i++) {
        if (!bh_body_set_text(versions, keys[i], values[i])) {
            json_decref(versions);
            return NULL;
        }
    }
    return versions;
}

int bh_cmd_version(int argc, char **argv)
{
    static const struct bh_usage usage = {.command = "version",
        .summary = "Show the versions of this program and of its libraries",
        .details = "`behalf --version` prints the number alone.",
        .examples = "version\nversion --json"};
    struct bh_arguments arguments;
    int status;
    if (!bh_options_begin(&usage, argc, argv, &arguments, &status))
        return status;
    if (argv[0][0] == '-' && !arguments.json) {
        bh_output_write_line("%s", BH_VERSION);
        return 0;
    }
    json_t *versions = describe();
    if (versions == NULL)
        return bh_output_no_memory();
    return bh_output_answer(versions, arguments.json, bh_output_write_members);
}
