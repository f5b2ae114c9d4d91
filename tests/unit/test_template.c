// SPDX-License-Identifier: Apache-2.0
#include "core/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lib/json.h"

/* What is compiled in is JSON in which things are found by their kind and id, and nothing else is. */
static void what_is_compiled_in_is_found_by_kind_and_id(void **state)
{
    (void)state;
    json_t *document = NULL;
    assert_int_equal(bh_json_parse_unique(bh_template_document, &document), BH_OK);
    const json_t *template = bh_template_find(document, "templates", BH_SPAN("purchase"));
    const json_t *preset = bh_template_find(document, "presets", BH_SPAN("shopper"));
    assert_true(bh_span_equal(bh_json_member_text(template, "action"), BH_SPAN("purchase")));
    assert_int_equal(json_array_size(json_object_get(preset, "scopes")), 2);
    assert_null(bh_template_find(document, "templates", BH_SPAN("shopper")));
    assert_null(bh_template_find(document, "templates", BH_SPAN("purchas")));
    assert_null(bh_template_find(document, "templates", BH_SPAN("")));
    assert_null(bh_template_find(document, "templates", BH_ABSENT));
    assert_null(bh_template_find(document, "nothing", BH_SPAN("purchase")));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_compiled_in_is_found_by_kind_and_id)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
