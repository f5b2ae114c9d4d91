// SPDX-License-Identifier: Apache-2.0
#include "coding/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "coding/claude_settings.h"
#include "coding/environment.h"
#include "coding/hook_list.h"
#include "coding/json_settings.h"
#include "lib/json.h"

#define MANAGED_FOLDER "/etc/claude-code"
#define MANAGED_NAME "/managed-settings.json"
#define TEXT_LIMIT 16384
#define SETTINGS_LIMIT ((size_t)96 << 10) /* Linux takes 128 KiB as one argument */

/* ---- where the settings are ---- */

static enum bh_err read_valid(
    struct bh_settings *settings, const char *folder, const char *name, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf reason = {0};
    bh_buf_init(&reason, TEXT_LIMIT);
    enum bh_err err = bh_settings_read(settings, folder, name, problem);
    if (err != BH_OK || bh_claude_settings_are_valid(settings->root, &reason))
        return err;
    bh_buf_add_char(&reason, 0);
    return bh_settings_refuse(settings->path.data, reason.failed ? "is not valid" : reason.data, problem);
}

static enum bh_err read_main(
    const struct bh_place *place, bool system, struct bh_settings *settings, struct bh_buf *problem)
{
    if (system)
        return read_valid(settings, MANAGED_FOLDER, MANAGED_NAME, problem);
    const char *folder = getenv("CLAUDE_CONFIG_DIR"); /* where Claude Code itself would look */
    if (folder != NULL && folder[0] == '/')
        return read_valid(settings, folder, "/settings.json", problem);
    if (folder != NULL && folder[0] != 0) {
        bh_buf_addf(problem, "CLAUDE_CONFIG_DIR is no absolute path; change or remove it.");
        return BH_ERR_CONFLICT;
    }
    return read_valid(settings, place->home, "/.claude/settings.json", problem);
}

/* ---- the entry ---- */

static json_t *make_entry(const struct bh_place *place)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf command = {0};
    bh_buf_init(&command, TEXT_LIMIT);
    bh_host_guard_command(place->program, "hook pre-tool-use --host claude", BH_HOOK_SILENT, &command);
    bh_buf_add_char(&command, 0);
    if (command.failed)
        return NULL;
    return json_pack("{s:s, s:[{s:s, s:s, s:s, s:f}]}", "matcher", ".*", "hooks", "type", "command",
        "command", command.data, "onFailure", "block", "timeout", (double)BH_HOOK_TIMEOUT_S);
}

static enum bh_err install(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    enum bh_err err = read_main(place, place->system, &settings, problem);
    if (err != BH_OK)
        return err;
    err = bh_hook_put(&settings, "PreToolUse", make_entry(place), problem);
    if (err != BH_OK)
        return err;
    if (place->system)
        bh_host_warn_about_program(place, report);
    return bh_settings_write(&settings, place, place->system ? 0644 : 0600, report, problem);
}

static enum bh_err uninstall(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    enum bh_err err = read_main(place, place->system, &settings, problem);
    if (err != BH_OK)
        return err;
    if (bh_hook_take_out(&settings, "PreToolUse") &&
        json_object_size(json_object_get(settings.root, "hooks")) == 0)
        json_object_del(settings.root, "hooks");
    return bh_settings_write(&settings, place, 0600, report, problem);
}

/* ---- whether it holds ---- */

/* Variables that start Claude Code without hooks, in the settings or in our own environment. */
static bool is_simple(const struct bh_settings *settings, struct bh_buf *problem)
{
    static const char *const names[] = {"CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE"};
    const json_t *env = json_object_get(settings->root, "env");
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        const char *own = getenv(names[i]);
        if (json_object_get(env, names[i]) == NULL && (own == NULL || own[0] == 0))
            continue;
        bh_buf_addf(problem, "%s is set, with which Claude Code starts without hooks; remove it.", names[i]);
        return true;
    }
    return false;
}

/* What an agent writes into its project must not choose whom the hook asks, or what it is. */
static bool sets_ours(const struct bh_settings *settings, struct bh_buf *problem)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(settings->root, "env"), name, value)
    {
        if (!bh_environment_is_ours(name))
            continue;
        bh_buf_addf(problem,
            "%s sets the variable %s, which hooks go by; take it out there, and set it in your shell.",
            settings->path.data, name);
        return true;
    }
    return false;
}

static bool is_switched_off(const char *folder, const char *name, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    if (bh_settings_read(&settings, folder, name, problem) != BH_OK)
        return true;
    if (is_simple(&settings, problem))
        return true;
    if (!json_is_true(json_object_get(settings.root, "disableAllHooks")))
        return false;
    bh_buf_addf(problem, "%s switches all hooks off (disableAllHooks); remove that.", settings.path.data);
    return true;
}

static bool project_harms(const struct bh_place *place, const char *name, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    return bh_settings_read(&settings, place->project, name, problem) != BH_OK ||
           sets_ours(&settings, problem) || is_switched_off(place->project, name, problem);
}

static bool is_installed_system(const struct bh_place *place, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    if (read_main(place, true, &settings, problem) != BH_OK)
        return false;
    if (!bh_hook_is_first(&settings, "PreToolUse", make_entry(place))) {
        bh_buf_addf(problem, "%s does not have the hook; run `behalf hook install --host claude --system`.",
            settings.path.data);
        return false;
    }
    return !is_switched_off(MANAGED_FOLDER, MANAGED_NAME, problem);
}

