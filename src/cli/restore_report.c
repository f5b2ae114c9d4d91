// SPDX-License-Identifier: Apache-2.0
#include "cli/restore_report.h"

#include "client/output.h"
#include "lib/timefmt.h"

static const char *or_null(const char *text)
{
    return text[0] == 0 ? NULL : text;
}

/* What is not known is null, and not 0. */
static json_t *replaced_json(const struct bh_restore_report *report)
{
    bool known = !report->replaced_unread || report->replaced_last > 0;
    return known ? json_integer((json_int_t)report->replaced_last) : json_null();
}

json_t *bh_restore_report_json(const struct bh_restore_report *report)
{
    char now[BH_TIME_TEXT];
    char newest[BH_TIME_TEXT];
    const struct bh_copy_counts *counts = &report->counts;
    bh_time_format(report->restored_at, now);
    bh_time_format(report->facts.last_at, newest);
    return json_pack("{s:s, s:s, s:s, s:I, s:s?, s:b, s:s, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I, "
                     "s:I, s:I, s:I, s:I, s:I}, "
                     "s:o, s:s?, s:s?}",
        "file", report->file, "dataDir", report->data_dir, "restoredAt", now, "lastDecision",
        (json_int_t)report->facts.last_row, "lastDecisionAt", report->facts.last_row > 0 ? newest : NULL,
        "logVerified", (int)report->verified, "keyCheck", report->facts.key_check, "ended", "approvals",
        (json_int_t)report->ended.grants, "sessions", (json_int_t)report->ended.sessions, "links",
        (json_int_t)report->ended.links, "inForce", "agents", (json_int_t)counts->agents, "permissions",
        (json_int_t)counts->permissions, "developerTokens", (json_int_t)counts->tokens, "siteKeys",
        (json_int_t)counts->site_keys, "people", (json_int_t)counts->people, "waitingApprovals",
        (json_int_t)counts->pending, "passportLinks", (json_int_t)counts->passports, "webhooks",
        (json_int_t)counts->webhooks, "sites", (json_int_t)counts->sites, "signingKeys",
        (json_int_t)counts->signing_keys, "replacedLastDecision", replaced_json(report), "oldDatabase",
        or_null(report->old_database), "oldKey", or_null(report->old_key));
}

static void write_old(const struct bh_restore_report *report)
{
    if (report->old_database[0] != 0)
        bh_output_write_line("before   %s", report->old_database);
    if (report->old_key[0] != 0)
        bh_output_write_line("         %s", report->old_key);
}

/* What is in force again, and the commands to look through it. */
static void note_returning(const struct bh_copy_counts *counts)
{
    const struct {
        int64_t count;
        const char *what, *look;
    } rows[] = {
        {counts->agents, "active agents' keys", "behalf agents list; behalf agents rotate-key, disable"},
        {counts->permissions, "active permissions", "behalf permissions list; behalf permissions revoke"},
        {counts->tokens, "developer tokens", "behalf admin token list; behalf admin token revoke"},
        {counts->site_keys, "keys of sites", "behalf sites keys; behalf sites keys revoke"},
        {counts->sites, "active sites", "behalf sites list; their rules are those of then"},
        {counts->webhooks, "active webhooks",
            "behalf webhooks list; also deleted ones, with their secrets of then"},
        {counts->passports, "passport links", "revoked ones open again: behalf passport"},
        {counts->signing_keys, "keys that sign", "behalf admin keys list; behalf admin keys rotate"},
        {counts->people, "people", "behalf admin people list; their passwords are those of then"},
        {counts->pending, "requests that wait", "somebody may have answered them after the backup"},
    };
    for (size_t i = 0; i < BH_COUNT(rows); i++)
        bh_output_note("  %6lld  %-20s %s", (long long)rows[i].count, rows[i].what, rows[i].look);
    bh_output_note("          %-20s %s", "the log", "entries that were erased since: behalf logs delete");
}

/* On stderr, so that nobody reads over it in a log of results. */
static void warn(const struct bh_restore_report *report)
{
    const struct bh_copy_counts *counts = &report->counts;
    char newest[BH_TIME_TEXT];
    bh_time_format(report->facts.last_at, newest);
    if (report->replaced_last > report->facts.last_row)
        bh_output_note(
            "WARNING: %lld decisions that were recorded after the backup are not in the log any more.",
            (long long)(report->replaced_last - report->facts.last_row));
    if (report->replaced_unread)
        bh_output_note(
            "WARNING: the database that was there cannot be read: how many decisions were recorded "
            "after the\nbackup is not known.");
    bh_output_note(
        "WARNING: what was revoked, rotated, denied or changed after the backup is in force again as "
        "it was then.\nLook through it before agents use this server:");
    note_returning(counts);
    bh_output_note(
        "Ended, so that nothing is used twice: %lld approvals that were not used yet, %lld sessions "
        "(everybody\nsigns in again), %lld links and codes.",
        (long long)report->ended.grants, (long long)report->ended.sessions, (long long)report->ended.links);
}

void bh_restore_report_write(const struct bh_restore_report *report)
{
    char newest[BH_TIME_TEXT];
    bh_time_format(report->facts.last_at, newest);
    bh_output_write_line("restored %s", report->file);
    bh_output_write_line("into     %s", report->data_dir);
    if (report->facts.last_row > 0)
        bh_output_write_line(
            "log      through decision %lld of %s", (long long)report->facts.last_row, newest);
    else
        bh_output_write_line("log      no decisions");
    bh_output_write_line("checked  %s",
        report->verified ? "every page; the log is intact" : "every page, but not the log (--no-verify)");
    bh_output_write_line("key      %s (check value)", report->facts.key_check);
    write_old(report);
    warn(report);
}
