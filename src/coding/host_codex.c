// SPDX-License-Identifier: Apache-2.0
#include "coding/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "coding/codex_files.h"
#include "coding/codex_server.h"
#include "coding/hook_list.h"
#include "coding/json_settings.h"
#include "coding/toml_look.h"
#include "lib/file.h"
#include "lib/json.h"

#define TEXT_LIMIT 16384
#define PROFILE_LIMIT ((size_t)8 << 20)
#define FIRST ":pre_tool_use:0:0"

/* The app server knows those that concern hooks. */
static const char *const server_arguments[] = {"-c", "features.hooks=true", NULL};

/* ---- where the settings are ---- */

/* CODEX_HOME as Codex itself takes it, else ~/.codex. */
static void add_folder(const struct bh_place *place, const char *name, struct bh_buf *path)
{
    const char *folder = getenv("CODEX_HOME");
    bh_buf_init(path, 4096);
    if (folder != NULL && folder[0] == '/')
        bh_buf_addf(path, "%s%s", folder, name);
    else
        bh_buf_addf(path, "%s/.codex%s", place->home, name);
    bh_buf_add_char(path, 0);
}

/* One unknown member, and Codex ignores the file. */
static enum bh_err read_hooks(
    const struct bh_place *place, struct bh_settings *settings, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf folder = {0};
    add_folder(place, "", &folder);
    if (folder.failed) {
        bh_buf_addf(problem, "The path of Codex's folder is too long.");
        return BH_ERR_IO;
    }
    enum bh_err err = bh_settings_read(settings, folder.data, "/hooks.json", problem);
    if (err != BH_OK)
        return err;
    const char *name;
    json_t *member;
    json_object_foreach(settings->root, name, member)
    {
        if (strcmp(name, "hooks") != 0 && (strcmp(name, "description") != 0 || !json_is_string(member)))
            return bh_settings_refuse(settings->path.data,
                "has members other than \"hooks\" and a text \"description\", for which Codex would ignore "
                "it",
                problem);
    }
    return BH_OK;
}

static void add_command(const struct bh_place *place, struct bh_buf *command)
{
    bh_buf_init(command, TEXT_LIMIT);
    bh_host_guard_command(place->program, "hook pre-tool-use --host codex", BH_HOOK_SILENT, command);
    bh_buf_add_char(command, 0);
}

static json_t *make_entry(const char *command)
{
    return json_pack("{s:s, s:[{s:s, s:s, s:f}]}", "matcher", ".*", "hooks", "type", "command", "command",
        command, "timeout", (double)BH_HOOK_TIMEOUT_S);
}

/* ---- what Codex says of its hooks ---- */

static bool member_is(const json_t *hook, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(hook, name));
    return text != NULL && strcmp(text, value) == 0;
}

static bool is_trusted(const json_t *hook)
{
    return json_is_true(json_object_get(hook, "enabled")) &&
           (member_is(hook, "trustStatus", "trusted") || member_is(hook, "trustStatus", "managed"));
}

static bool is_ours(const json_t *hook, const char *command, bool system)
{
    const char *key = json_string_value(json_object_get(hook, "key"));
    size_t len = key == NULL ? 0 : strlen(key);
    bool first = len > strlen(FIRST) && strcmp(key + len - strlen(FIRST), FIRST) == 0;
    return member_is(hook, "eventName", "preToolUse") && member_is(hook, "command", command) &&
           member_is(hook, "matcher", ".*") && json_is_false(json_object_get(hook, "async")) &&
           json_is_true(json_object_get(hook, "isManaged")) == system && (system || first);
}

static const json_t *find_ours(const json_t *hooks, const char *command, bool system)
{
    size_t at;
    json_t *hook;
    json_array_foreach((json_t *)(uintptr_t)hooks, at, hook)
    {
        if (is_ours(hook, command, system))
            return hook;
    }
    return NULL;
}

static json_t *list_hooks(const struct bh_place *place, const char *const *with, struct bh_buf *problem)
{
    BH_CLEANUP(bh_codex_close) struct bh_codex codex = {0};
    return bh_codex_open(&codex, place, with, problem) ? bh_codex_list_hooks(&codex, place, problem) : NULL;
}

/* ---- trust ---- */

