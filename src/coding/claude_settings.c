// SPDX-License-Identifier: Apache-2.0
#include "coding/claude_settings.h"

#include <string.h>

enum kind { TEXT, FLAG, NUMBER, OBJECT, LIST, TEXTS };

static const char *const kind_names[] = {
    "text", "true or false", "number", "object", "list", "list of texts"};

struct member {
    const char *name;
    enum kind kind;
};

static const struct member members[] = {
    {"$schema", TEXT},
    {"apiKeyHelper", TEXT},
    {"proxyAuthHelper", TEXT},
    {"awsCredentialExport", TEXT},
    {"awsAuthRefresh", TEXT},
    {"gcpAuthRefresh", TEXT},
    {"model", TEXT},
    {"prUrlTemplate", TEXT},
    {"otelHeadersHelper", TEXT},
    {"outputStyle", TEXT},
    {"language", TEXT},
    {"advisorModel", TEXT},
    {"agent", TEXT},
    {"minimumVersion", TEXT},
    {"requiredMinimumVersion", TEXT},
    {"requiredMaximumVersion", TEXT},
    {"plansDirectory", TEXT},
    {"autoMemoryDirectory", TEXT},
    {"claudeMd", TEXT},
    {"pluginTrustMessage", TEXT},
    {"defaultShell", TEXT},
    {"parentSettingsBehavior", TEXT},
    {"autoUpdatesChannel", TEXT},
    {"tui", TEXT},
    {"totalTokensReminder", TEXT},
    {"disableAutoMode", TEXT},
    {"daemonColdStart", TEXT},
    {"cleanupPeriodDays", NUMBER},
    {"skillListingMaxDescChars", NUMBER},
    {"skillListingBudgetFraction", NUMBER},
    {"feedbackSurveyRate", NUMBER},
    {"totalTokensReminderBudget", NUMBER},
    {"env", OBJECT},
    {"permissions", OBJECT},
    {"hooks", OBJECT},
    {"sandbox", OBJECT},
    {"fileSuggestion", OBJECT},
    {"breakReminder", OBJECT},
    {"quietHours", OBJECT},
    {"attribution", OBJECT},
    {"worktree", OBJECT},
    {"statusLine", OBJECT},
    {"subagentStatusLine", OBJECT},
    {"spinnerVerbs", OBJECT},
    {"spinnerTipsOverride", OBJECT},
    {"remote", OBJECT},
    {"voice", OBJECT},
    {"modelOverrides", OBJECT},
    {"skillOverrides", OBJECT},
    {"enabledPlugins", OBJECT},
    {"extraKnownMarketplaces", OBJECT},
    {"pluginConfigs", OBJECT},
    {"policyHelper", OBJECT},
    {"allowedMcpServers", LIST},
    {"deniedMcpServers", LIST},
    {"strictKnownMarketplaces", LIST},
    {"blockedMarketplaces", LIST},
    {"allowedChannelPlugins", LIST},
    {"sshConfigs", LIST},
    {"fallbackModel", TEXTS},
    {"availableModels", TEXTS},
    {"enabledMcpjsonServers", TEXTS},
    {"disabledMcpjsonServers", TEXTS},
    {"allowedHttpHookUrls", TEXTS},
    {"httpHookAllowedEnvVars", TEXTS},
    {"pluginSuggestionMarketplaces", TEXTS},
    {"companyAnnouncements", TEXTS},
    {"claudeMdExcludes", TEXTS},
};

static const char *const flags[] = {"respectGitignore", "wslInheritsWindowsSettings", "includeCoAuthoredBy",
    "includeGitInstructions", "enforceAvailableModels", "enableAllProjectMcpServers",
    "disableClaudeAiConnectors", "disableBundledSkills", "disableAllHooks", "disableAgentView",
    "disableRemoteControl", "disableWorkflows", "disableArtifact", "enableArtifact", "enableWorkflows",
    "workflowKeywordTriggerEnabled", "disableSkillShellExecution", "respondToBashCommands",
    "allowManagedHooksOnly", "allowManagedPermissionRulesOnly", "allowManagedMcpServersOnly",
    "allowAllClaudeAiMcps", "disableSideloadFlags", "forceRemoteSettingsRefresh", "skipWebFetchPreflight",
    "spinnerTipsEnabled", "syntaxHighlightingDisabled", "terminalTitleFromRename", "alwaysThinkingEnabled",
    "fastMode", "fastModePerSessionOptIn", "promptSuggestionEnabled", "awaySummaryEnabled",
    "showClearContextOnPlanAccept", "channelsEnabled", "prefersReducedMotion", "doneMeansMerged",
    "autoMemoryEnabled", "autoDreamEnabled", "showThinkingSummaries", "skipDangerousModePermissionPrompt",
    "skipWorkflowUsageWarning", "verbose", "autoCompactEnabled", "precomputeCompactionEnabled",
    "switchModelsOnFlag", "autoScrollEnabled", "wheelScrollAccelerationEnabled", "fileCheckpointingEnabled",
    "showTurnDuration", "showMessageTimestamps", "terminalProgressBarEnabled", "todoFeatureEnabled",
    "remoteControlAtStartup", "isolatePeerMachines", "autoUploadSessions", "inputNeededNotifEnabled",
    "agentPushNotifEnabled"};

