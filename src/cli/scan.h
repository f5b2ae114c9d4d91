// SPDX-License-Identifier: Apache-2.0
/*
 * Finding what an agent could do in a project that a person may want to be asked about. Reads files of the
 * project and nothing else; nothing leaves the machine.
 */
#ifndef BH_CLI_SCAN_H
#define BH_CLI_SCAN_H

#include <jansson.h>

#include "lib/buf.h"

#define BH_SCAN_FINDINGS_MAX 1000
#define BH_SCAN_FILES_MAX 200 /* of one folder */
#define BH_SCAN_FILE_LIMIT ((size_t)1 << 20)

/* What a rule of the tables says of what it matches. */
struct bh_scan_verdict {
    const char *action, *resource, *risk, *reason;
};

struct bh_scan {
    const char *folder;   /* absolute or relative, as it was named */
    const char *agent_id; /* for the suggestions */
    json_t *findings;     /* array of {name, source, command?, action, resource, risk, reason, suggestion} */
    bool incomplete;      /* something could not be read, or was beyond a limit */
};

/* scan_commands.c: the table of commands. Adds a finding for each rule that the command line matches. */
void bh_scan_command(struct bh_scan *scan, const char *name, const char *source, struct bh_span command);
/* ... for each line of a shell script or of the steps of a workflow. */
void bh_scan_lines(struct bh_scan *scan, const char *source, struct bh_span text);
/* scan_files.c: all kinds of files, one table. */
void bh_scan_files(struct bh_scan *scan);

/* `command` absent: none. `resource` NULL: that of the verdict. What is there already is not added again. */
void bh_scan_add(struct bh_scan *scan, const char *name, const char *source, struct bh_span command,
    const char *resource, const struct bh_scan_verdict *verdict);

#endif
