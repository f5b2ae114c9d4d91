// SPDX-License-Identifier: Apache-2.0
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"

static char folder[64];

static int setup(void **state)
{
    (void)state;
    make_folder(folder, sizeof(folder));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, NULL, 0) == child ? 0 : -1;
}

static const char *at(const char *name)
{
    static char paths[4][128];
    static size_t turn;
    char *path = paths[turn++ % BH_COUNT(paths)];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void assert_content(const char *path, const char *expected)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 4096);
    assert_int_equal(bh_file_read(path, &text), BH_OK);
    assert_true(bh_span_equal(bh_buf_span(&text), bh_span_from(expected)));
}

static mode_t mode_of(const char *path)
{
    struct stat about;
    assert_int_equal(lstat(path, &about), 0);
    return about.st_mode;
}

/* A file is read whole up to the limit of the buffer, and refused with one byte more. */
static void test_read_up_to_the_limit(void **state)
{
    (void)state;
    static const char text[] = "0123456789";
    assert_int_equal(bh_file_replace(at("f"), BH_SPAN(text), 0600), BH_OK);
    BH_CLEANUP(bh_buf_finish) struct bh_buf exact = {0}, small = {0};
    bh_buf_init(&exact, 10);
    assert_int_equal(bh_file_read(at("f"), &exact), BH_OK);
    assert_int_equal(exact.len, 10);
    bh_buf_init(&small, 9);
    assert_int_equal(bh_file_read(at("f"), &small), BH_ERR_IO);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(small.len, 0);
}

/* What is missing is told from what is no plain file: a folder, a pipe that would make a reader wait. */
static void test_read_tells_missing_from_no_file(void **state)
{
    (void)state;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, 100);
    assert_int_equal(bh_file_read(at("none"), &text), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_file_read(at("none/below"), &text), BH_ERR_NOT_FOUND);
    assert_int_equal(bh_file_read(folder, &text), BH_ERR_IO);
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    assert_int_equal(bh_file_read(at("pipe"), &text), BH_ERR_IO);
    assert_int_equal(errno, EINVAL);
}

/* A new file has the mode asked for whatever the umask is; an existing one keeps its own. */
static void test_mode_is_kept(void **state)
{
    (void)state;
    mode_t mask = umask(0077);
    assert_int_equal(bh_file_replace(at("m"), BH_SPAN("1"), 0644), BH_OK);
    umask(mask);
    assert_int_equal(mode_of(at("m")) & 07777, 0644);
    assert_int_equal(chmod(at("m"), 0640), 0);
    assert_int_equal(bh_file_replace(at("m"), BH_SPAN("2"), 0600), BH_OK);
    assert_int_equal(mode_of(at("m")) & 07777, 0640);
    assert_content(at("m"), "2");
}

/* A symbolic link stays one: its target is replaced, also a relative one, and made where it is missing. */
static void test_symbolic_links_stay(void **state)
{
    (void)state;
    assert_int_equal(bh_file_replace(at("d/real"), BH_SPAN("old"), 0600), BH_OK);
    assert_int_equal(symlink("d/real", at("one")), 0);
    assert_int_equal(symlink(at("one"), at("two")), 0);
    assert_int_equal(bh_file_replace(at("two"), BH_SPAN("new"), 0600), BH_OK);
    assert_true(S_ISLNK(mode_of(at("two"))) && S_ISLNK(mode_of(at("one"))));
    assert_content(at("d/real"), "new");
    assert_int_equal(symlink("e/made", at("dangling")), 0);
    assert_int_equal(bh_file_replace(at("dangling"), BH_SPAN("x"), 0600), BH_OK);
    assert_content(at("e/made"), "x");
    assert_int_equal(symlink("loop", at("loop")), 0);
    assert_int_equal(bh_file_replace(at("loop"), BH_SPAN("x"), 0600), BH_ERR_IO);
    assert_int_equal(errno, ELOOP);
}

/* A file that its owner made read-only, and what is no file, are left alone, and nothing is left behind. */
static void test_read_only_files_are_left_alone(void **state)
{
    (void)state;
    assert_int_equal(bh_file_replace(at("r/o"), BH_SPAN("old"), 0444), BH_OK);
    assert_int_equal(bh_file_replace(at("r/o"), BH_SPAN("new"), 0600), BH_ERR_IO);
    assert_int_equal(errno, EACCES);
    assert_content(at("r/o"), "old");
    assert_int_equal(unlink(at("r/o")), 0);
    assert_int_equal(mkdir(at("r/o"), 0700), 0);
    assert_int_equal(bh_file_replace(at("r/o"), BH_SPAN("new"), 0600), BH_ERR_IO);
    assert_int_equal(rmdir(at("r/o")), 0);
    assert_int_equal(rmdir(at("r")), 0); /* nothing else lay there */
}

/* Missing folders are made for their owner alone; one that is a file is an error. */
static void test_folders_are_made(void **state)
{
    (void)state;
    assert_int_equal(bh_file_replace(at("p/q/r"), BH_SPAN("x"), 0600), BH_OK);
    assert_int_equal(mode_of(at("p")) & 07777, 0700);
    assert_int_equal(mode_of(at("p/q")) & 07777, 0700);
    assert_int_equal(bh_file_replace(at("p/q/r/s"), BH_SPAN("x"), 0600), BH_ERR_IO);
    assert_int_equal(errno, ENOTDIR);
}

/* A lock is held by one at a time, and waiting for it ends. */
static void test_lock_is_held_once(void **state)
{
    (void)state;
    int first = -1, second = -1;
    assert_int_equal(bh_file_lock(at("l/lock"), 1000, &first), BH_OK);
    assert_int_equal(bh_file_lock(at("l/lock"), 50, &second), BH_ERR_IO);
    assert_int_equal(errno, EWOULDBLOCK);
    bh_file_unlock(first);
    assert_int_equal(bh_file_lock(at("l/lock"), 1000, &second), BH_OK);
    bh_file_unlock(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_up_to_the_limit),
        cmocka_unit_test(test_read_tells_missing_from_no_file),
        cmocka_unit_test(test_mode_is_kept),
        cmocka_unit_test(test_symbolic_links_stay),
        cmocka_unit_test(test_read_only_files_are_left_alone),
        cmocka_unit_test(test_folders_are_made),
        cmocka_unit_test(test_lock_is_held_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
