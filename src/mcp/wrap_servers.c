// SPDX-License-Identifier: Apache-2.0
#include "mcp/wrap_config.h"

#include <string.h>
#include <strings.h>

#include "lib/json.h"
#include "mcp/wrap_map.h"

bool bh_wrap_report_init(struct bh_wrap_report *report)
{
    *report = (struct bh_wrap_report){json_array(), json_array(), json_array(), json_array(), 0};
    return report->changed != NULL && report->unchanged != NULL && report->skipped != NULL &&
           report->notes != NULL;
}

void bh_wrap_report_finish(struct bh_wrap_report *report)
{
    if (report == NULL)
        return;
    json_decref(report->changed);
    json_decref(report->unchanged);
    json_decref(report->skipped);
    json_decref(report->notes);
    *report = (struct bh_wrap_report){NULL, NULL, NULL, NULL, 0};
}

static bool say(json_t *list, const char *name)
{
    return json_array_append_new(list, json_string(name)) == 0;
}

static bool say_why(json_t *list, const char *name, const char *reason)
{
    return json_array_append_new(list, json_pack("{s:s, s:s}", "server", name, "reason", reason)) == 0;
}

static bool say_open(struct bh_wrap_report *report, const char *name, const char *reason)
{
    report->open++;
    return say_why(report->skipped, name, reason);
}

static bool is_text(const json_t *json, const char *text)
{
    return bh_span_equal(bh_json_text(json), bh_span_from(text));
}

static bool are_texts(const json_t *list)
{
    size_t i;
    const json_t *item;
    if (list != NULL && !json_is_array(list))
        return false;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return false;
    }
    return true;
}

/* The position of the server's own command in the arguments of one that was wrapped as we do it, and not by
 * another program of our name; 0 for others. */
static size_t own_command_at(const json_t *server)
{
    const char *command = json_string_value(json_object_get(server, "command"));
    const json_t *arguments = json_object_get(server, "args");
    if (command == NULL || !are_texts(arguments))
        return 0;
    if (strcmp(command, "behalf") != 0 || !is_text(json_array_get(arguments, 0), "mcp") ||
        !is_text(json_array_get(arguments, 1), "wrap"))
        return 0;
    for (size_t i = 2; i + 1 < json_array_size(arguments); i++) {
        if (is_text(json_array_get(arguments, i), "--"))
            return i + 1;
    }
    return 0;
}

