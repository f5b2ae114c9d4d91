// SPDX-License-Identifier: Apache-2.0
#include "core/path.h"

#include <string.h>

#include "core/match.h"

/* A text split into what it begins with and the segments behind that. */
struct parsed {
    enum bh_path_root root;
    bool device;           /* "//?/" or "//./" of Windows */
    char drive;            /* of BH_PATH_DRIVE */
    struct bh_span server; /* of BH_PATH_UNC */
    struct bh_span share;
    struct bh_span rest;
};

/* A normalised path while it is built. */
struct builder {
    char *data;
    size_t len;
    size_t floor; /* length of the root's text */
    bool rooted;  /* ".." at the floor is dropped, not kept */
};

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_text(struct bh_span span, const char *text)
{
    return bh_span_equal(span, bh_span_from(text));
}

static bool is_dots(struct bh_span segment)
{
    return is_text(segment, ".") || is_text(segment, "..");
}

static bool is_absolute(enum bh_path_root root)
{
    return root >= BH_PATH_SLASH;
}

/* The segment that starts at *at, up to the next separator; moves *at to its end. */
static struct bh_span take_segment(struct bh_span text, size_t *at)
{
    size_t start = *at;
    while (*at < text.len && !is_separator(text.data[*at]))
        *at += 1;
    return (struct bh_span){text.data + start, *at - start};
}

static bool parse_unc(struct bh_span text, struct parsed *parsed)
{
    size_t at = 2;
    struct bh_span server = take_segment(text, &at);
    parsed->device = at < text.len && (is_text(server, "?") || is_text(server, "."));
    if (parsed->device || server.len == 0 || is_dots(server) || at == text.len)
        return false;
    at += 1;
    struct bh_span share = take_segment(text, &at);
    if (share.len == 0 || is_dots(share))
        return false;
    parsed->root = BH_PATH_UNC;
    parsed->server = server;
    parsed->share = share;
    parsed->rest = bh_span_from_index(text, at);
    return true;
}

static struct parsed parse(struct bh_span text)
{
    struct parsed parsed = {.root = BH_PATH_RELATIVE, .rest = text};
    if (text.len >= 2 && is_separator(text.data[0]) && is_separator(text.data[1]) && parse_unc(text, &parsed))
        return parsed;
    if (text.len >= 2 && is_letter(text.data[0]) && text.data[1] == ':') {
        parsed.root = BH_PATH_DRIVE;
        parsed.drive = text.data[0];
        parsed.rest = bh_span_from_index(text, 2);
    } else if (text.len >= 1 && is_separator(text.data[0])) {
        parsed.root = BH_PATH_SLASH;
    } else if (text.len >= 1 && text.data[0] == '~' && (text.len == 1 || is_separator(text.data[1]))) {
        parsed.root = BH_PATH_HOME;
        parsed.rest = bh_span_from_index(text, 1);
    }
    return parsed;
}

static void put(struct builder *out, struct bh_span text)
{
    if (text.len > 0)
        memcpy(out->data + out->len, text.data, text.len);
    out->len += text.len;
}

static void put_root(struct builder *out, const struct parsed *parsed)
{
    switch (parsed->root) {
    case BH_PATH_RELATIVE:
        break;
    case BH_PATH_HOME:
        put(out, BH_SPAN("~"));
        break;
    case BH_PATH_SLASH:
        put(out, BH_SPAN("/"));
        break;
    case BH_PATH_DRIVE:
        put(out, (struct bh_span){&parsed->drive, 1});
        put(out, BH_SPAN(":/"));
        break;
    case BH_PATH_UNC:
        put(out, BH_SPAN("//"));
        put(out, parsed->server);
        put(out, BH_SPAN("/"));
        put(out, parsed->share);
        break;
    }
    out->floor = out->len;
    out->rooted = is_absolute(parsed->root);
}

/* Takes back the last segment; false when there is none that could be taken back. */
static bool pop_segment(struct builder *out)
{
    if (out->len == out->floor)
        return false;
    size_t start = out->len;
    while (start > out->floor && out->data[start - 1] != '/')
        start--;
    if (is_text((struct bh_span){out->data + start, out->len - start}, ".."))
        return false;
    out->len = start > out->floor ? start - 1 : out->floor;
    return true;
}

