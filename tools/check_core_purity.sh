#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The decision core takes values and gives values: no clock, no file, no heap, no locale, no randomness.
# Usage: tools/check_core_purity.sh PATH/libbehalf_core.a
# Prints every undefined symbol that is not on the list, and then exits with 1.
set -eu

if [ $# -ne 1 ] || [ ! -r "$1" ]; then
    echo "usage: $0 STATIC_LIBRARY" >&2
    exit 2
fi

allowed='
memcpy memmove memset memcmp memchr wmemchr strlen __stack_chk_fail _GLOBAL_OFFSET_TABLE_
json_object_get json_object_size json_array_get json_array_size json_string_value json_string_length
json_number_value json_object_iter json_object_iter_next json_object_iter_key json_object_iter_key_len
json_object_iter_value
'
# Of our own library only what neither waits, reads a clock, draws randomness nor logs; JSON only as values.
allowed_own='^bh_(span|arena|buf|json|time|sha256|ed25519|hex|hmac|base64url|equal|err)_?[a-z0-9_]*$'

symbols=$(nm -u "$1")
defined=$(nm --defined-only "$1" | awk 'NF == 3 { print $3 }')
offending=$(
    printf '%s\n' "$symbols" | awk '$1 == "U" { print $2 }' | sort -u | while read -r symbol; do
        case "$symbol" in
        __asan_* | __ubsan_* | __tsan_* | __sanitizer_* | __gcov_* | __sancov_* | llvm_gcov_*) continue ;;
        esac
        printf '%s\n' $allowed $defined | grep -qxF -- "$symbol" && continue
        if [ "$symbol" != bh_json_parse ] && [ "$symbol" != bh_json_parse_object ] &&
            [ "$symbol" != bh_json_parse_unique ] &&
            printf '%s\n' "$symbol" | grep -qE -- "$allowed_own"; then
            continue
        fi
        printf '%s\n' "$symbol"
    done
)
if [ -n "$offending" ]; then
    echo "The decision core uses what it must not:" >&2
    printf '%s\n' "$offending"
    exit 1
fi