static const char *const events[] = {"PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch",
    "Notification", "UserPromptSubmit", "UserPromptExpansion", "SessionStart", "SessionEnd", "Stop",
    "StopFailure", "SubagentStart", "SubagentStop", "PreCompact", "PostCompact", "PermissionRequest",
    "PermissionDenied", "Setup", "TeammateIdle", "TaskCreated", "TaskCompleted", "Elicitation",
    "ElicitationResult", "ConfigChange", "WorktreeCreate", "WorktreeRemove", "InstructionsLoaded",
    "CwdChanged", "FileChanged", "MessageDisplay"};

static bool has_kind(const json_t *value, enum kind kind)
{
    size_t at;
    json_t *item;
    switch (kind) {
    case TEXT:
        return json_is_string(value);
    case FLAG:
        return json_is_boolean(value);
    case NUMBER:
        return json_is_number(value);
    case OBJECT:
        return json_is_object(value);
    case TEXTS:
        json_array_foreach((json_t *)(uintptr_t)value, at, item)
        {
            if (!json_is_string(item))
                return false;
        }
        return json_is_array(value);
    case LIST:
        break;
    }
    return json_is_array(value);
}

/* A member that is missing is right. */
static bool check(
    const json_t *object, const char *where, const char *name, enum kind kind, struct bh_buf *reason)
{
    const json_t *value = json_object_get(object, name);
    if (value == NULL || has_kind(value, kind))
        return true;
    bh_buf_addf(reason,
        "has a \"%s%s\" that is no %s, for which Claude Code would drop all of the file, hooks included",
        where, name, kind_names[kind]);
    return false;
}

static bool check_permissions(const json_t *permissions, struct bh_buf *reason)
{
    return check(permissions, "permissions.", "allow", TEXTS, reason) &&
           check(permissions, "permissions.", "deny", TEXTS, reason) &&
           check(permissions, "permissions.", "ask", TEXTS, reason) &&
           check(permissions, "permissions.", "additionalDirectories", TEXTS, reason) &&
           check(permissions, "permissions.", "defaultMode", TEXT, reason) &&
           check(permissions, "permissions.", "disableBypassPermissionsMode", TEXT, reason);
}

static bool fail_hook(const char *event, const char *rule, struct bh_buf *reason)
{
    bh_buf_addf(reason, "has a hook of %s %s, for which Claude Code would drop all of the file", event, rule);
    return false;
}

static bool check_handler(const char *event, const json_t *handler, struct bh_buf *reason)
{
    const char *type = json_string_value(json_object_get(handler, "type"));
    if (type == NULL)
        return fail_hook(event, "without a type", reason);
    if (strcmp(type, "command") == 0 && !json_is_string(json_object_get(handler, "command")))
        return fail_hook(event, "without a command", reason);
    const json_t *timeout = json_object_get(handler, "timeout");
    if (timeout != NULL && !(json_number_value(timeout) > 0))
        return fail_hook(event, "whose timeout is no number above 0", reason);
    return check(handler, "hooks.", "once", FLAG, reason) &&
           check(handler, "hooks.", "async", FLAG, reason) &&
           check(handler, "hooks.", "args", TEXTS, reason) && check(handler, "hooks.", "shell", TEXT, reason);
}

static bool check_group(const char *event, const json_t *group, struct bh_buf *reason)
{
    size_t at;
    json_t *handler;
    json_t *handlers = json_object_get(group, "hooks");
    const json_t *matcher = json_object_get(group, "matcher");
    if (matcher != NULL && !json_is_string(matcher))
        return fail_hook(event, "whose matcher is no text", reason);
    if (!json_is_array(handlers))
        return fail_hook(event, "without a list \"hooks\"", reason);
    json_array_foreach(handlers, at, handler)
    {
        if (!check_handler(event, handler, reason))
            return false;
    }
    return true;
}

static bool check_event(const char *event, const json_t *list, struct bh_buf *reason)
{
    size_t at;
    json_t *group;
    bool known = false;
    for (size_t i = 0; i < BH_COUNT(events); i++)
        known |= strcmp(events[i], event) == 0;
    if (!known) {
        bh_buf_addf(reason,
            "has hooks of \"%s\", which is no event that we know: Claude Code would drop all of the file",
            event);
        return false;
    }
    if (!json_is_array(list))
        return fail_hook(event, "that is no list", reason);
    json_array_foreach((json_t *)(uintptr_t)list, at, group)
    {
        if (!check_group(event, group, reason))
            return false;
    }
    return true;
}

static bool check_env(const json_t *env, struct bh_buf *reason)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)env, name, value)
    {
        if (json_is_object(value) || json_is_array(value)) {
            bh_buf_addf(reason, "has an \"env.%s\" that is no text", name);
            return false;
        }
    }
    return true;
}

bool bh_claude_settings_are_valid(const json_t *settings, struct bh_buf *reason)
{
    for (size_t i = 0; i < BH_COUNT(members); i++) {
        if (!check(settings, "", members[i].name, members[i].kind, reason))
            return false;
    }
    for (size_t i = 0; i < BH_COUNT(flags); i++) {
        if (!check(settings, "", flags[i], FLAG, reason))
            return false;
    }
    const char *event;
    json_t *list;
    json_object_foreach(json_object_get(settings, "hooks"), event, list)
    {
        if (!check_event(event, list, reason))
            return false;
    }
    return check_permissions(json_object_get(settings, "permissions"), reason) &&
           check_env(json_object_get(settings, "env"), reason);
}
