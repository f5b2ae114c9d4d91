// SPDX-License-Identifier: Apache-2.0
#include "cli/scan.h"

#include <string.h>

#define WORDS_MAX 4
#define LINE_MAX_BYTES 2000

/*
 * All words must be there, in this order and as words of the command. "-r*" stands for an option of one dash
 * with that letter in it. The first row of a group of the same action that matches counts.
 */
static const struct {
    const char *words[WORDS_MAX];
    struct bh_scan_verdict verdict;
} rows[] = {
    {{"vercel", "--prod"}, {"deploy_production", "vercel", "high", "deploys to production"}},
    {{"vercel", "promote"}, {"deploy_production", "vercel", "high", "deploys to production"}},
    {{"vercel"}, {"deploy", "vercel", "medium", "deploys a preview, or manages deployments"}},
    {{"netlify", "deploy", "--prod"}, {"deploy_production", "netlify", "high", "deploys to production"}},
    {{"netlify", "deploy"}, {"deploy", "netlify", "medium", "deploys a preview"}},
    {{"wrangler", "deploy"}, {"deploy_production", "cloudflare", "high", "deploys to production"}},
    {{"fly", "deploy"}, {"deploy_production", "fly", "high", "deploys to production"}},
    {{"flyctl", "deploy"}, {"deploy_production", "fly", "high", "deploys to production"}},
    {{"firebase", "deploy"}, {"deploy_production", "firebase", "high", "deploys to production"}},
    {{"serverless", "deploy"}, {"deploy_production", "serverless", "high", "deploys to production"}},
    {{"gcloud", "deploy"}, {"deploy_production", "gcloud", "high", "deploys to production"}},
    {{"kubectl", "apply"}, {"deploy_production", "kubernetes", "high", "changes a cluster"}},
    {{"kubectl", "delete"}, {"delete_resources", "kubernetes", "high", "deletes from a cluster"}},
    {{"helm", "upgrade"}, {"deploy_production", "kubernetes", "high", "changes a cluster"}},
    {{"npm", "run", "deploy"}, {"deploy_production", "deployment", "high", "runs the project's deployment"}},
    {{"terraform", "apply"}, {"change_infrastructure", "terraform", "high", "changes infrastructure"}},
    {{"terraform", "destroy"}, {"delete_infrastructure", "terraform", "high", "destroys infrastructure"}},
    {{"pulumi", "up"}, {"change_infrastructure", "pulumi", "high", "changes infrastructure"}},
    {{"npm", "publish"}, {"publish_package", "npm", "high", "publishes a package"}},
    {{"pnpm", "publish"}, {"publish_package", "npm", "high", "publishes a package"}},
    {{"yarn", "publish"}, {"publish_package", "npm", "high", "publishes a package"}},
    {{"twine", "upload"}, {"publish_package", "pypi", "high", "publishes a package"}},
    {{"cargo", "publish"}, {"publish_package", "crates", "high", "publishes a package"}},
    {{"docker", "push"}, {"publish_image", "docker", "medium", "publishes an image"}},
    {{"gh", "release", "create"}, {"publish_release", "github", "high", "publishes a release"}},
    {{"git", "push", "--force"}, {"force_push", "git", "high", "rewrites what others have"}},
    {{"git", "push"}, {"push_code", "git", "medium", "sends commits to others"}},
    {{"prisma", "migrate", "reset"}, {"database_reset", "database", "high", "empties a database"}},
    {{"prisma", "migrate", "deploy"}, {"database_migration", "database", "high", "changes a database"}},
    {{"prisma", "db", "push"}, {"database_migration", "database", "high", "changes a database"}},
    {{"drizzle-kit", "migrate"}, {"database_migration", "database", "high", "changes a database"}},
    {{"drizzle-kit", "push"}, {"database_migration", "database", "high", "changes a database"}},
    {{"alembic", "upgrade"}, {"database_migration", "database", "high", "changes a database"}},
    {{"knex", "migrate:latest"}, {"database_migration", "database", "high", "changes a database"}},
    {{"rm", "-r*"}, {"delete_files", "filesystem", "high", "deletes folders with all that is in them"}},
    {{"curl", "sh"}, {"execute_download", "shell", "high", "runs what was just downloaded"}},
    {{"curl", "bash"}, {"execute_download", "shell", "high", "runs what was just downloaded"}},
};

static bool ends_word(char c)
{
    return memchr(" \t'\"();&|`$=,[]{}", c, 17) != NULL;
}

static struct bh_span next_word(struct bh_span *rest)
{
    while (rest->len > 0 && ends_word(rest->data[0]))
        *rest = bh_span_from_index(*rest, 1);
    struct bh_span word = {rest->data, 0};
    while (word.len < rest->len && !ends_word(word.data[word.len]))
        word.len++;
    *rest = bh_span_from_index(*rest, word.len);
    return word;
}

static bool word_matches(struct bh_span word, const char *wanted)
{
    size_t len = strlen(wanted);
    if (wanted[0] != '-' || wanted[len - 1] != '*')
        return bh_span_equal(word, bh_span_from(wanted));
    return word.len > 1 && word.data[0] == '-' && word.data[1] != '-' &&
           memchr(word.data, wanted[1], word.len) != NULL;
}

static bool has_words(struct bh_span command, const char *const *words)
{
    size_t at = 0;
    while (at < WORDS_MAX && words[at] != NULL && command.len > 0) {
        struct bh_span word = next_word(&command);
        at += word_matches(word, words[at]);
    }
    return at == WORDS_MAX || words[at] == NULL;
}

void bh_scan_command(struct bh_scan *scan, const char *name, const char *source, struct bh_span command)
{
    const char *tool = NULL;
    for (size_t i = 0; i < BH_COUNT(rows); i++) {
        if (!has_words(command, rows[i].words))
            continue;
        if (tool != NULL && strcmp(tool, rows[i].words[0]) == 0) /* the stricter row came first */
            continue;
        tool = rows[i].words[0];
        bh_scan_add(scan, name, source, command, NULL, &rows[i].verdict);
    }
}

void bh_scan_lines(struct bh_scan *scan, const char *source, struct bh_span text)
{
    while (text.len > 0) {
        size_t end = bh_span_find(text, BH_SPAN("\n"));
        struct bh_span line = bh_span_trim((struct bh_span){text.data, end == SIZE_MAX ? text.len : end});
        text = end == SIZE_MAX ? BH_SPAN("") : bh_span_from_index(text, end + 1);
        if (bh_span_starts_with(line, BH_SPAN("- ")))
            line = bh_span_trim(bh_span_from_index(line, 2));
        if (bh_span_starts_with(line, BH_SPAN("run:")))
            line = bh_span_trim(bh_span_from_index(line, 4));
        if (line.len > 0 && line.len <= LINE_MAX_BYTES && line.data[0] != '#')
            bh_scan_command(scan, source, source, line);
    }
}