static bool was_trusted(const json_t *before, const json_t *hook)
{
    const char *hash = json_string_value(json_object_get(hook, "currentHash"));
    size_t at;
    json_t *old;
    json_array_foreach((json_t *)(uintptr_t)before, at, old)
    {
        if (hash != NULL && member_is(old, "currentHash", hash) && member_is(old, "source", "user") &&
            is_trusted(old))
            return true;
    }
    return false;
}

/*
 * What is to be stored: trust in ours, and in those of the user that were trusted and only stand at another
 * place of the list now.
 */
static json_t *make_states(const json_t *before, const json_t *after, const char *command)
{
    json_t *states = json_object();
    size_t at;
    json_t *hook;
    json_array_foreach((json_t *)(uintptr_t)after, at, hook)
    {
        const char *key = json_string_value(json_object_get(hook, "key"));
        const char *hash = json_string_value(json_object_get(hook, "currentHash"));
        bool ours = command != NULL && is_ours(hook, command, false);
        bool moved = member_is(hook, "source", "user") && was_trusted(before, hook);
        if (key != NULL && hash != NULL && !is_trusted(hook) && (ours || moved))
            json_object_set_new(states, key, json_pack("{s:b, s:s}", "enabled", 1, "trusted_hash", hash));
    }
    return states;
}

static bool store_states(struct bh_codex *codex, json_t *states, struct bh_buf *problem)
{
    BH_CLEANUP(bh_json_release)
    json_t *result = bh_codex_call(codex, "config/batchWrite",
        json_pack("{s:[{s:s, s:s, s:O}], s:b}", "edits", "keyPath", "hooks.state", "mergeStrategy", "upsert",
            "value", states, "reloadUserConfig", 1),
        problem);
    return result != NULL;
}

/* `command` NULL: after an uninstallation. */
static enum bh_err settle_trust(const struct bh_place *place, const json_t *before, const char *command,
    const char *config, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_codex_close) struct bh_codex codex = {0};
    if (!bh_codex_open(&codex, place, server_arguments, problem))
        return BH_ERR_IO;
    BH_CLEANUP(bh_json_release) json_t *after = bh_codex_list_hooks(&codex, place, problem);
    BH_CLEANUP(bh_json_release) json_t *states = make_states(before, after, command);
    if (after == NULL || states == NULL)
        return BH_ERR_IO;
    if (json_object_size(states) > 0) {
        if (!store_states(&codex, states, problem))
            return BH_ERR_IO;
        bh_report_add(report->changed, config);
    }
    if (command == NULL)
        return BH_OK;
    BH_CLEANUP(bh_json_release) json_t *now = bh_codex_list_hooks(&codex, place, problem);
    const json_t *ours = find_ours(now, command, false);
    if (ours != NULL && is_trusted(ours))
        return BH_OK;
    if (now != NULL)
        bh_buf_addf(problem, "The hook was written, but Codex does not list it as trusted.");
    return BH_ERR_IO;
}

/* ---- installation ---- */

static enum bh_err install_user(
    const struct bh_place *place, const char *command, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf config = {0};
    struct bh_place dry = *place;
    struct bh_setup_report unused = {json_array(), json_array(), json_array()};
    add_folder(place, "/config.toml", &config);
    dry.dry_run = true;
    enum bh_err err = read_hooks(place, &settings, problem);
    if (err == BH_OK)
        err = bh_hook_put(&settings, "PreToolUse", make_entry(command), problem);
    if (err == BH_OK) /* nothing is written before both files are known to be in order */
        err = bh_codex_put_server(config.data, &dry, &unused, problem);
    json_decref(unused.changed);
    json_decref(unused.preserved);
    json_decref(unused.warnings);
    if (err != BH_OK)
        return err;
    /* asked even by a dry run, Codex would leave files of its own */
    BH_CLEANUP(bh_json_release)
    json_t *before = place->dry_run ? json_array() : list_hooks(place, server_arguments, problem);
    if (before == NULL)
        return BH_ERR_IO;
    err = bh_settings_write(&settings, place, 0600, report, problem);
    if (err == BH_OK)
        err = bh_codex_put_server(config.data, place, report, problem);
    if (err != BH_OK || place->dry_run)
        return err;
    return settle_trust(place, before, command, config.data, report, problem);
}

