// SPDX-License-Identifier: Apache-2.0
#include "gateway/extract.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#include "gateway/fetch.h"
#include "gateway/page_text.h"

#define PAGE_MAX ((size_t)16 << 20)
#define BYTES_PER_UNIT 3
#define CHARACTER_MAX 4 /* bytes */
#define ENTITY_NAME_MAX 32

/* ---- the page as UTF-8 ----------------------------------------------------------------------------------
 */

/* Without the half of a character that a cut has left at the end. */
static struct bh_span drop_half(struct bh_span page)
{
    for (size_t back = 1; back < CHARACTER_MAX && back <= page.len; back++) {
        unsigned char byte = (unsigned char)page.data[page.len - back];
        if ((byte & 0xC0) == 0x80)
            continue;
        size_t needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        if (needed > back)
            page.len -= back;
        break;
    }
    return page;
}

/* The parser stops at what is not UTF-8, and at NUL. */
static void decode(struct bh_span page, struct bh_buf *out)
{
    for (size_t at = 0; at < page.len;) {
        size_t start = at;
        uint32_t code_point = bh_span_next_code_point(page, &at);
        if (code_point == 0 || (code_point == 0xFFFD && at - start != 3))
            bh_buf_add_text(out, "\xef\xbf\xbd");
        else
            bh_buf_add(out, (struct bh_span){page.data + start, at - start});
    }
}

/* ---- the title ------------------------------------------------------------------------------------------
 */

static size_t find_nocase(struct bh_span text, struct bh_span needle)
{
    for (size_t at = 0; at + needle.len <= text.len; at++) {
        if (text.data[at] == '<' &&
            bh_span_equal_ascii_nocase((struct bh_span){text.data + at, needle.len}, needle))
            return at;
    }
    return SIZE_MAX;
}

/* What stands between the first <title ...> and its end, which must have been read. */
static bool find_title(struct bh_span page, struct bh_span *ret_title)
{
    const struct bh_span name = BH_SPAN("<title");
    size_t start = find_nocase(page, name);
    if (start == SIZE_MAX)
        return false;
    page = bh_span_from_index(page, start + name.len);
    if (page.len == 0 ||
        (page.data[0] != '>' && page.data[0] != '/' && !bh_span_is_blank((struct bh_span){page.data, 1})))
        return false;
    size_t open = bh_span_find(page, BH_SPAN(">"));
    if (open == SIZE_MAX)
        return false;
    page = bh_span_from_index(page, open + 1);
    size_t end = find_nocase(page, BH_SPAN("</title"));
    if (end == SIZE_MAX || bh_span_find(bh_span_from_index(page, end), BH_SPAN(">")) == SIZE_MAX)
        return false;
    *ret_title = (struct bh_span){page.data, end};
    return true;
}

static void add_code_point(struct bh_page_text *text, uint32_t code_point)
{
    unsigned char bytes[CHARACTER_MAX];
    bool is_usable = code_point > 0 && code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
    uint32_t value = is_usable ? code_point : 0xFFFD;
    size_t length = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length; i-- > 1; value >>= 6)
        bytes[i] = (unsigned char)(0x80 | (value & 0x3F));
    bytes[0] = (unsigned char)(marks[length] | value);
    bh_page_text_add(text, (struct bh_span){(const char *)bytes, length});
}

/* "#65" or "#x41". */
static bool read_number(struct bh_span name, uint32_t *ret_code_point)
{
    bool is_hex = name.len > 1 && (name.data[1] == 'x' || name.data[1] == 'X');
    size_t at = is_hex ? 2 : 1;
    uint32_t value = 0;
    if (at >= name.len)
        return false;
    for (; at < name.len; at++) {
        char c = name.data[at];
        unsigned digit = c >= '0' && c <= '9'             ? (unsigned)(c - '0')
                         : is_hex && c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : is_hex && c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                          : 99;
        if (digit == 99)
            return false;
        if (value <= 0x10FFFF)
            value = value * (is_hex ? 16 : 10) + digit;
    }
    *ret_code_point = value;
    return true;
}

/* Case counts ("&Eacute;"), except in what everybody writes as they like ("&AMP;"). */
static bool read_name(struct bh_span name, uint32_t *ret_code_point)
{
    static const struct {
        const char *name;
        uint32_t code_point;
    } common[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0}};
    char text[ENTITY_NAME_MAX + 1];
    for (size_t i = 0; i < BH_COUNT(common); i++) {
        if (bh_span_equal_ascii_nocase(name, bh_span_from(common[i].name))) {
            *ret_code_point = common[i].code_point;
            return true;
        }
    }
    memcpy(text, name.data, name.len);
    text[name.len] = 0;
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)text);
    if (entity == NULL)
        return false;
    *ret_code_point = entity->value;
    return true;
}