/* Managed settings may keep the hooks of users out. */
static bool managed_keep_out(struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    if (bh_settings_read(&settings, MANAGED_FOLDER, MANAGED_NAME, problem) != BH_OK)
        return true;
    if (!json_is_true(json_object_get(settings.root, "allowManagedHooksOnly")) &&
        !json_is_true(json_object_get(settings.root, "disableAllHooks")) &&
        !json_is_true(json_object_get(settings.root, "strictPluginOnlyCustomization")) &&
        !json_is_array(json_object_get(settings.root, "strictPluginOnlyCustomization")))
        return false;
    bh_buf_addf(problem,
        "%s keeps the hooks of users out; an administrator can run `behalf hook install --host claude "
        "--system`.",
        settings.path.data);
    return true;
}

static bool is_installed(const struct bh_place *place, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf ignored = {0};
    bh_buf_init(&ignored, TEXT_LIMIT);
    if (place->system)
        return is_installed_system(place, problem);
    if (is_installed_system(place, &ignored))
        return true;
    if (read_main(place, false, &settings, problem) != BH_OK)
        return false;
    if (!bh_hook_is_first(&settings, "PreToolUse", make_entry(place))) {
        bh_buf_addf(problem, "%s does not have the hook first; run `behalf hook install --host claude`.",
            settings.path.data);
        return false;
    }
    if (json_is_true(json_object_get(settings.root, "disableAllHooks"))) {
        bh_buf_addf(problem, "%s switches all hooks off (disableAllHooks); remove that.", settings.path.data);
        return false;
    }
    return !is_simple(&settings, problem) && !managed_keep_out(problem) &&
           !project_harms(place, "/.claude/settings.json", problem) &&
           !project_harms(place, "/.claude/settings.local.json", problem);
}

static enum bh_err read_hook_command(const struct bh_place *place, struct bh_buf *ret_command)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf ignored = {0};
    bh_buf_init(&ignored, TEXT_LIMIT);
    for (int system = place->system; system <= 1; system++) {
        BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
        enum bh_err err = read_main(place, system == 1, &settings, &ignored);
        if (err != BH_OK)
            return err;
        if (bh_hook_first_command(&settings, "PreToolUse", ret_command) == BH_OK)
            return BH_OK;
    }
    return BH_ERR_NOT_FOUND;
}

/* ---- the arguments ---- */

/*
 * The hook once more, the same to the letter, so that Claude Code runs it once: settings files are read again
 * in the session, and the agent may write to them; arguments stay. Our own tools ask by themselves.
 */
static json_t *make_settings(const struct bh_place *place, struct bh_buf *problem)
{
    json_t *pins = bh_environment_pin(place, problem), *entry = make_entry(place);
    if (pins != NULL && entry != NULL)
        return json_pack("{s:b, s:{s:[o]}, s:o, s:{s:[s]}}", "disableAllHooks", 0, "hooks", "PreToolUse",
            entry, "env", pins, "permissions", "allow", "mcp__behalfid");
    json_decref(pins);
    json_decref(entry);
    return NULL;
}

static json_t *make_arguments(const struct bh_place *place, struct bh_buf *problem)
{
    BH_CLEANUP(bh_json_release) json_t *settings = make_settings(place, problem);
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, SETTINGS_LIMIT);
    if (settings == NULL)
        return NULL;
    bh_json_add_value(&text, settings);
    if (!text.failed)
        return json_pack("[s, s%]", "--settings", text.data, text.len);
    bh_buf_addf(problem, "The settings for Claude Code are too long: a variable of the environment is.");
    return NULL;
}

static bool has_user(const char *sources)
{
    struct bh_span rest = bh_span_from(sources);
    while (rest.len > 0) {
        size_t end = bh_span_find(rest, BH_SPAN(","));
        struct bh_span item = {rest.data, end == SIZE_MAX ? rest.len : end};
        if (bh_span_equal(bh_span_trim(item), BH_SPAN("user")))
            return true;
        rest = end == SIZE_MAX ? BH_SPAN("") : bh_span_from_index(rest, end + 1);
    }
    return false;
}

/* In the cloud, in another program, or as a child of one that is running already. */
static bool is_elsewhere(const char *name)
{
    static const char *const names[] = {"--cloud", "--environment", "--desktop", "--bg", "--background"};
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool refuses(int argc, char *const *argv, struct bh_buf *problem)
{
    struct bh_host_option option;
    int index = 0;
    while (bh_host_next_option(argc, argv, &index, &option)) {
        if (strcmp(option.name, "--bare") == 0 || strcmp(option.name, "--safe-mode") == 0)
            bh_buf_addf(problem, "%s starts Claude Code without hooks; leave it out.", option.name);
        else if (strcmp(option.name, "--setting-sources") == 0 && !has_user(option.value))
            bh_buf_addf(problem, "--setting-sources without \"user\" leaves the hook out; add \"user\".");
        else if (strcmp(option.name, "--settings") == 0)
            bh_buf_addf(problem,
                "--settings would take the place of the settings that hold the hook; put yours into "
                "~/.claude/settings.json or the project's .claude/settings.json.");
        else if (is_elsewhere(option.name))
            bh_buf_addf(
                problem, "%s starts a session that this launch does not hold; leave it out.", option.name);
        else
            continue;
        return true;
    }
    return false;
}

const struct bh_host bh_host_claude = {
    .name = "claude",
    .label = "Claude Code",
    .source = "claude_code",
    .install = install,
    .uninstall = uninstall,
    .is_installed = is_installed,
    .make_arguments = make_arguments,
    .refuses = refuses,
    .read_hook_command = read_hook_command,
    .hook = "pre-tool-use",
};