static enum bh_err install(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf command = {0};
    add_command(place, &command);
    if (command.failed)
        return BH_ERR_NO_MEMORY;
    if (!place->system)
        return install_user(place, command.data, report, problem);
    bh_host_warn_about_program(place, report);
    return bh_codex_put_requirement(command.data, place, report, problem);
}

static enum bh_err uninstall_user(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf config = {0}, reason = {0};
    bh_buf_init(&reason, TEXT_LIMIT);
    add_folder(place, "/config.toml", &config);
    enum bh_err err = read_hooks(place, &settings, problem);
    if (err != BH_OK)
        return err;
    BH_CLEANUP(bh_json_release)
    json_t *before = settings.exists && !place->dry_run ? list_hooks(place, server_arguments, &reason) : NULL;
    json_t *hooks = json_object_get(settings.root, "hooks");
    json_t *list = json_object_get(hooks, "PreToolUse");
    bh_hook_list_remove(list);
    if (list != NULL && json_array_size(list) == 0)
        json_object_del(hooks, "PreToolUse");
    err = bh_settings_write(&settings, place, 0600, report, problem);
    if (err == BH_OK)
        err = bh_codex_remove_server(config.data, place, report, problem);
    if (err != BH_OK || place->dry_run || json_array_size(before) == 0 || list == NULL)
        return err;
    /* without a Codex nobody loses trust */
    return settle_trust(place, before, NULL, config.data, report, problem);
}

static enum bh_err uninstall(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    return place->system ? bh_codex_remove_requirement(place, report, problem)
                         : uninstall_user(place, report, problem);
}

/* ---- whether it holds ---- */

static bool file_has_it(const struct bh_place *place, const char *command, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    if (read_hooks(place, &settings, problem) != BH_OK)
        return false;
    if (bh_hook_is_first(&settings, "PreToolUse", make_entry(command)))
        return true;
    bh_buf_addf(problem, "%s does not have the hook first; run `behalf hook install --host codex`.",
        settings.path.data);
    return false;
}

/* Asked with the arguments that a launcher passes: they win over what the project says. */
static bool is_installed(const struct bh_place *place, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf command = {0}, managed = {0};
    add_command(place, &command);
    bh_buf_init(&managed, TEXT_LIMIT);
    bool system = bh_codex_read_requirement(&managed) == BH_OK &&
                  bh_span_equal(bh_buf_span(&managed), bh_span_from(command.failed ? "" : command.data));
    if (command.failed)
        return false;
    if (place->system && !system) {
        bh_buf_addf(problem, "%s does not have the hook; run `behalf hook install --host codex --system`.",
            BH_CODEX_REQUIREMENTS);
        return false;
    }
    if (!system && !file_has_it(place, command.data, problem))
        return false;
    BH_CLEANUP(bh_json_release) json_t *hooks = list_hooks(place, server_arguments, problem);
    if (hooks == NULL)
        return false;
    const json_t *ours = find_ours(hooks, command.data, system);
    if (ours != NULL && is_trusted(ours))
        return true;
    bh_buf_addf(problem, "Codex does not %s the hook; run `behalf hook install --host codex`.",
        ours == NULL ? "list" : "trust");
    return false;
}

static enum bh_err read_hook_command(const struct bh_place *place, struct bh_buf *ret_command)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf ignored = {0};
    bh_buf_init(&ignored, TEXT_LIMIT);
    if (place->system)
        return bh_codex_read_requirement(ret_command);
    enum bh_err err = read_hooks(place, &settings, &ignored);
    if (err != BH_OK)
        return err;
    return bh_hook_first_command(&settings, "PreToolUse", ret_command) == BH_OK
               ? BH_OK
               : bh_codex_read_requirement(ret_command);
}

/* ---- the arguments ---- */

/* The key of "key=value" without blanks and quotes, as `a . "b"` and a.b are the same; one that is written
 * with escapes is "\". */
static void add_plain_key(const char *text, size_t len, struct bh_buf *key)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\') {
            bh_buf_clear(key);
            bh_buf_add_char(key, '\\');
            return;
        }
        if (strchr(" \t\r\n\"'", text[i]) == NULL)
            bh_buf_add_char(key, text[i]);
    }
}

static bool key_is(struct bh_span key, const char *name)
{
    return bh_span_equal(key, bh_span_from(name));
}

