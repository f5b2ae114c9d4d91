// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/server_key.h"
#include "folder.h"

#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static char dir[64];
static char path[128];

static int setup(void **state)
{
    (void)state;
    make_folder(dir, sizeof(dir));
    snprintf(path, sizeof(path), "%s/server.key", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir); /* fails when a draft was left behind */
}

static void write_file(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

/* The key that is made at the first start is random, private to the user, and the same ever after. */
static void test_a_key_is_made_once(void **state)
{
    (void)state;
    struct bh_server_key first, second;
    struct stat status;
    assert_int_equal(bh_server_key_load(dir, NULL, &first), BH_OK);
    assert_int_equal(bh_server_key_load(dir, "", &second), BH_OK);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(bh_server_key_load(dir, NULL, &second), BH_OK);
    assert_memory_not_equal(&first, &second, sizeof(first));
}

/* A secret that is given wins over the file and leaves it alone. */
static void test_a_given_secret_wins(void **state)
{
    (void)state;
    struct bh_server_key key;
    assert_int_equal(bh_server_key_load(dir, SECRET, &key), BH_OK);
    for (unsigned char i = 0; i < 32; i++)
        assert_int_equal(key.bytes[i], i);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* Secrets of another length, alphabet or with spare bits set are refused. */
static void test_a_malformed_secret_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"A", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh", SECRET "A",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", "+AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        SECRET "\n"};
    struct bh_server_key key;
    for (size_t i = 0; i < BH_COUNT(wrong); i++)
        assert_int_equal(bh_server_key_load(dir, wrong[i], &key), BH_ERR_SECRET_KEY);
}

/* The file may end with a line end, and must hold nothing else. */
static void test_a_malformed_file_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "\n", SECRET "\n\n", SECRET " ", "x" SECRET, SECRET SECRET};
    struct bh_server_key key;
    write_file(SECRET, 0600);
    assert_int_equal(bh_server_key_load(dir, NULL, &key), BH_OK);
    write_file(SECRET "\n", 0400);
    assert_int_equal(bh_server_key_load(dir, NULL, &key), BH_OK);
    assert_int_equal(key.bytes[31], 31);
    for (size_t i = 0; i < BH_COUNT(wrong); i++) {
        assert_int_equal(chmod(path, 0600), 0);
        write_file(wrong[i], 0600);
        assert_int_equal(bh_server_key_load(dir, NULL, &key), BH_ERR_SECRET_KEY);
    }
}

/* A key file that others may read is refused, not repaired: it may have been read already. */
static void test_a_key_that_others_can_read_is_refused(void **state)
{
    (void)state;
    static const mode_t wrong[] = {0640, 0604, 0620, 0602, 0601, 0666};
    struct bh_server_key key;
    for (size_t i = 0; i < BH_COUNT(wrong); i++) {
        write_file(SECRET, wrong[i]);
        assert_int_equal(bh_server_key_load(dir, NULL, &key), BH_ERR_SECRET_KEY);
    }
}

/* Processes that start at once on an empty folder end up with one and the same key. */
static void test_starting_at_once_gives_one_key(void **state)
{
    (void)state;
    enum { PROCESSES = 8 };
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            struct bh_server_key key;
            if (bh_server_key_load(dir, NULL, &key) == BH_OK)
                (void)!write(channel[1], key.bytes, sizeof(key.bytes));
            _exit(0);
        }
    }
    close(channel[1]);
    while (wait(NULL) > 0)
        continue;
    struct bh_server_key keys[PROCESSES];
    assert_int_equal(read(channel[0], keys, sizeof(keys)), sizeof(keys));
    for (int i = 1; i < PROCESSES; i++)
        assert_memory_equal(&keys[0], &keys[i], sizeof(keys[0]));
    close(channel[0]);
}

/* Each purpose has a key of its own, and it depends on the server key. */
static void test_purposes_have_their_own_keys(void **state)
{
    (void)state;
    struct bh_server_key key = {{1}}, other = {{2}};
    struct bh_sha256 a = bh_server_key_derive(&key, "a");
    struct bh_sha256 again = bh_server_key_derive(&key, "a");
    struct bh_sha256 b = bh_server_key_derive(&key, "b");
    struct bh_sha256 c = bh_server_key_derive(&other, "a");
    assert_memory_equal(&a, &again, sizeof(a));
    assert_memory_not_equal(&a, &b, sizeof(a));
    assert_memory_not_equal(&a, &c, sizeof(a));
}

int main(void)
{
#define key_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        key_test(test_a_key_is_made_once),
        key_test(test_a_given_secret_wins),
        key_test(test_a_malformed_secret_is_refused),
        key_test(test_a_malformed_file_is_refused),
        key_test(test_a_key_that_others_can_read_is_refused),
        key_test(test_starting_at_once_gives_one_key),
        cmocka_unit_test(test_purposes_have_their_own_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
