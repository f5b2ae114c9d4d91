// SPDX-License-Identifier: Apache-2.0
#include "coding/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/config_file.h"
#include "lib/file.h"

#define LOCK_MS 30000

static bool find_home(char home[static BH_PLACE_TEXT])
{
    static const char name[] = "/.behalf/config.json";
    BH_CLEANUP(bh_buf_finish) struct bh_buf path = {0};
    bh_buf_init(&path, BH_PLACE_TEXT);
    if (bh_config_file_path(&path) != BH_OK || path.len < sizeof(name))
        return false;
    snprintf(home, BH_PLACE_TEXT, "%.*s", (int)(path.len - (sizeof(name) - 1)), path.data);
    return home[0] == '/';
}

/* Of a program that was replaced while it ran the kernel only knows that it is gone. */
static bool find_program(char program[static BH_PLACE_TEXT])
{
    ssize_t len = readlink("/proc/self/exe", program, BH_PLACE_TEXT - 1);
    if (len <= 0 || len == BH_PLACE_TEXT - 1)
        return false;
    program[len] = 0;
    return access(program, X_OK) == 0;
}

bool bh_place_find(struct bh_place_texts *texts, struct bh_place *ret_place, struct bh_buf *problem)
{
    if (!find_home(texts->home)) {
        bh_buf_addf(problem, "There is no home folder; set HOME.");
        return false;
    }
    if (getcwd(texts->project, sizeof(texts->project)) == NULL || texts->project[0] != '/') {
        bh_buf_addf(problem, "The working folder cannot be found: %s.", strerror(errno));
        return false;
    }
    if (!find_program(texts->program)) {
        bh_buf_addf(problem, "The path of this program cannot be found; run it again.");
        return false;
    }
    *ret_place = (struct bh_place){.home = texts->home, .project = texts->project, .program = texts->program};
    return true;
}

bool bh_place_lock(const struct bh_place *place, int *ret_lock, struct bh_buf *problem)
{
    char path[BH_PLACE_TEXT + 32];
    *ret_lock = -1;
    if (place->dry_run)
        return true;
    snprintf(path, sizeof(path), "%s/.behalf/setup.lock", place->home);
    if (bh_file_lock(path, LOCK_MS, ret_lock) == BH_OK)
        return true;
    bh_buf_addf(problem, "%s could not be locked: %s.", path,
        errno == EWOULDBLOCK ? "another command changes settings" : strerror(errno));
    return false;
}

void bh_place_unlock(int lock)
{
    if (lock >= 0)
        bh_file_unlock(lock);
}

bool bh_report_init(struct bh_setup_report *report)
{
    *report = (struct bh_setup_report){json_array(), json_array(), json_array()};
    return report->changed != NULL && report->preserved != NULL && report->warnings != NULL;
}

void bh_report_finish(struct bh_setup_report *report)
{
    if (report == NULL)
        return;
    json_decref(report->changed);
    json_decref(report->preserved);
    json_decref(report->warnings);
    *report = (struct bh_setup_report){0};
}
