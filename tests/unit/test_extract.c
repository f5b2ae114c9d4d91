// SPDX-License-Identifier: Apache-2.0
#include "core_fixture.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/redact.h"
#include "gateway/extract_wire.h"
#include "gateway/extractor.h"
#include "gateway/page_text.h"
#include "lib/clock.h"
#include "lib/log.h"

#define SIGN "\xef\xbf\xbd"

struct page {
    bool has_title;
    struct bh_buf title, excerpt;
};

static void finish_page(struct page *page)
{
    bh_buf_finish(&page->title);
    bh_buf_finish(&page->excerpt);
}

static void read_page(struct page *page, struct bh_span text, bool cut)
{
    bh_buf_init(&page->title, BH_EXTRACT_TITLE_BYTES);
    bh_buf_init(&page->excerpt, BH_EXTRACT_EXCERPT_BYTES);
    assert_true(bh_extract_page(text, cut, &page->title, &page->has_title, &page->excerpt));
}

static void require_text(struct bh_span span, const char *expected)
{
    if (!bh_span_equal(span, bh_span_from(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)span.len, span.data, expected);
}

/* `title` NULL = none. */
static void require_page(const char *text, const char *title, const char *excerpt)
{
    BH_CLEANUP(finish_page) struct page page = {0};
    read_page(&page, bh_span_from(text), false);
    assert_int_equal(page.has_title, title != NULL);
    require_text(bh_buf_span(&page.title), title == NULL ? "" : title);
    if (excerpt != NULL)
        require_text(bh_buf_span(&page.excerpt), excerpt);
}

/* ---- pages ----------------------------------------------------------------------------------------------
 */

/* The title is the text of the first title element, which must have an end; empty ones are none. */
static void test_titles(void **state)
{
    (void)state;
    require_page("<title>a</title><title>b</title>", "a", NULL);
    require_page("<TiTlE\nlang=x> a \n b\t</tItLe  >", "a b", NULL);
    require_page("<title/>a</title>", "a", NULL);
    require_page("<title>a &amp;amp; &lt;b&gt; &#x41;&#66;&eacute;&NBSP;&nope; &#39; & x</title>",
        "a &amp; <b> AB\xc3\xa9 &nope; ' & x", NULL);
    require_page("<title>&#0;&#xD800;&#99999999999;</title>", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", NULL);
    require_page("<titlex>a</titlex><title>b</title>", NULL, NULL);
    require_page("<title>a", NULL, NULL);
    require_page("<title>a</title", NULL, NULL);
    require_page("<title> &nbsp; </title>", NULL, NULL);
    require_page("<title", NULL, NULL);
    require_page("no title", NULL, "no title");
    require_page("", NULL, "");
}

/* The excerpt is what the elements hold, one blank between them, without scripts, styles and comments. */
static void test_excerpts(void **state)
{
    (void)state;
    require_page(
        "<h1>one</h1><p>two<br>three</p>\n<ul><li>four<li>five</ul>", NULL, "one two three four five");
    require_page("a<script>b<p>c</p></script>d<style>e</style>f<!-- g <p>h</p> -->i", NULL, "a d f i");
    require_page("<template><p>a</p></template>b<noscript>c</noscript>", NULL, "b c");
    require_page("a &amp;lt; &lt;p&gt; &eacute; &#x1F600; &nope; &", NULL,
        "a &lt; <p> \xc3\xa9 \xf0\x9f\x98\x80 &nope; &");
    require_page("<p title='not this'>a<img alt='nor this'>", NULL, "a");
    require_page("<script>never closed <p>a</p>", NULL, "");
    require_page("\xef\xbb\xbf<html><head><meta charset=iso-8859-1></head><body>\xc3\xa9 \xe2\x82\xac", NULL,
        "\xc3\xa9 \xe2\x82\xac");
}

/* Bytes that are no text become one sign each, and a character that the cut has halved becomes nothing. */
static void test_bytes(void **state)
{
    BH_CLEANUP(finish_page) struct page page = {0};
    BH_CLEANUP(finish_page) struct page cut = {0};
    (void)state;
    read_page(&page, BH_SPAN("<title>\xff\0</title>a\0b\xc3(\xed\xa0\x80"), false);
    require_text(bh_buf_span(&page.title), "\xef\xbf\xbd\xef\xbf\xbd");
    assert_true(bh_page_text_is_valid(bh_buf_span(&page.excerpt), BH_FETCH_EXCERPT_UNITS));
    assert_true(bh_span_find(bh_buf_span(&page.excerpt), BH_SPAN("a\xef\xbf\xbd"
                                                                 "b\xef\xbf\xbd(")) != SIZE_MAX);
    read_page(&cut, BH_SPAN("ab\xf0\x9f\x98"), true);
    require_text(bh_buf_span(&cut.excerpt), "ab");
}

/* Text that is no markup: forbidden forms of UTF-8 and NUL become one sign a byte, white space runs one
 * blank. */
static void test_plain_text(void **state)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf out = {0};
    struct bh_page_text text = {.out = &out, .limit = 100};
    (void)state;
    bh_buf_init(&out, 400);
    bh_page_text_add(
        &text, BH_SPAN(" a\xed\xa0\x80 \n\xe0\x80\xaf\xf4\x90\x80\x80\xc0\xaf\0\xef\xbf\xbd\xed\x9f\xbf"));
    require_text(bh_buf_span(&out),
        "a" SIGN SIGN SIGN " " SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN "\xed\x9f\xbf");
    assert_true(bh_span_is_utf8(bh_buf_span(&out)));
    assert_true(bh_page_text_is_valid(bh_buf_span(&out), 100));
    static const char *const forbidden[] = {"\xed\xa0\x80", "\xe0\x80\xaf", "\xf4\x90\x80\x80", "\xc0\xaf"};
    for (size_t i = 0; i < BH_COUNT(forbidden); i++)
        assert_false(bh_page_text_is_valid(bh_span_from(forbidden[i]), 100));
}

static void add_many(struct bh_buf *text, const char *piece, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bh_buf_add_text(text, piece);
}

static void require_limits(const char *piece, size_t count, size_t title_units, size_t excerpt_units)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(finish_page) struct page page = {0};
    bh_buf_init(&text, (size_t)32 << 20);
    bh_buf_add_text(&text, "<title>");
    add_many(&text, piece, count);
    bh_buf_add_text(&text, "</title><p>");
    add_many(&text, piece, count);
    read_page(&page, bh_buf_span(&text), false);
    assert_int_equal(bh_span_utf16_length(bh_buf_span(&page.title)), title_units);
    assert_int_equal(bh_span_utf16_length(bh_buf_span(&page.excerpt)), excerpt_units);
}