static void push_segment(struct builder *out, struct bh_span segment)
{
    if (segment.len == 0 || is_text(segment, "."))
        return;
    if (is_text(segment, "..") && (pop_segment(out) || out->rooted))
        return;
    if (out->len > 0 && out->data[out->len - 1] != '/')
        put(out, BH_SPAN("/"));
    put(out, segment);
}

static void push_all(struct builder *out, struct bh_span text)
{
    for (size_t at = 0; at < text.len; at++) {
        struct bh_span segment = take_segment(text, &at);
        push_segment(out, segment);
    }
}

/* True when the relative text begins with exactly that segment. */
static bool begins_with_segment(struct bh_span text, const char *segment)
{
    struct bh_span prefix = bh_span_from(segment);
    return bh_span_starts_with(text, prefix) && (text.len == prefix.len || text.data[prefix.len] == '/');
}

/* True for a relative text that would be read as something else if it stood alone: a folder named "~" or
 * "C:". */
static bool looks_rooted(struct bh_span relative)
{
    return parse(relative).root != BH_PATH_RELATIVE;
}

/*
 * Root of `base` plus the segments of base and then of `tail`. A relative result that looks rooted is written
 * with
 * "./" in front, so that a folder named "~" is never taken for the home folder, nor "C:" for a drive.
 */
static bool normalise(
    const struct parsed *base, struct bh_span tail, struct bh_arena *scratch, struct bh_span *ret_text)
{
    const size_t room = 16;
    struct builder out = {NULL, 0, 0, false};
    char *memory =
        bh_arena_alloc(scratch, base->server.len + base->share.len + base->rest.len + tail.len + room);
    if (memory == NULL)
        return false;
    out.data = memory + 2;
    put_root(&out, base);
    push_all(&out, base->rest);
    push_all(&out, tail);
    struct bh_span text = {out.data, out.len};
    if (base->root == BH_PATH_RELATIVE && text.len == 0) {
        text = BH_SPAN(".");
    } else if (base->root == BH_PATH_RELATIVE && looks_rooted(text)) {
        memcpy(memory, "./", 2);
        text = (struct bh_span){memory, out.len + 2};
    }
    *ret_text = text;
    return true;
}

/* Index in `path` behind the prefix of the folder, SIZE_MAX when the path does not begin with it. */
static size_t skip_prefix(struct bh_span path, struct bh_span folder, bool ignore_case)
{
    if (!ignore_case)
        return bh_span_starts_with(path, folder) ? folder.len : SIZE_MAX;
    size_t in_path = 0;
    size_t in_folder = 0;
    while (in_folder < folder.len) {
        if (in_path >= path.len || bh_fold_code_point(bh_span_next_code_point(path, &in_path)) !=
                                       bh_fold_code_point(bh_span_next_code_point(folder, &in_folder)))
            return SIZE_MAX;
    }
    return in_path;
}

/* The part of an absolute path below an absolute folder: empty for the folder itself, absent when it is
 * elsewhere. */
static struct bh_span part_below(struct bh_span path, struct bh_span folder, enum bh_path_root root)
{
    size_t at = skip_prefix(path, folder, root == BH_PATH_DRIVE);
    if (at == SIZE_MAX)
        return BH_ABSENT;
    if (at == path.len || folder.data[folder.len - 1] == '/')
        return bh_span_from_index(path, at);
    return path.data[at] == '/' ? bh_span_from_index(path, at + 1) : BH_ABSENT;
}

static bool join(
    struct bh_span prefix, struct bh_span rest, struct bh_arena *scratch, struct bh_span *ret_text)
{
    char *memory = bh_arena_alloc(scratch, prefix.len + rest.len);
    if (memory == NULL)
        return false;
    memcpy(memory, prefix.data, prefix.len);
    if (rest.len > 0)
        memcpy(memory + prefix.len, rest.data, rest.len);
    *ret_text = (struct bh_span){memory, prefix.len + rest.len};
    return true;
}

/* What the caller named as cwd or home. */
struct folder {
    bool known; /* and absolute */
    struct parsed parsed;
    struct bh_span text; /* normalised */
};

static bool read_folder(struct bh_span span, struct bh_arena *scratch, struct folder *folder)
{
    *folder = (struct folder){.known = false};
    if (bh_span_is_blank(span))
        return true;
    folder->parsed = parse(span);
    folder->known = is_absolute(folder->parsed.root) && !folder->parsed.device;
    return normalise(&folder->parsed, BH_SPAN(""), scratch, &folder->text);
}

