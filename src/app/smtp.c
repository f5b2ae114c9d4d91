// SPDX-License-Identifier: Apache-2.0
#include "app/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/digest.h"
#include "lib/random.h"

#define CONNECT_TIMEOUT_MS 10000L
#define TOTAL_TIMEOUT_MS 30000L
#define MAIL_LIMIT 16384

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool there = curl_url_get(url, part, &text, 0) == CURLUE_OK && text[0] != 0 && strcmp(text, "/") != 0;
    curl_free(text);
    return there;
}

bool bh_smtp_url_is_usable(const char *text)
{
    char *scheme = NULL;
    CURLU *url = curl_url();
    bool usable = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                  curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  (strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0) &&
                  has_part(url, CURLUPART_HOST) && !has_part(url, CURLUPART_PATH) &&
                  !has_part(url, CURLUPART_QUERY) && !has_part(url, CURLUPART_FRAGMENT);
    curl_free(scheme);
    curl_url_cleanup(url);
    return usable;
}

static bool is_loopback(const char *text)
{
    char *host = NULL;
    CURLU *url = curl_url();
    bool loopback = false;
    if (url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        loopback = strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
                   (strncmp(host, "127.", 4) == 0 && host[strspn(host, "0123456789.")] == 0);
    curl_free(host);
    curl_url_cleanup(url);
    return loopback;
}

/* RFC 5322, in English whatever the locale is. */
static void add_date(struct bh_buf *mail, int64_t now_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(now_ms / 1000);
    struct tm tm;
    if (gmtime_r(&now, &tm) == NULL)
        return;
    bh_buf_addf(mail, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
        months[tm.tm_mon], 1900 + tm.tm_year, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_mail(const struct bh_smtp *smtp, const char *to, const char *subject, const char *text,
    int64_t now_ms, struct bh_buf *mail)
{
    char id[BH_ID_TEXT];
    const char *domain = strchr(smtp->from, '@');
    bh_random_id("mail", id);
    add_date(mail, now_ms);
    bh_buf_addf(mail, "From: BehalfID <%s>\r\nTo: <%s>\r\nMessage-ID: <%s%s>\r\nSubject: %s\r\n", smtp->from,
        to, id, domain == NULL ? "@localhost" : domain, subject);
    bh_buf_add_text(mail, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n");
    for (; *text != 0; text++) {
        if (*text == '\n')
            bh_buf_add_char(mail, '\r');
        bh_buf_add_char(mail, *text);
    }
}

static size_t give(char *data, size_t size, size_t count, void *from)
{
    struct bh_span *rest = from;
    size_t length = size * count < rest->len ? size * count : rest->len;
    memcpy(data, rest->data, length);
    *rest = bh_span_from_index(*rest, length);
    return length;
}

static int progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    atomic_bool *stop = context;
    return atomic_load(stop) ? 1 : 0;
}

/*
 * To another machine nothing goes without TLS and a certificate that fits. On this machine there is nobody in
 * between, and a relay there seldom has a certificate that anybody else signed.
 */
static bool set_security(CURL *curl, bool loopback)
{
    return curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(loopback ? CURLUSESSL_TRY : CURLUSESSL_ALL)) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, loopback ? 0L : 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, loopback ? 0L : 2L) == CURLE_OK;
}

static bool set_options(
    CURL *curl, const struct bh_smtp *smtp, const char *from, struct curl_slist *to, struct bh_span *rest)
{
    return curl_easy_setopt(curl, CURLOPT_URL, smtp->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TOTAL_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_READFUNCTION, give) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_READDATA, rest) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, smtp->stop) == CURLE_OK &&
           set_security(curl, is_loopback(smtp->url));
}

static enum bh_err transfer(
    const struct bh_smtp *smtp, const char *to, struct bh_span mail, const char **ret_reason)
{
    char from[300];
    char recipient[300];
    CURL *curl = curl_easy_init();
    snprintf(from, sizeof(from), "<%s>", smtp->from);
    snprintf(recipient, sizeof(recipient), "<%s>", to);
    struct curl_slist *list = curl_slist_append(NULL, recipient);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (curl != NULL && list != NULL && set_options(curl, smtp, from, list, &mail))
        code = curl_easy_perform(curl);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK)
        return BH_OK;
    *ret_reason = curl_easy_strerror(code);
    return BH_ERR_IO;
}

enum bh_err bh_smtp_send(const struct bh_smtp *smtp, const char *to, const char *subject, const char *text,
    int64_t now_ms, const char **ret_reason)
{
    BH_CLEANUP(bh_buf_finish) struct bh_buf mail = {0};
    bh_buf_init(&mail, MAIL_LIMIT);
    add_mail(smtp, to, subject, text, now_ms, &mail);
    if (mail.failed) {
        *ret_reason = "out of memory";
        return BH_ERR_IO;
    }
    enum bh_err err = transfer(smtp, to, bh_buf_span(&mail), ret_reason);
    bh_wipe(mail.data, mail.len);
    return err;
}