/* What decides whom an interceptor asks, in whose name, or what runs as the interceptor. */
static bool steers_us(const char *variable)
{
    static const char *const names[] = {
        "HOME", "PATH", "XDG_CONFIG_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
    static const char *const beginnings[] = {"BEHALF", "LD_", "SSL_CERT_", "CURL_", "OPENSSL_", "GCONV_"};
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        if (strcasecmp(variable, names[i]) == 0)
            return true;
    }
    for (size_t i = 0; i < BH_COUNT(beginnings); i++) {
        if (strncasecmp(variable, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

static bool has_steering_environment(const json_t *server)
{
    json_t *environment = json_object_get(server, "env");
    for (void *at = json_object_iter(environment); at != NULL; at = json_object_iter_next(environment, at)) {
        if (steers_us(json_object_iter_key(at)))
            return true;
    }
    return false;
}

/* What the options of a wrapped server mean for its protection. */
struct options {
    bool foreign;    /* some are none that --wrap-all gives or the owner may add to it */
    bool with_map;   /* the project says what its tools are asked as */
    bool other_name; /* asked under the name of something else */
};

static struct options read_options(const char *name, const json_t *arguments, size_t command_at)
{
    struct options options = {.foreign = false};
    for (size_t i = 2; i + 1 < command_at; i++) {
        const json_t *option = json_array_get(arguments, i);
        if (is_text(option, "--hide-denied"))
            continue;
        bool has_value = i + 2 < command_at; /* else "--" follows */
        if (has_value && is_text(option, "--name"))
            options.other_name |= !is_text(json_array_get(arguments, ++i), name);
        else if (has_value && is_text(option, "--map"))
            options.with_map = ++i > 0;
        else if (has_value && is_text(option, "--wait"))
            i++;
        else
            options.foreign = true;
    }
    return options;
}

/* Of one that stands behind the interceptor already: whether that protects it. */
static bool say_wrapped(struct bh_wrap_report *report, const char *name, const json_t *server, size_t at)
{
    struct options options = read_options(name, json_object_get(server, "args"), at);
    if (options.foreign)
        return say_open(report, name,
            "it is not protected: its interceptor has options other than --name, --map, --wait and "
            "--hide-denied, which can make it ask another server or for another agent");
    if (has_steering_environment(server))
        return say_open(report, name,
            "it is not protected: its env has variables that can make the interceptor ask another server");
    if (options.with_map &&
        !say_why(report->notes, name, "the project's own mapping file says what its calls are asked as"))
        return false;
    if (options.other_name &&
        !say_why(report->notes, name, "its calls are asked under another name than its own"))
        return false;
    return say(report->unchanged, name);
}

/* Why the server cannot be wrapped; NULL when it can. */
static const char *reason_against(const char *name, const json_t *server)
{
    const json_t *type = json_object_get(server, "type");
    struct bh_span command = bh_json_member_text(server, "command");
    if (strcmp(name, BH_WRAP_OWN_SERVER) == 0)
        return "it is BehalfID's own server";
    if (!json_is_object(server))
        return "it is no object";
    if (json_object_get(server, "url") != NULL || (type != NULL && !is_text(type, "stdio")))
        return "it is not a stdio server; its calls are not checked by wrapping";
    if (command.len == 0)
        return "it has no command";
    if (!are_texts(json_object_get(server, "args")))
        return "its args are not a list of texts";
    if (!bh_wrap_server_name_is_usable(bh_span_from(name)))
        return "its name has a colon, a comma, control characters or outer blanks, or more than 64 "
               "characters";
    return NULL;
}

/* Changing members keeps their place, so the file reads as before. */
static bool wrap_one(const char *name, json_t *server)
{
    json_t *arguments = json_pack(
        "[s, s, s, s, s, O]", "mcp", "wrap", "--name", name, "--", json_object_get(server, "command"));
    if (arguments == NULL)
        return false;
    if (json_array_extend(arguments, json_object_get(server, "args")) != 0 &&
        json_object_get(server, "args") != NULL) {
        json_decref(arguments);
        return false;
    }
    return json_object_set_new(server, "command", json_string("behalf")) == 0 &&
           json_object_set_new(server, "args", arguments) == 0;
}

static bool unwrap_one(json_t *server, size_t at)
{
    const json_t *wrapped = json_object_get(server, "args");
    json_t *command = json_incref(json_array_get(wrapped, at));
    json_t *arguments = json_array();
    bool done = arguments != NULL;
    for (size_t i = at + 1; done && i < json_array_size(wrapped); i++)
        done = json_array_append(arguments, json_array_get(wrapped, i)) == 0;
    if (!done) {
        json_decref(command);
        json_decref(arguments);
        return false;
    }
    return json_object_set_new(server, "command", command) == 0 &&
           json_object_set_new(server, "args", arguments) == 0;
}

bool bh_wrap_servers(json_t *document, struct bh_wrap_report *report)
{
    const char *name;
    json_t *server;
    json_object_foreach(json_object_get(document, "mcpServers"), name, server)
    {
        const char *reason = reason_against(name, server);
        bool told;
        if (own_command_at(server) > 0)
            told = say_wrapped(report, name, server, own_command_at(server));
        else if (reason != NULL)
            told = say_why(report->skipped, name, reason);
        else if (has_steering_environment(server))
            told = say_open(report, name,
                "it is not protected: its env has variables that would also reach the interceptor and can "
                "make it ask another server; give them to the server alone, as in \"command\": \"env\"");
        else
            told = wrap_one(name, server) && say(report->changed, name);
        if (!told)
            return false;
    }
    return true;
}

bool bh_unwrap_servers(json_t *document, struct bh_wrap_report *report)
{
    const char *name;
    json_t *server;
    json_object_foreach(json_object_get(document, "mcpServers"), name, server)
    {
        size_t at = own_command_at(server);
        bool told =
            at == 0 ? say(report->unchanged, name) : unwrap_one(server, at) && say(report->changed, name);
        if (!told)
            return false;
    }
    return true;
}
