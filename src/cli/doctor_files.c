// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "client/config_file.h"
#include "lib/file.h"
#include "lib/json.h"

#define FILE_LIMIT ((size_t)8 << 20)

/* ---- the folder and the file ---- */

static void check_folder(struct bh_doctor *doctor)
{
    char path[BH_PLACE_TEXT + 32];
    struct stat about;
    snprintf(path, sizeof(path), "%s/.behalf", doctor->place.home);
    if (stat(path, &about) != 0)
        bh_doctor_add(doctor, "Config directory", BH_DOCTOR_WARN, "behalf init", "%s is not there yet", path);
    else if (!S_ISDIR(about.st_mode))
        bh_doctor_add(doctor, "Config directory", BH_DOCTOR_ERROR, "mv ~/.behalf ~/.behalf.old",
            "%s is no directory", path);
    else if ((about.st_mode & 077) != 0)
        bh_doctor_add(doctor, "Config directory", BH_DOCTOR_WARN, "chmod 700 ~/.behalf",
            "%s is open to others (mode %03o)", path, (unsigned)about.st_mode & 0777);
    else
        bh_doctor_add(doctor, "Config directory", BH_DOCTOR_OK, NULL, "%s", path);
}

static void check_file(struct bh_doctor *doctor)
{
    static const char name[] = "Config file";
    char path[BH_PLACE_TEXT + 32];
    struct stat about;
    BH_CLEANUP(bh_buf_finish) struct bh_buf text = {0};
    BH_CLEANUP(bh_json_release) json_t *config = NULL;
    bh_buf_init(&text, FILE_LIMIT);
    snprintf(path, sizeof(path), "%s/.behalf/config.json", doctor->place.home);
    enum bh_err err = bh_file_read(path, &text);
    if (err == BH_ERR_NOT_FOUND)
        bh_doctor_add(doctor, name, BH_DOCTOR_WARN, "behalf init", "%s is not there yet", path);
    else if (err != BH_OK)
        bh_doctor_add(doctor, name, BH_DOCTOR_ERROR, "chmod 600 ~/.behalf/config.json",
            "%s cannot be read, so it counts as empty", path);
    else if (bh_json_parse_object(bh_buf_span(&text), &config) != BH_OK)
        bh_doctor_add(doctor, name, BH_DOCTOR_ERROR, "mv ~/.behalf/config.json ~/.behalf/config.json.old",
            "%s is no JSON object, so it counts as empty", path);
    else if (stat(path, &about) == 0 && (about.st_mode & 077) != 0)
        bh_doctor_add(doctor, name, BH_DOCTOR_WARN, "chmod 600 ~/.behalf/config.json",
            "%s is open to others (mode %03o)", path, (unsigned)about.st_mode & 0777);
    else
        bh_doctor_add(doctor, name, BH_DOCTOR_OK, NULL, "%s", path);
}

/* ---- what is in it, or in the environment ---- */

/* Letters, digits and what is in `others`. */
static bool is_made_of(const char *text, const char *others)
{
    for (; *text != 0; text++) {
        if (!isalnum((unsigned char)*text) && strchr(others, *text) == NULL)
            return false;
    }
    return true;
}

/* Who is signed in can make an agent; who is not is asked. */
static const char *find_agent_fix(const struct bh_doctor *doctor)
{
    bool known = doctor->client.developer_token != NULL || doctor->client.session != NULL;
    return known ? "behalf agents create --name \"Coding agent\" --save" : "behalf init";
}

static void check_agent_id(struct bh_doctor *doctor)
{
    const char *id = doctor->agent_id;
    if (id == NULL)
        bh_doctor_add(doctor, "Agent ID", BH_DOCTOR_ERROR, find_agent_fix(doctor), "not set");
    else if (strncmp(id, "agent_", 6) != 0 || strlen(id) < 7 || !is_made_of(id, "_-"))
        bh_doctor_add(doctor, "Agent ID", BH_DOCTOR_ERROR, find_agent_fix(doctor),
            "not the form of an agent id (agent_...)");
    else
        bh_doctor_add(doctor, "Agent ID", BH_DOCTOR_OK, NULL, "%s", id);
}

/* Never shown, not even in part: nobody needs it here. */
static void check_key(struct bh_doctor *doctor)
{
    const char *key = doctor->client.api_key;
    if (key == NULL)
        bh_doctor_add(doctor, "API key", BH_DOCTOR_ERROR, find_agent_fix(doctor), "not set");
    else if (strncmp(key, "bhf_sk_", 7) != 0 || strlen(key) < 15 || !is_made_of(key + 7, "._-"))
        bh_doctor_add(
            doctor, "API key", BH_DOCTOR_ERROR, find_agent_fix(doctor), "not the form of an agent's key");
    else
        bh_doctor_add(doctor, "API key", BH_DOCTOR_OK, NULL, "set");
}

static void check_base_url(struct bh_doctor *doctor)
{
    const char *url = doctor->client.base_url;
    if (bh_client_url_is_usable(url))
        bh_doctor_add(doctor, "Base URL", BH_DOCTOR_OK, NULL, "%s", url);
    else
        bh_doctor_add(doctor, "Base URL", BH_DOCTOR_ERROR, "behalf config set base-url " BH_DEFAULT_BASE_URL,
            "not an http or https address: %s", url);
}

/* What makes a hook let calls pass that nobody was asked about. */
static void check_fail_open(struct bh_doctor *doctor)
{
    const char *open = bh_client_environment("BEHALFID_HOOK_FAIL_OPEN");
    if (open != NULL && strcmp(open, "1") == 0)
        bh_doctor_add(doctor, "Fail closed", BH_DOCTOR_WARN, "unset BEHALFID_HOOK_FAIL_OPEN",
            "with BEHALFID_HOOK_FAIL_OPEN=1 hooks let calls pass while the server cannot be asked");
    else
        bh_doctor_add(doctor, "Fail closed", BH_DOCTOR_OK, NULL, "what cannot be asked is blocked");
}

void bh_doctor_check_configuration(struct bh_doctor *doctor)
{
    check_folder(doctor);
    check_file(doctor);
    check_agent_id(doctor);
    check_key(doctor);
    check_base_url(doctor);
    check_fail_open(doctor);
}
