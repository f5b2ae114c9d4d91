// SPDX-License-Identifier: Apache-2.0
#include "coding/patch.h"

#include <string.h>

static bool has(const json_t *files, struct bh_span path)
{
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        if (bh_span_equal((struct bh_span){json_string_value(file), json_string_length(file)}, path))
            return true;
    }
    return false;
}

/* Hosts differ in what they take off a path: one that leaves no doubt has nothing to be taken off. */
static bool is_clear(struct bh_span path)
{
    for (size_t i = 0; i < path.len; i++) {
        unsigned char byte = (unsigned char)path.data[i];
        bool c1 = byte == 0xC2 && i + 1 < path.len && (unsigned char)path.data[i + 1] < 0xA0;
        if (byte < ' ' || byte == 0x7f || c1)
            return false;
    }
    return path.len > 0 && bh_span_trim(path).len == path.len;
}

static const char *add(json_t *files, struct bh_span path)
{
    if (!is_clear(path))
        return "A path in the patch is empty, or begins or ends with a blank.";
    if (has(files, path))
        return NULL;
    if (json_array_size(files) == BH_PATCH_FILES_MAX)
        return "The patch touches more than 32 files: split it.";
    return json_array_append_new(files, json_stringn(path.data, path.len)) == 0 ? NULL : "Out of memory.";
}

/* The path behind the marker; absent when there is no marker. */
static struct bh_span path_of(struct bh_span line)
{
    static const struct bh_span markers[] = {BH_SPAN("*** Add File:"), BH_SPAN("*** Update File:"),
        BH_SPAN("*** Delete File:"), BH_SPAN("*** Move to:"), BH_SPAN("*** Rename to:")};
    for (size_t i = 0; i < BH_COUNT(markers); i++) {
        if (line.len < markers[i].len ||
            !bh_span_equal_ascii_nocase((struct bh_span){line.data, markers[i].len}, markers[i]))
            continue;
        struct bh_span rest = bh_span_from_index(line, markers[i].len);
        return rest.len > 0 && rest.data[0] == ' ' ? bh_span_from_index(rest, 1) : rest;
    }
    return BH_ABSENT;
}

static bool is_known(struct bh_span line)
{
    static const struct bh_span known[] = {
        BH_SPAN("*** Begin Patch"), BH_SPAN("*** End Patch"), BH_SPAN("*** End of File")};
    return bh_span_list_has((struct bh_span_list){known, BH_COUNT(known)}, line);
}

static struct bh_span from_first_star(struct bh_span line)
{
    const char *star = memchr(line.data, '*', line.len);
    struct bh_span rest = bh_span_from_index(line, star == NULL ? line.len : (size_t)(star - line.data));
    while (rest.len > 0 && strchr(" \t\r", rest.data[rest.len - 1]) != NULL)
        rest.len--;
    return rest;
}

/*
 * Lines of content begin with '+', '-' or a blank. One with something else before a marker is taken for the
 * marker, because hosts trim lines before they look.
 */
static const char *read_line(struct bh_span line, json_t *files)
{
    if (line.len == 0 || line.data[0] == '+' || line.data[0] == '-')
        return NULL;
    struct bh_span marker = from_first_star(line);
    struct bh_span path = path_of(marker);
    if (!bh_span_is_absent(path))
        return add(files, path);
    if (bh_span_starts_with(line, BH_SPAN("***")) && !is_known(marker))
        return "The patch has a line of a kind that is not known here.";
    return NULL;
}

const char *bh_patch_read(struct bh_span patch, json_t *ret_files)
{
    const char *problem = NULL;
    while (problem == NULL && patch.len > 0) {
        const char *end = memchr(patch.data, '\n', patch.len);
        struct bh_span line = {patch.data, end == NULL ? patch.len : (size_t)(end - patch.data)};
        problem = read_line(line, ret_files);
        patch = bh_span_from_index(patch, line.len + (end != NULL));
    }
    return problem;
}