/* Whether the value is the one that we pass ourselves. */
static bool value_is(const char *value, const char *wanted)
{
    return value != NULL && bh_span_equal(bh_span_trim(bh_span_from(value)), bh_span_from(wanted));
}

static bool override_is_harmful(const char *assignment)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf key = {0};
    const char *equals = strchr(assignment, '=');
    const char *value = equals == NULL ? NULL : equals + 1;
    bh_buf_init(&key, TEXT_LIMIT);
    add_plain_key(assignment, equals == NULL ? strlen(assignment) : (size_t)(equals - assignment), &key);
    struct bh_span name = bh_buf_span(&key);
    if (key.failed || key_is(name, "\\") || key_is(name, "features") || key_is(name, "hooks") ||
        bh_span_starts_with(name, BH_SPAN("hooks.")))
        return true;
    if (key_is(name, "features.hooks") || key_is(name, "features.codex_hooks"))
        return !value_is(value, "true");
    return key_is(name, "features.unified_exec_tty") && !value_is(value, "false");
}

static bool names_feature(const char *list, const char *const *features)
{
    for (size_t i = 0; features[i] != NULL; i++) {
        if (strstr(list, features[i]) != NULL)
            return true;
    }
    return false;
}

/* A profile is a file beside the configuration, and what it says of hooks would count. */
static bool profile_is_harmful(const char *name)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0}, text = {0}, file = {0};
    struct bh_toml_facts facts;
    const char *home = getenv("HOME");
    const struct bh_place place = {.home = home == NULL ? "" : home};
    bh_buf_init(&text, PROFILE_LIMIT);
    bh_buf_init(&file, TEXT_LIMIT);
    bh_buf_addf(&file, "/%s.config.toml", name);
    bh_buf_add_char(&file, 0);
    if (file.failed || strchr(name, '/') != NULL)
        return true;
    add_folder(&place, file.data, &path);
    enum bh_err err = path.failed ? BH_ERR_IO : bh_file_read(path.data, &text);
    if (err == BH_ERR_NOT_FOUND)
        return false;
    return err != BH_OK || !bh_toml_look(bh_buf_span(&text), "hooks", &facts) || facts.table || facts.value ||
           facts.under || facts.closed;
}

/* The background server would be one that somebody else had started. */
static json_t *make_arguments(const struct bh_place *place, struct bh_buf *problem)
{
    (void)place;
    (void)problem;
    return json_pack("[s, s, s, s, s]", "-c", "features.hooks=true", "-c", "features.unified_exec_tty=false",
        "--no-daemon");
}

static bool refuses(int argc, char *const *argv, struct bh_buf *problem)
{
    static const char *const hooks[] = {"hooks", NULL}, *const typing[] = {"unified_exec_tty", NULL};
    struct bh_host_option option;
    int index = 0;
    while (bh_host_next_option(argc, argv, &index, &option)) {
        const char *name = option.name;
        if (strcmp(name, "--disable") == 0 && names_feature(option.value, hooks))
            bh_buf_addf(problem, "--disable %s switches hooks off; leave it out.", option.value);
        else if (strcmp(name, "--enable") == 0 && names_feature(option.value, typing))
            bh_buf_addf(problem, "--enable %s lets text into an open shell that no hook sees; leave it out.",
                option.value);
        else if ((strcmp(name, "-c") == 0 || strcmp(name, "--config") == 0) &&
                 override_is_harmful(option.value))
            bh_buf_addf(problem, "%s %s may switch hooks off; leave it out.", name, option.value);
        else if ((strcmp(name, "-p") == 0 || strcmp(name, "--profile") == 0) &&
                 profile_is_harmful(option.value))
            bh_buf_addf(
                problem, "%s %s brings settings of hooks of its own; leave it out.", name, option.value);
        else if (strcmp(name, "--ignore-user-config") == 0 || strcmp(name, "--remote") == 0)
            bh_buf_addf(problem, "%s keeps the hook away; leave it out.", name);
        else
            continue;
        return true;
    }
    return false;
}

const struct bh_host bh_host_codex = {
    .name = "codex",
    .label = "Codex",
    .source = "codex",
    .install = install,
    .uninstall = uninstall,
    .is_installed = is_installed,
    .make_arguments = make_arguments,
    .refuses = refuses,
    .read_hook_command = read_hook_command,
    .hook = "pre-tool-use",
};