/* Entities are decoded once, in one pass; what is none stays as it is. */
static void add_decoded(struct bh_page_text *text, struct bh_span raw)
{
    for (size_t at = 0; at < raw.len && !text->is_full;) {
        struct bh_span rest = bh_span_from_index(raw, at);
        size_t end = rest.data[0] == '&' ? bh_span_find(rest, BH_SPAN(";")) : SIZE_MAX;
        uint32_t code_point;
        if (end != SIZE_MAX && end > 1 && end - 1 <= ENTITY_NAME_MAX) {
            struct bh_span name = {rest.data + 1, end - 1};
            if (name.data[0] == '#' ? read_number(name, &code_point) : read_name(name, &code_point)) {
                add_code_point(text, code_point);
                at += end + 1;
                continue;
            }
        }
        size_t next = rest.len;
        for (size_t i = 1; i < rest.len && next == rest.len; i++)
            next = rest.data[i] == '&' ? i : next;
        bh_page_text_add(text, (struct bh_span){rest.data, next});
        at += next;
    }
}

/* ---- the excerpt ----------------------------------------------------------------------------------------
 */

struct reader {
    struct bh_page_text text;
    int hidden; /* how many elements that are not shown are open */
};

static bool is_hidden(const xmlChar *name)
{
    return xmlStrEqual(name, BAD_CAST "script") || xmlStrEqual(name, BAD_CAST "style") ||
           xmlStrEqual(name, BAD_CAST "template");
}

static void start_element(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct reader *reader = context;
    (void)attributes;
    bh_page_text_add_gap(&reader->text);
    reader->hidden += is_hidden(name);
}

static void end_element(void *context, const xmlChar *name)
{
    struct reader *reader = context;
    bh_page_text_add_gap(&reader->text);
    if (is_hidden(name) && reader->hidden > 0)
        reader->hidden--;
}

static void take_characters(void *context, const xmlChar *characters, int length)
{
    struct reader *reader = context;
    if (reader->hidden == 0)
        bh_page_text_add(&reader->text, (struct bh_span){(const char *)characters, (size_t)length});
}

static void take_comment(void *context, const xmlChar *comment)
{
    struct reader *reader = context;
    (void)comment;
    bh_page_text_add_gap(&reader->text);
}

static void ignore_error(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
}

/* Events instead of a tree: nothing that a page does makes the work more than its length. */
static bool read_excerpt(struct bh_span page, struct reader *reader)
{
    htmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC,
        .startElement = start_element,
        .endElement = end_element,
        .characters = take_characters,
        .ignorableWhitespace = take_characters,
        .cdataBlock = take_characters,
        .comment = take_comment,
        .serror = ignore_error};
    htmlParserCtxtPtr parser = htmlCreateMemoryParserCtxt(page.data, (int)page.len);
    if (parser == NULL)
        return false;
    htmlSAXHandlerPtr own = parser->sax;
    void *own_data = parser->userData;
    htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                   HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NOIMPLIED);
    (void)xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    parser->sax = &handler;
    parser->userData = reader;
    htmlParseDocument(parser);
    parser->sax = own;
    parser->userData = own_data;
    xmlFreeDoc(parser->myDoc);
    parser->myDoc = NULL;
    htmlFreeParserCtxt(parser);
    return true;
}

bool bh_extract_page(
    struct bh_span page, bool cut, struct bh_buf *ret_title, bool *ret_has_title, struct bh_buf *ret_excerpt)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf whole = {0};
    struct bh_span raw_title;
    struct bh_page_text title = {.out = ret_title, .limit = BH_FETCH_TITLE_UNITS};
    struct reader reader = {.text = {.out = ret_excerpt, .limit = BH_FETCH_EXCERPT_UNITS}};
    bh_buf_init(&whole, BYTES_PER_UNIT * PAGE_MAX);
    if (page.len > PAGE_MAX)
        return false;
    decode(cut ? drop_half(page) : page, &whole);
    if (whole.failed)
        return false;
    if (find_title(bh_buf_span(&whole), &raw_title))
        add_decoded(&title, raw_title);
    *ret_has_title = title.units > 0;
    if (whole.len > 0 && !read_excerpt(bh_buf_span(&whole), &reader))
        return false;
    return !ret_title->failed && !ret_excerpt->failed;
}
