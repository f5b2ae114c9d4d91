// SPDX-License-Identifier: Apache-2.0
#include "coding/path_program.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "coding/codex_files.h"
#include "lib/file.h"
#include "lib/json.h"
#include "folder.h"

/* Two folders on PATH; ours is first/behalf, and the working folder is "other". */
static char base[64], own[128];

static void path_of(const char *name, char ret_path[static 128])
{
    snprintf(ret_path, 128, "%s/%s", base, name);
}

static void put_program(const char *name)
{
    char path[128];
    path_of(name, path);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    assert_true(file >= 0);
    close(file);
}

/* Folders of ours by their names; "" and "." as they stand. */
static void set_path(const char *first, const char *second)
{
    const char *const names[] = {first, second};
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, 1024);
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        bool named = names[i][0] != 0 && names[i][0] != '.';
        bh_buf_addf(&path, "%s%s%s%s", i > 0 ? ":" : "", named ? base : "", named ? "/" : "", names[i]);
    }
    bh_buf_add_char(&path, 0);
    assert_int_equal(setenv("PATH", path.data, 1), 0);
}

static int set_up(void **state)
{
    char folder[128];
    (void)state;
    make_folder(base, sizeof(base));
    path_of("first", folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    path_of("other", folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(chdir(folder), 0);
    put_program("first/behalf");
    put_program("other/behalf");
    path_of("first/behalf", own);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "config.toml", "first/behalf", "other/behalf", "other/link", "first", "other"};
    char path[128];
    (void)state;
    assert_int_equal(chdir("/"), 0);
    for (size_t i = 0; i < BH_COUNT(names); i++) {
        path_of(names[i], path);
        (void)remove(path);
    }
    return rmdir(base);
}

/* A name is ours where PATH leads to this very program first, by whatever link, and by no relative folder. */
static void test_name_is_own_only_where_path_leads_to_us(void **state)
{
    char link[128];
    (void)state;
    set_path("first", "other");
    assert_true(bh_path_program_is_own("behalf", own));
    set_path("other", "first");
    assert_false(bh_path_program_is_own("behalf", own));
    set_path("", "first");
    assert_false(bh_path_program_is_own("behalf", own));
    set_path(".", "first");
    assert_false(bh_path_program_is_own("behalf", own));
    set_path("none", "first");
    assert_true(bh_path_program_is_own("behalf", own));
    path_of("other/link", link);
    assert_int_equal(symlink(own, link), 0);
    set_path("other", "none");
    assert_true(bh_path_program_is_own("link", own));
    assert_false(bh_path_program_is_own("missing", own));
    assert_int_equal(unsetenv("PATH"), 0);
    assert_false(bh_path_program_is_own("behalf", own));
}

/* Another program is found in absolute folders alone, and never as ourselves. */
static void test_relative_folders_are_passed_over(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    char other[128];
    (void)state;
    bh_buf_init(&path, 4096);
    set_path(".", "first");
    assert_false(bh_path_program_find("behalf", own, &path));
    set_path("", "other");
    assert_true(bh_path_program_find("behalf", own, &path));
    path_of("other/behalf", other);
    assert_string_equal(path.data, other);
}

static void assert_server(const struct bh_place *place, const char *command)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0}, problem = {0};
    struct bh_setup_report report = {json_array(), json_array(), json_array()};
    char path[128], line[256];
    bh_buf_init(&text, 4096);
    bh_buf_init(&problem, 4096);
    path_of("config.toml", path);
    assert_int_equal(bh_codex_put_server(path, place, &report, &problem), BH_OK);
    assert_int_equal(bh_file_read(path, &text), BH_OK);
    snprintf(line, sizeof(line), "\ncommand = \"%s\"\n", command);
    assert_true(bh_span_find(bh_buf_span(&text), bh_span_from(line)) != SIZE_MAX);
    set_path("none", "none"); /* what was written is found again whatever PATH says now */
    assert_int_equal(bh_codex_remove_server(path, place, &report, &problem), BH_OK);
    bh_buf_clear(&text);
    assert_int_equal(bh_file_read(path, &text), BH_OK);
    assert_int_equal(text.len, 0);
    json_decref(report.changed);
    json_decref(report.preserved);
    json_decref(report.warnings);
}

/* Codex is told our name where it leads to us, and our path where it leads to another program. */
static void test_codex_is_told_a_command_that_is_us(void **state)
{
    const struct bh_place place = {.home = base, .project = base, .program = own};
    (void)state;
    set_path("first", "other");
    assert_server(&place, "behalf");
    set_path("other", "first");
    assert_server(&place, own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_name_is_own_only_where_path_leads_to_us, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_relative_folders_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_codex_is_told_a_command_that_is_us, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
