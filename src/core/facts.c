// SPDX-License-Identifier: Apache-2.0
#include "core/facts.h"

#include "lib/json.h"

/* The text, absent when it is not a string or nothing but white space. */
static struct bh_span usable_text(const json_t *json)
{
    struct bh_span text = bh_json_text(json);
    return bh_span_is_blank(text) ? BH_ABSENT : text;
}

static struct bh_span first_text(const json_t *object, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bh_span text = usable_text(json_object_get(object, keys[i]));
        if (!bh_span_is_absent(text))
            return text;
    }
    return BH_ABSENT;
}

/* Two spellings are one slot: the first that is there and not null fills it, whatever its type. */
static const json_t *slot(const json_t *object, const char *first, const char *second)
{
    const json_t *json = json_object_get(object, first);
    return json == NULL || json_is_null(json) ? json_object_get(object, second) : json;
}

/* The first of: the keys in the tool input of policyContext, in that of metadata, metadata's flat text and
 * `key`. */
static struct bh_span tool_text(const json_t *policy_input, const json_t *metadata_input,
    const json_t *metadata, const char *const *keys, size_t count, const char *key)
{
    struct bh_span text = first_text(policy_input, keys, count);
    if (bh_span_is_absent(text))
        text = first_text(metadata_input, keys, count);
    if (bh_span_is_absent(text))
        text = usable_text(metadata_input);
    if (bh_span_is_absent(text))
        text = usable_text(json_object_get(metadata, key));
    return text;
}

static struct bh_span either(const json_t *policy_context, const json_t *metadata, const char *key)
{
    struct bh_span text = usable_text(json_object_get(policy_context, key));
    return bh_span_is_absent(text) ? usable_text(json_object_get(metadata, key)) : text;
}

static struct bh_span context(const json_t *metadata, const char *const *keys, size_t count)
{
    return bh_span_trim(first_text(metadata, keys, count));
}

void bh_facts_read_context(const json_t *metadata, const json_t *policy_context, struct bh_facts *facts)
{
    static const char *const repository[] = {
        "repository", "repo", "repoName", "repositoryName", "repo_full_name"};
    static const char *const branch[] = {"branch", "gitBranch", "ref", "git_ref", "head_branch"};
    static const char *const environment[] = {
        "environment", "env", "stage", "deployment", "targetEnvironment"};
    static const char *const path[] = {"filePath", "file_path", "path", "notebook_path", "notebookPath"};
    static const char *const command[] = {"command"};
    if (metadata == NULL && policy_context == NULL) { /* most requests: spare them the look-ups */
        facts->repository = facts->branch = facts->environment = BH_ABSENT;
        facts->path = facts->command = facts->cwd = facts->home = BH_ABSENT;
        return;
    }
    const json_t *policy_input = slot(policy_context, "toolInput", "tool_input");
    const json_t *metadata_input = slot(metadata, "tool_input", "toolInput");

    facts->repository = context(metadata, repository, BH_COUNT(repository));
    facts->branch = context(metadata, branch, BH_COUNT(branch));
    facts->environment = context(metadata, environment, BH_COUNT(environment));
    facts->path = tool_text(policy_input, metadata_input, metadata, path, BH_COUNT(path), "path");
    facts->command = tool_text(policy_input, metadata_input, metadata, command, BH_COUNT(command), "command");
    facts->cwd = either(policy_context, metadata, "cwd");
    facts->home = either(policy_context, metadata, "home");
}