/* Both are cut at their limits of UTF-16 units, never inside a character. */
static void test_limits(void **state)
{
    (void)state;
    require_limits("a", 199, 199, 399);
    require_limits("a", 200, 200, 401);
    require_limits("a", 201, 200, 403);
    require_limits("\xe2\x82\xac", 5000, 200, 4000);
    require_limits("x\xf0\x9f\x98\x80", 1, 3, 7);
    require_limits("\xf0\x9f\x98\x80", 5000, 200, 4000);
    require_limits("\xf0\x9f\x98\x80x\xf0\x9f\x98\x80", 5000, 200, 4000);
    require_limits("aaaaaaaaaa", 600000, 200, 4000);
}

/* Pages that want to be expensive are not: depth, open ends, references and huge attributes. */
static void test_hostile(void **state)
{
    static const char *const pieces[] = {"<p>", "<div><b>", "<table><tr><td>", "</p>", "<a href=\"", "<!--",
        "&", "&#", "<", "<![CDATA[", "<script>", "<title>", "<x y='", "\xff", "<svg><style>", "<?php "};
    (void)state;
    for (size_t i = 0; i < BH_COUNT(pieces); i++) {
        BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
        BH_CLEANUP(finish_page) struct page page = {0};
        bh_buf_init(&text, (size_t)1 << 20);
        while (text.len < BH_FETCH_BODY_MAX)
            bh_buf_add_text(&text, pieces[i]);
        read_page(&page, (struct bh_span){text.data, BH_FETCH_BODY_MAX}, true);
        assert_true(bh_page_text_is_valid(bh_buf_span(&page.excerpt), BH_FETCH_EXCERPT_UNITS));
    }
}

