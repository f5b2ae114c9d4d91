// SPDX-License-Identifier: Apache-2.0
#include "coding/command_guess.h"

#include <string.h>

static bool has(struct bh_span command, const char *part)
{
    return part == NULL || bh_span_find(command, bh_span_from(part)) != SIZE_MAX;
}

static struct bh_span next_word(struct bh_span *rest)
{
    static const char ends[] = " \t\n'\"();&|`$";
    while (rest->len > 0 && strchr(ends, rest->data[0]) != NULL)
        *rest = bh_span_from_index(*rest, 1);
    struct bh_span word = {rest->data, 0};
    while (word.len < rest->len && strchr(ends, rest->data[word.len]) == NULL)
        word.len++;
    *rest = bh_span_from_index(*rest, word.len);
    return word;
}

static bool is_rm(struct bh_span word)
{
    return bh_span_equal(word, BH_SPAN("rm")) ||
           (word.len > 3 && memcmp(word.data + word.len - 3, "/rm", 3) == 0);
}

/* `rm` and then an option with an r in it. */
static bool deletes_folders(struct bh_span command)
{
    bool seen = false;
    while (command.len > 0) {
        struct bh_span word = next_word(&command);
        if (seen && word.len > 1 && word.data[0] == '-' &&
            (memchr(word.data, 'r', word.len) != NULL || memchr(word.data, 'R', word.len) != NULL))
            return true;
        seen = seen || is_rm(word);
    }
    return false;
}

struct bh_command_guess bh_command_guess_make(struct bh_span command)
{
    static const struct {
        const char *parts[3];
        struct bh_command_guess guess;
    } rows[] = {
        {{"vercel", "--prod"}, {"deploy_production", "vercel", "high"}},
        {{"npm", "deploy"}, {"deploy_production", "deployment", "high"}},
        {{"prisma", "migrate", "deploy"}, {"database_migration", "database", "high"}},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        if (has(command, rows[i].parts[0]) && has(command, rows[i].parts[1]) &&
            has(command, rows[i].parts[2]))
            return rows[i].guess;
    }
    if (deletes_folders(command))
        return (struct bh_command_guess){"delete_files", "filesystem", "high"};
    return (struct bh_command_guess){"run_command", "shell", "medium"};
}
