// SPDX-License-Identifier: Apache-2.0
/* libxml2, and with it the data of all languages, serves the readers of pages alone. */
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "lib/late.h"

#define FUNCTIONS(X)                                                                                         \
    X(xmlInitParser)                                                                                         \
    X(xmlFreeDoc)                                                                                            \
    X(xmlStrEqual)                                                                                           \
    X(xmlSwitchEncoding)                                                                                     \
    X(htmlCreateMemoryParserCtxt)                                                                            \
    X(htmlCtxtUseOptions)                                                                                    \
    X(htmlEntityLookup)                                                                                      \
    X(htmlFreeParserCtxt)                                                                                    \
    X(htmlParseDocument)

BH_LATE(BH_XML_LIBRARY, FUNCTIONS)

void xmlInitParser(void)
{
    if (load())
        late.xmlInitParser();
}

void xmlFreeDoc(xmlDocPtr document)
{
    if (load())
        late.xmlFreeDoc(document);
}

int xmlStrEqual(const xmlChar *a, const xmlChar *b)
{
    return load() ? late.xmlStrEqual(a, b) : 0;
}

int xmlSwitchEncoding(xmlParserCtxtPtr parser, xmlCharEncoding encoding)
{
    return load() ? late.xmlSwitchEncoding(parser, encoding) : -1;
}

htmlParserCtxtPtr htmlCreateMemoryParserCtxt(const char *text, int length)
{
    return load() ? late.htmlCreateMemoryParserCtxt(text, length) : NULL;
}

int htmlCtxtUseOptions(htmlParserCtxtPtr parser, int options)
{
    return load() ? late.htmlCtxtUseOptions(parser, options) : -1;
}

const htmlEntityDesc *htmlEntityLookup(const xmlChar *name)
{
    return load() ? late.htmlEntityLookup(name) : NULL;
}

void htmlFreeParserCtxt(htmlParserCtxtPtr parser)
{
    if (load())
        late.htmlFreeParserCtxt(parser);
}

int htmlParseDocument(htmlParserCtxtPtr parser)
{
    return load() ? late.htmlParseDocument(parser) : -1;
}