/* Entities that a document declares are none: nothing is expanded, and nothing is read from elsewhere. */
static void test_entities(void **state)
{
    BH_CLEANUP(finish_page) struct page page = {0};
    (void)state;
    read_page(&page,
        BH_SPAN(
            "<?xml version=\"1.0\"?><!DOCTYPE html [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">"
            "<!ENTITY f SYSTEM \"file:///etc/hostname\">]><html><body><p>&b;&b;&f;</p></body></html>"),
        false);
    assert_true(bh_span_find(bh_buf_span(&page.excerpt), BH_SPAN("&b;&b;&f;")) != SIZE_MAX);
    assert_true(page.excerpt.len < 200);
}

/* ---- the child ------------------------------------------------------------------------------------------
 */

static void wait_for(struct bh_extraction *extraction)
{
    while (!extraction->ended) {
        struct curl_waitfd waits = bh_extraction_waits_for(extraction);
        struct pollfd ready = {
            .fd = waits.fd, .events = (short)(POLLIN | (waits.events & CURL_WAIT_POLLOUT ? POLLOUT : 0))};
        (void)poll(&ready, 1, 100);
        bh_extraction_step(extraction, bh_clock_steady_ms());
    }
}

static void extract(
    struct bh_extraction *extraction, struct bh_extractor *extractor, const char *page, bool cut)
{
    bh_extraction_init(extraction, extractor, bh_span_from(page), cut, bh_clock_steady_ms());
    wait_for(extraction);
}

/* Children read page after page, each its own. */
static void test_children(void **state)
{
    struct bh_extractor extractor;
    (void)state;
    bh_extractor_init(&extractor);
    for (int i = 0; i < 5; i++) {
        char page[64];
        char title[32];
        struct bh_extraction extraction;
        snprintf(title, sizeof(title), "page %d", i);
        snprintf(page, sizeof(page), "<title>%s</title><p>text", title);
        extract(&extraction, &extractor, page, false);
        assert_true(extraction.succeeded);
        require_text(extraction.title, title);
        bh_extraction_finish(&extraction, &extractor);
    }
    assert_int_equal(extractor.running, 0);
    assert_int_equal(extractor.spare_count, BH_EXTRACT_SPARES);
    bh_extractor_finish(&extractor);
}

/* The largest page goes through, and as many children at a time as are allowed. */
static void test_largest(void **state)
{
    struct bh_extractor extractor;
    struct bh_extraction extractions[BH_EXTRACT_RUNNING];
    BH_CLEANUP(bh_buf_finish) struct bh_buf page = {0};
    (void)state;
    bh_extractor_init(&extractor);
    bh_buf_init(&page, BH_FETCH_BODY_MAX);
    while (page.len < BH_FETCH_BODY_MAX)
        bh_buf_add_char(&page, 'x');
    for (size_t i = 0; i < BH_EXTRACT_RUNNING; i++) {
        assert_true(bh_extractor_has_place(&extractor));
        bh_extraction_init(
            &extractions[i], &extractor, bh_buf_span(&page), true, bh_clock_steady_ms() + 10000);
    }
    assert_false(bh_extractor_has_place(&extractor));
    for (size_t i = 0; i < BH_EXTRACT_RUNNING; i++) {
        wait_for(&extractions[i]);
        assert_true(extractions[i].succeeded);
        assert_true(bh_span_is_absent(extractions[i].title));
        assert_int_equal(extractions[i].excerpt.len, BH_FETCH_EXCERPT_UNITS);
        bh_extraction_finish(&extractions[i], &extractor);
    }
    assert_true(bh_extractor_has_place(&extractor));
    bh_extractor_finish(&extractor);
}

/* A child that dies, hangs or answers nonsense has no title and no excerpt, and the next one is not harmed.
 */
static void test_bad_children(void **state)
{
    static const char *const pages[] = {
        "!die", "!hang", "!nothing", "!half", "!garbage", "!long", "!endless", "!unicode", "!nul", "!flag"};
    struct bh_extractor extractor;
    (void)state;
    bh_extractor_init(&extractor);
    for (size_t i = 0; i < BH_COUNT(pages); i++) {
        struct bh_extraction extraction;
        extract(&extraction, &extractor, pages[i], false);
        if (extraction.succeeded)
            fail_msg("%s succeeded", pages[i]);
        assert_true(bh_span_is_absent(extraction.title));
        bh_extraction_finish(&extraction, &extractor);
    }
    struct bh_extraction extraction;
    extract(&extraction, &extractor, "!fair", false);
    assert_true(extraction.succeeded);
    require_text(extraction.excerpt, "ab");
    bh_extraction_finish(&extraction, &extractor);
    bh_extractor_finish(&extractor);
}

