// SPDX-License-Identifier: Apache-2.0
#include "gateway/extract.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/extract_wire.h"
#include "gateway/fetch.h"
#include "gateway/sandbox.h"

static bool read_whole(void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = read(STDIN_FILENO, (char *)data + done, size - done);
        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static bool write_whole(struct bh_span data)
{
    for (size_t done = 0; done < data.len;) {
        ssize_t count = write(STDOUT_FILENO, data.data + done, data.len - done);
        if (count < 0 && errno != EINTR)
            return false;
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Everything that is made at first use is made now; later it would need calls that are given up. */
static bool prepare(void)
{
    bool has_title;
    BH_CLEANUP(bh_buf_finish) struct bh_buf title = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf excerpt = {0};
    bh_buf_init(&title, BH_EXTRACT_TITLE_BYTES);
    bh_buf_init(&excerpt, BH_EXTRACT_EXCERPT_BYTES);
    xmlInitParser();
    return bh_extract_page(BH_SPAN("<title>&eacute;</title><p>&amp;</p><script>x</script>\xff"), true, &title,
        &has_title, &excerpt);
}

static bool answer(struct bh_span page, bool cut)
{
    bool has_title;
    struct bh_extract_answer head;
    BH_CLEANUP(bh_buf_finish) struct bh_buf title = {0};
    BH_CLEANUP(bh_buf_finish) struct bh_buf excerpt = {0};
    bh_buf_init(&title, BH_EXTRACT_TITLE_BYTES);
    bh_buf_init(&excerpt, BH_EXTRACT_EXCERPT_BYTES);
    if (!bh_extract_page(page, cut, &title, &has_title, &excerpt))
        return false;
    head = (struct bh_extract_answer){.magic = BH_EXTRACT_MAGIC,
        .has_title = has_title,
        .title_length = (uint32_t)title.len,
        .excerpt_length = (uint32_t)excerpt.len};
    return write_whole((struct bh_span){(const char *)&head, sizeof(head)}) &&
           write_whole(bh_buf_span(&title)) && write_whole(bh_buf_span(&excerpt));
}

int bh_extract_child(void)
{
    struct bh_extract_request head;
    if (!prepare() || !bh_sandbox_enter(BH_EXTRACT_MEMORY, BH_EXTRACT_CPU_S))
        _exit(1);
    if (!read_whole(&head, sizeof(head)) || head.page_length > BH_FETCH_BODY_MAX)
        _exit(1);
    char *page = malloc(head.page_length + 1);
    if (page == NULL || !read_whole(page, head.page_length))
        _exit(1);
    bool is_done = answer((struct bh_span){page, head.page_length}, head.cut != 0);
    _exit(is_done ? 0 : 1); /* without the work that a normal end does */
}