/* The absolute form, the form below cwd, the form below home. */
static bool add_absolute_forms(struct bh_span path, enum bh_path_root root, const struct folder *cwd,
    const struct folder *home, struct bh_arena *scratch, struct bh_span *forms, size_t *count)
{
    forms[(*count)++] = path;
    struct bh_span rest = BH_ABSENT;
    if (cwd->known && cwd->parsed.root == root)
        rest = part_below(path, cwd->text, root);
    if (!bh_span_is_absent(rest)) {
        struct bh_span form = rest.len == 0 ? BH_SPAN(".") : rest;
        if (looks_rooted(rest) && !join(BH_SPAN("./"), rest, scratch, &form))
            return false;
        forms[(*count)++] = form;
    }
    rest = BH_ABSENT;
    if (home->known && home->parsed.root == root)
        rest = part_below(path, home->text, root);
    if (!bh_span_is_absent(rest)) {
        struct bh_span form = BH_SPAN("~");
        if (rest.len > 0 && !join(BH_SPAN("~/"), rest, scratch, &form))
            return false;
        forms[(*count)++] = form;
    }
    return true;
}

/* What the path hangs on: home, cwd, or nothing but itself. */
static struct parsed base_of(
    const struct parsed *path, const struct folder *cwd, const struct folder *home, struct bh_span *ret_tail)
{
    const struct folder *folder = path->root == BH_PATH_HOME ? home : cwd;
    if (is_absolute(path->root) || bh_span_is_absent(folder->text)) {
        *ret_tail = BH_SPAN("");
        return *path;
    }
    *ret_tail = path->rest;
    return folder->parsed;
}

/* The UNC path again, with server and share as plain folders. */
static bool add_posix_forms(const struct parsed *base, struct bh_span tail, const struct folder *cwd,
    const struct folder *home, struct bh_arena *scratch, struct bh_path_forms *forms)
{
    struct parsed posix = {.root = BH_PATH_SLASH};
    const char *end = base->rest.data + base->rest.len;
    posix.rest = (struct bh_span){base->server.data, (size_t)(end - base->server.data)};
    struct bh_span text;
    return normalise(&posix, tail, scratch, &text) &&
           add_absolute_forms(
               text, BH_PATH_SLASH, cwd, home, scratch, forms->posix_candidates, &forms->posix_count);
}

/* True for a path that leads above the unknown folder it starts in. */
static bool leads_above(struct bh_span text, enum bh_path_root root)
{
    return begins_with_segment(root == BH_PATH_HOME ? bh_span_from_index(text, 2) : text, "..");
}

bool bh_path_forms(struct bh_span path, struct bh_span cwd, struct bh_span home, struct bh_arena *scratch,
    struct bh_path_forms *ret_forms)
{
    struct folder cwd_folder;
    struct folder home_folder;
    struct bh_path_forms forms = {.target = BH_ABSENT};
    if (path.len > BH_PATH_LIMIT || cwd.len > BH_PATH_LIMIT || home.len > BH_PATH_LIMIT ||
        !read_folder(cwd, scratch, &cwd_folder) || !read_folder(home, scratch, &home_folder))
        return false;
    struct parsed parsed = parse(path);
    struct bh_span tail;
    struct parsed base = base_of(&parsed, &cwd_folder, &home_folder, &tail);
    forms.root = base.root;
    forms.cwd_known = cwd_folder.known;
    forms.home_known = home_folder.known;
    if (!base.device && !bh_span_is_blank(path)) {
        if (!normalise(&base, tail, scratch, &forms.target))
            return false;
        bool judgeable = memchr(forms.target.data, 0, forms.target.len) == NULL;
        if (judgeable && is_absolute(base.root)) {
            if (!add_absolute_forms(forms.target, base.root, &cwd_folder, &home_folder, scratch,
                    forms.candidates, &forms.count))
                return false;
        } else if (judgeable && !leads_above(forms.target, base.root)) {
            forms.candidates[forms.count++] = forms.target;
        }
        if (base.root == BH_PATH_UNC &&
            !add_posix_forms(&base, tail, &cwd_folder, &home_folder, scratch, &forms))
            return false;
    }
    *ret_forms = forms;
    return true;
}