/* When the child was killed meanwhile, its workers go with it, and all are replaced. */
static void test_killed_nursery(void **state)
{
    struct bh_extractor extractor;
    struct bh_extraction extraction;
    (void)state;
    bh_extractor_init(&extractor);
    extract(&extraction, &extractor, "<p>before", false);
    assert_true(extraction.succeeded);
    bh_extraction_finish(&extraction, &extractor);
    assert_int_equal(kill(extractor.nursery, SIGKILL), 0);
    struct pollfd gone = {.fd = extractor.control, .events = POLLIN};
    assert_int_equal(poll(&gone, 1, 10000), 1);
    for (size_t i = 0; i < extractor.spare_count; i++) {
        struct pollfd end = {.fd = extractor.spares[i], .events = POLLIN};
        assert_int_equal(poll(&end, 1, 10000), 1);
    }
    extract(&extraction, &extractor, "<p>after", false);
    assert_true(extraction.succeeded);
    require_text(extraction.excerpt, "after");
    bh_extraction_finish(&extraction, &extractor);
    bh_extractor_finish(&extractor);
}

/* ---- children that lie ----------------------------------------------------------------------------------
 */

static void say(const void *data, size_t size)
{
    if (write(STDOUT_FILENO, data, size) != (ssize_t)size)
        _exit(1);
}

static void say_answer(uint32_t magic, uint32_t has_title, uint32_t stated, const char *text, size_t length)
{
    const struct bh_extract_answer head = {
        .magic = magic, .has_title = has_title, .title_length = 0, .excerpt_length = stated};
    say(&head, sizeof(head));
    say(text, length);
}

static bool is_page(const char *page, const char *name)
{
    return strncmp(page, name, strlen(name)) == 0;
}

static void lie(const char *page)
{
    if (is_page(page, "!die"))
        (void)raise(SIGKILL);
    if (is_page(page, "!hang"))
        sleep(60);
    if (is_page(page, "!half"))
        say_answer(BH_EXTRACT_MAGIC, 0, 5, "ab", 2);
    if (is_page(page, "!garbage"))
        say_answer(1, 0, 2, "ab", 2);
    if (is_page(page, "!long"))
        say_answer(BH_EXTRACT_MAGIC, 0, 1, "ab", 2);
    if (is_page(page, "!unicode"))
        say_answer(BH_EXTRACT_MAGIC, 0, 2, "a\xff", 2);
    if (is_page(page, "!nul"))
        say_answer(BH_EXTRACT_MAGIC, 0, 2, "a\0", 2);
    if (is_page(page, "!flag"))
        say_answer(BH_EXTRACT_MAGIC, 2, 2, "ab", 2);
    if (is_page(page, "!fair"))
        say_answer(BH_EXTRACT_MAGIC, 0, 2, "ab", 2);
    while (is_page(page, "!endless"))
        say(page, 4);
    _exit(0);
}

/* This program is also its own child. Pages that begin with "!" are read by one that lies. */
static void work(void)
{
    char page[sizeof(struct bh_extract_request) + 10] = "";
    const size_t head = sizeof(struct bh_extract_request);
    ssize_t count = recv(STDIN_FILENO, page, sizeof(page) - 1, MSG_PEEK);
    if (count <= (ssize_t)head || page[head] != '!')
        bh_extract_work();
    if (recv(STDIN_FILENO, page, sizeof(page) - 1, 0) !=
        count) /* what is left unread resets the connection */
        _exit(1);
    lie(page + head);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_excerpts),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_plain_text),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_entities),
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_bad_children),
        cmocka_unit_test(test_killed_nursery),
    };
    if (argc == 2 && strcmp(argv[1], BH_EXTRACT_COMMAND) == 0)
        return bh_extract_nursery(work);
    bh_log_setup(BH_LOG_WARN, BH_LOG_HUMAN, bh_redact);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
