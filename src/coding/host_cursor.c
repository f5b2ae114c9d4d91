// SPDX-License-Identifier: Apache-2.0
#include "coding/hosts.h"

#include "coding/hook_list.h"
#include "coding/json_settings.h"
#include "lib/json.h"

#define TEXT_LIMIT 16384

/*
 * The events that can still block. A call of the shell, of an MCP tool or of a file to read has an event of
 * its own, so preToolUse is for the other tools: asked about twice, one call would use up two grants.
 */
static const struct {
    const char *event, *matcher;
} events[] = {
    {"beforeShellExecution", ".*"},
    {"beforeMCPExecution", ".*"},
    {"beforeReadFile", ".*"},
    {"beforeTabFileRead", ".*"},
    {"preToolUse", "^(?!Shell$|Read$|MCP).*"},
};

static enum bh_err read_main(
    const struct bh_place *place, bool system, struct bh_settings *settings, struct bh_buf *problem)
{
    if (system)
        return bh_settings_read(settings, "/etc/cursor", "/hooks.json", problem);
    return bh_settings_read(settings, place->home, "/.cursor/hooks.json", problem);
}

static json_t *make_entry(const struct bh_place *place, const char *matcher)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf command = {0};
    bh_buf_init(&command, TEXT_LIMIT);
    bh_host_guard_command(place->program, "hook cursor", BH_HOOK_ANSWERS, &command);
    bh_buf_add_char(&command, 0);
    if (command.failed)
        return NULL;
    return json_pack("{s:s, s:s, s:b, s:f}", "command", command.data, "matcher", matcher, "failClosed", 1,
        "timeout", (double)BH_HOOK_TIMEOUT_S);
}

static enum bh_err check_version(struct bh_settings *settings, struct bh_buf *problem)
{
    const json_t *version = json_object_get(settings->root, "version");
    if (version == NULL)
        return json_object_set_new(settings->root, "version", json_real(1)) == 0 ? BH_OK : BH_ERR_NO_MEMORY;
    if (json_number_value(version) == 1.0)
        return BH_OK;
    return bh_settings_refuse(settings->path.data, "has a \"version\" other than 1", problem);
}

static enum bh_err install(
    const struct bh_place *place, struct bh_setup_report *report, struct bh_buf *problem)
{
    BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
    enum bh_err err = read_main(place, place->system, &settings, problem);
    if (err == BH_OK)
        err = check_version(&settings, problem);
    if (err != BH_OK)
        return err;
    for (size_t i = 0; i < BH_COUNT(events); i++) {
        err = bh_hook_put(&settings, events[i].event, make_entry(place, events[i].matcher), problem);
        if (err != BH_OK)
            return err;
    }
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
    for (size_t i = 0; i < BH_COUNT(events); i++)
        bh_hook_take_out(&settings, events[i].event);
    return bh_settings_write(&settings, place, 0600, report, problem);
}

static bool is_complete(const struct bh_settings *settings, const struct bh_place *place)
{
    for (size_t i = 0; i < BH_COUNT(events); i++) {
        if (!bh_hook_is_first(settings, events[i].event, make_entry(place, events[i].matcher)))
            return false;
    }
    return json_number_value(json_object_get(settings->root, "version")) == 1.0;
}

/* A machine-wide hook serves as well as one's own. */
static bool is_installed(const struct bh_place *place, struct bh_buf *problem)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf reason = {0};
    bh_buf_init(&reason, TEXT_LIMIT);
    for (int system = place->system; system <= 1; system++) {
        BH_CLEANUP(bh_settings_finish) struct bh_settings settings = {0};
        bool read = read_main(place, system == 1, &settings, &reason) == BH_OK;
        if (read && is_complete(&settings, place))
            return true;
        if (read && reason.len == 0)
            bh_buf_addf(&reason,
                "%s does not have the hook first at every event; run `behalf hook install "
                "--host cursor`.",
                settings.path.data);
    }
    bh_buf_add(problem, bh_buf_span(&reason));
    return false;
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
        if (bh_hook_first_command(&settings, "beforeShellExecution", ret_command) == BH_OK)
            return BH_OK;
    }
    return BH_ERR_NOT_FOUND;
}

/* Cursor has no argument that switches hooks off. */
static bool refuses(int argc, char *const *argv, struct bh_buf *problem)
{
    (void)argc;
    (void)argv;
    (void)problem;
    return false;
}

static json_t *make_arguments(const struct bh_place *place, struct bh_buf *problem)
{
    (void)place;
    (void)problem;
    return json_array();
}

const struct bh_host bh_host_cursor = {
    .name = "cursor",
    .label = "Cursor",
    .source = "cursor",
    .install = install,
    .uninstall = uninstall,
    .is_installed = is_installed,
    .make_arguments = make_arguments,
    .refuses = refuses,
    .read_hook_command = read_hook_command,
    .hook = "cursor",
};
