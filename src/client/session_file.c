// SPDX-License-Identifier: Apache-2.0
#include "client/session_file.h"

#include <errno.h>
#include <string.h>

#include "client/body.h"
#include "client/config_file.h"
#include "client/output.h"
#include "lib/digest.h"
#include "lib/json.h"

#define NAME "/session"
#define COOKIE "behalfid_developer="
#define LINE_LIMIT 16384

void bh_session_file_read(struct bh_buf *ret_secret)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    bh_buf_init(&text, LINE_LIMIT);
    bh_config_file_read_text(NAME, &text);
    struct bh_span line = bh_span_trim(bh_buf_span(&text));
    if (bh_span_starts_with(line, BH_SPAN(COOKIE)))
        bh_buf_add(ret_secret, bh_span_from_index(line, sizeof(COOKIE) - 1));
    bh_buf_add_char(ret_secret, 0);
    bh_wipe(text.data, text.len);
}

static bool note_server(const char *secret, const char *base_url)
{
    BH_CLEANUP(bh_json_release) json_t *config = bh_config_file_read();
    if (secret[0] == 0) {
        if (json_object_get(config, BH_CONFIG_SESSION_URL) == NULL)
            return true;
        json_object_del(config, BH_CONFIG_SESSION_URL);
    } else if (!bh_body_set_text(config, BH_CONFIG_SESSION_URL, base_url)) {
        return false;
    }
    return bh_config_file_save(config);
}

static bool write_line(struct bh_span line)
{
    enum bh_err err = bh_config_file_write_text(NAME, line);
    if (err == BH_OK)
        return true;
    bh_output_error(BH_ABSENT,
        err == BH_ERR_IO ? bh_span_from(strerror(errno)) : BH_SPAN("The session could not be written."),
        BH_SPAN("The session is kept in ~/.behalf/session."));
    return false;
}

/* In this order a secret never lies beside the name of a server that it is not for, wherever it breaks off.
 */
bool bh_session_file_save(const char *secret, const char *base_url)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    if (!write_line(BH_SPAN("")) || !note_server(secret, base_url))
        return false;
    if (secret[0] == 0)
        return true;
    bh_buf_init(&text, LINE_LIMIT);
    bh_buf_addf(&text, COOKIE "%s\n", secret);
    bool written = text.failed ? bh_output_no_memory() == 0 : write_line(bh_buf_span(&text));
    bh_wipe(text.data, text.len);
    return written;
}

bool bh_session_file_clear(bool *ret_was_in)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf secret = {0};
    bh_buf_init(&secret, LINE_LIMIT);
    bh_session_file_read(&secret);
    bool was_in = secret.failed || secret.data[0] != 0;
    bh_wipe(secret.data, secret.len);
    if (was_in && !write_line(BH_SPAN("")))
        return false;
    *ret_was_in = was_in;
    return true;
}
