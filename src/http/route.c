// SPDX-License-Identifier: Apache-2.0
#include "http/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "gateway/gateway.h"
#include "guard/guard.h"
#include "http/caller.h"
#include "http/credentials.h"
#include "http/handlers.h"
#include "http/pages.h"
#include "http/reply.h"
#include "lib/clock.h"
#include "lib/metrics.h"
#include "verify/verify.h"

#define RATE_WINDOW_MS 60000
#define AUTH_WINDOW_MS (15 * RATE_WINDOW_MS)

const struct bh_route bh_routes[] = {
    {BH_GET, "/api/health", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_UNLIMITED, bh_api_health},
    {BH_GET, "/api/health/db", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING, BH_ROUTE_POOL | BH_ROUTE_SETUP_TOKEN,
        bh_api_health_db},
    {BH_GET, "/api/status", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL, bh_api_status},
    {BH_POST, "/api/csp-report", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_INLINE, bh_api_csp_report},
    {BH_GET, "/api/audit/checkpoint", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_audit_checkpoint},
    {BH_GET, "/.well-known/behalfid-keys.json", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_INLINE,
        bh_api_public_keys},
    {BH_GET, "/.well-known/jwks.json", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL, bh_api_jwks},
    {BH_GET, "/api/templates", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_INLINE, bh_api_templates},
    {BH_GET, "/openapi.json", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_INLINE, bh_api_openapi},

    /* the demonstration */
    {BH_GET, "/api/demo/scenarios", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_INLINE,
        bh_api_demo_scenarios},
    {BH_POST, "/api/demo/verify", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_BODY, bh_api_demo_verify},

    /* the first operator */
    {BH_GET, "/api/setup", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL, bh_api_setup_read},
    {BH_POST, "/api/setup", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_PASSWORD, bh_api_setup},

    /* people: in and out */
    {BH_POST, "/api/auth/signup", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_PASSWORD | BH_ROUTE_ORIGIN, bh_api_auth_signup},
    {BH_POST, "/api/auth/login", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_PASSWORD | BH_ROUTE_ORIGIN, bh_api_auth_login},
    {BH_POST, "/api/auth/logout", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL | BH_ROUTE_ORIGIN,
        bh_api_auth_logout},
    {BH_GET, "/api/auth/me", BH_CREDENTIAL_PERSON, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_UNVERIFIED | BH_ROUTE_ANY_ROLE, bh_api_auth_me},
    {BH_GET, "/api/auth/session", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_UNVERIFIED | BH_ROUTE_ANY_ROLE, bh_api_auth_session},
    {BH_POST, "/api/auth/session/ping", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_UNVERIFIED | BH_ROUTE_ANY_ROLE, bh_api_auth_ping},
    {BH_GET, "/api/auth/sessions", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_UNVERIFIED | BH_ROUTE_ANY_ROLE, bh_api_own_session_list},
    {BH_DELETE, "/api/auth/sessions", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_UNVERIFIED | BH_ROUTE_ANY_ROLE, bh_api_own_session_end_others},
    {BH_DELETE, "/api/auth/sessions/{}", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_UNVERIFIED | BH_ROUTE_ANY_ROLE, bh_api_own_session_end},
    {BH_POST, "/api/auth/account", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_ANY_ROLE, bh_api_auth_switch},
    {BH_POST, "/api/auth/verify-email", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_ORIGIN, bh_api_auth_verify_email},
    {BH_POST, "/api/auth/resend-verification", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_ORIGIN, bh_api_auth_resend_verification},
    {BH_POST, "/api/auth/forgot-password", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_ORIGIN, bh_api_auth_forgot_password},
    {BH_POST, "/api/auth/reset-password", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_PASSWORD | BH_ROUTE_ORIGIN, bh_api_auth_reset_password},
    {BH_POST, "/api/auth/change-password", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_PASSWORD | BH_ROUTE_UNVERIFIED | BH_ROUTE_ANY_ROLE,
        bh_api_auth_change_password},
    {BH_POST, "/api/auth/device/request", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_device_request},
    {BH_POST, "/api/auth/device/poll", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL | BH_ROUTE_BODY,
        bh_api_device_poll},
    {BH_POST, "/api/auth/device/authorize", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_ANY_ROLE, bh_api_device_authorize},
    {BH_POST, "/api/auth/device/deny", BH_CREDENTIAL_SESSION, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_ANY_ROLE, bh_api_device_deny},

    /* agents, by their keys */
    {BH_POST, "/api/verify", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_BODY, bh_verify_handle},
    {BH_POST, "/api/actions/execute", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_BODY, bh_gateway_execute},
    {BH_GET, "/api/agents/{}", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_POOL, bh_api_agent_read},
    {BH_POST, "/api/agents/{}/rotate-key", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_agent_rotate_key},
    {BH_GET, "/api/agents/{}/boundary", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_agent_boundary},
    {BH_GET, "/api/logs/{}", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_POOL | BH_ROUTE_LISTING,
        bh_api_logs_list},
    {BH_GET, "/api/logs/{}/stream", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_POOL | BH_ROUTE_LISTING,
        bh_api_logs_stream},
    {BH_GET, "/api/approvals/{}", BH_CREDENTIAL_AGENT, BH_MAY_NOTHING, BH_ROUTE_POOL, bh_api_approval_read},

    /* visitors of guarded sites, by the sites' keys */
    {BH_POST, "/api/site-guard/check", BH_CREDENTIAL_SITE, BH_MAY_NOTHING, BH_ROUTE_BODY, bh_guard_check},
    {BH_GET, "/api/site-guard/authorize", BH_CREDENTIAL_SITE, BH_MAY_NOTHING, BH_ROUTE_INLINE,
        bh_guard_authorize},

    /* agents and permissions, by people */
    {BH_POST, "/api/agents", BH_CREDENTIAL_CREATOR, BH_MAY_MANAGE_AGENTS, BH_ROUTE_POOL | BH_ROUTE_BODY,
        bh_api_agent_create},
    {BH_POST, "/api/permissions", BH_CREDENTIAL_GRANTOR, BH_MAY_MANAGE_AGENTS, BH_ROUTE_POOL | BH_ROUTE_BODY,
        bh_api_permission_create},
    {BH_POST, "/api/permissions/{}/revoke", BH_CREDENTIAL_GRANTOR, BH_MAY_MANAGE_AGENTS, BH_ROUTE_POOL,
        bh_api_permission_revoke},
    {BH_GET, "/api/dashboard/agents", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_dashboard_agent_list},
    {BH_GET, "/api/dashboard/agents/{}", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_dashboard_agent_read},
    {BH_POST, "/api/dashboard/agents/{}/disable", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS, BH_ROUTE_POOL,
        bh_api_dashboard_agent_disable},
    {BH_POST, "/api/dashboard/agents/{}/enable", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS, BH_ROUTE_POOL,
        bh_api_dashboard_agent_enable},
    {BH_POST, "/api/dashboard/agents/{}/rotate-key", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS,
        BH_ROUTE_POOL, bh_api_dashboard_agent_rotate_key},
    {BH_POST, "/api/dashboard/agents", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_dashboard_agent_create},
    {BH_PATCH, "/api/dashboard/agents/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_dashboard_agent_change},
    {BH_POST, "/api/dashboard/agents/{}/permissions", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_dashboard_permission_create},
    {BH_POST, "/api/dashboard/agents/{}/permissions/{}/revoke", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS,
        BH_ROUTE_POOL, bh_api_dashboard_permission_revoke},
    {BH_POST, "/api/dashboard/agents/{}/permissions/{}/replace", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_dashboard_permission_replace},
    {BH_POST, "/api/dashboard/agents/{}/permissions/preview", BH_CREDENTIAL_PERSON, BH_MAY_READ,
        BH_ROUTE_POOL | BH_ROUTE_LISTING | BH_ROUTE_BODY, bh_api_dashboard_permission_preview},

    /* passports */
    {BH_POST, "/api/dashboard/agents/{}/passport", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS, BH_ROUTE_POOL,
        bh_api_passport_create},
    {BH_DELETE, "/api/dashboard/agents/{}/passport", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_AGENTS,
        BH_ROUTE_POOL, bh_api_passport_revoke},
    {BH_GET, "/api/passport/{}", BH_CREDENTIAL_PASSPORT, BH_MAY_NOTHING, BH_ROUTE_POOL, bh_api_passport_read},
    {BH_POST, "/api/passport/{}", BH_CREDENTIAL_PASSPORT, BH_MAY_NOTHING, BH_ROUTE_POOL | BH_ROUTE_BODY,
        bh_api_passport_preview},

    /* approvals */
    {BH_GET, "/api/dashboard/approvals", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_dashboard_approval_list},
    {BH_GET, "/api/dashboard/approvals/stream", BH_CREDENTIAL_PERSON, BH_MAY_READ,
        BH_ROUTE_POOL | BH_ROUTE_LISTING, bh_api_dashboard_approval_stream},
    {BH_GET, "/api/dashboard/approvals/{}", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_dashboard_approval_read},
    {BH_POST, "/api/dashboard/approvals/{}/approve", BH_CREDENTIAL_SESSION, BH_MAY_APPROVE, BH_ROUTE_POOL,
        bh_api_dashboard_approval_approve},
    {BH_POST, "/api/dashboard/approvals/{}/deny", BH_CREDENTIAL_SESSION, BH_MAY_APPROVE, BH_ROUTE_POOL,
        bh_api_dashboard_approval_deny},
    {BH_GET, "/api/dashboard/inbox", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL | BH_ROUTE_LISTING,
        bh_api_dashboard_inbox},

    /* webhooks */
    {BH_GET, "/api/dashboard/webhooks", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_webhook_list},
    {BH_POST, "/api/dashboard/webhooks", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_webhook_create},
    {BH_GET, "/api/dashboard/webhooks/{}", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_webhook_read},
    {BH_PATCH, "/api/dashboard/webhooks/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_webhook_update},
    {BH_DELETE, "/api/dashboard/webhooks/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS, BH_ROUTE_POOL,
        bh_api_webhook_delete},
    {BH_POST, "/api/dashboard/webhooks/{}/enable", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL, bh_api_webhook_enable},
    {BH_POST, "/api/dashboard/webhooks/{}/disable", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL, bh_api_webhook_disable},
    {BH_POST, "/api/dashboard/webhooks/{}/rotate-secret", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL, bh_api_webhook_rotate},
    {BH_POST, "/api/dashboard/webhooks/{}/test", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS, BH_ROUTE_POOL,
        bh_api_webhook_test},
    {BH_POST, "/api/dashboard/webhooks/{}/replay", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL, bh_api_webhook_replay},
    {BH_GET, "/api/dashboard/webhook-events", BH_CREDENTIAL_PERSON, BH_MAY_READ,
        BH_ROUTE_POOL | BH_ROUTE_LISTING, bh_api_webhook_event_list},
    {BH_POST, "/api/dashboard/webhook-events/replay", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL, bh_api_webhook_event_replay_all},
    {BH_GET, "/api/dashboard/webhook-events/{}", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_webhook_event_read},
    {BH_POST, "/api/dashboard/webhook-events/{}/replay", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_WEBHOOKS,
        BH_ROUTE_POOL, bh_api_webhook_event_replay},
    {BH_GET, "/api/operator/webhook-events", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_LISTING, bh_api_operator_event_list},
    {BH_GET, "/api/operator/webhook-events/{}", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_operator_event_read},
    {BH_POST, "/api/operator/webhook-events/{}/replay", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_operator_event_replay},

    /* guarded sites */
    {BH_GET, "/api/dashboard/sites", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL, bh_api_site_list},
    {BH_POST, "/api/dashboard/sites", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_site_create},
    {BH_GET, "/api/dashboard/sites/{}", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL, bh_api_site_read},
    {BH_PATCH, "/api/dashboard/sites/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_site_change},
    {BH_DELETE, "/api/dashboard/sites/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES, BH_ROUTE_POOL,
        bh_api_site_delete},
    {BH_GET, "/api/dashboard/sites/{}/logs", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_site_log_list},
    {BH_GET, "/api/dashboard/sites/{}/rules", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_site_rule_list},
    {BH_POST, "/api/dashboard/sites/{}/rules", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_site_rule_create},
    {BH_PATCH, "/api/dashboard/sites/{}/rules/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_site_rule_change},
    {BH_DELETE, "/api/dashboard/sites/{}/rules/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES, BH_ROUTE_POOL,
        bh_api_site_rule_delete},
    {BH_GET, "/api/dashboard/sites/{}/keys", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_site_key_list},
    {BH_POST, "/api/dashboard/sites/{}/keys", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_site_key_create},
    {BH_DELETE, "/api/dashboard/sites/{}/keys/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES, BH_ROUTE_POOL,
        bh_api_site_key_revoke},
    {BH_GET, "/api/dashboard/sites/{}/directories", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_site_directory_list},
    {BH_POST, "/api/dashboard/sites/{}/directories", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_site_directory_create},
    {BH_DELETE, "/api/dashboard/sites/{}/directories/{}", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL, bh_api_site_directory_delete},
    {BH_POST, "/api/dashboard/sites/{}/directories/{}/refresh", BH_CREDENTIAL_PERSON, BH_MAY_MANAGE_SITES,
        BH_ROUTE_POOL, bh_api_site_directory_refresh},

    /* work that the server does by itself, now */
    {BH_GET, "/api/webhooks/process", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_LISTING | BH_ROUTE_SETUP_TOKEN, bh_api_webhook_process},
    {BH_POST, "/api/webhooks/process", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_LISTING | BH_ROUTE_SETUP_TOKEN, bh_api_webhook_process},
    {BH_GET, "/api/cron/purge-logs", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_LISTING | BH_ROUTE_SETUP_TOKEN, bh_api_purge_run},
    {BH_POST, "/api/cron/purge-logs", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_LISTING | BH_ROUTE_SETUP_TOKEN, bh_api_purge_run},

    /* the account's log */
    {BH_GET, "/api/dashboard/summary", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL | BH_ROUTE_LISTING,
        bh_api_dashboard_summary},
    {BH_GET, "/api/dashboard/audit", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_dashboard_audit},
    {BH_GET, "/api/dashboard/logs", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL | BH_ROUTE_LISTING,
        bh_api_dashboard_log_list},
    {BH_DELETE, "/api/dashboard/logs", BH_CREDENTIAL_SESSION, BH_MAY_ERASE_LOGS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_log_erase_all},
    {BH_GET, "/api/dashboard/logs/stream", BH_CREDENTIAL_PERSON, BH_MAY_READ,
        BH_ROUTE_POOL | BH_ROUTE_LISTING, bh_api_dashboard_logs_stream},
    {BH_GET, "/api/dashboard/logs/erasures", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_erasure_list},
    {BH_GET, "/api/dashboard/logs/{}", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_dashboard_log_read},
    {BH_DELETE, "/api/dashboard/logs/{}", BH_CREDENTIAL_SESSION, BH_MAY_ERASE_LOGS, BH_ROUTE_POOL,
        bh_api_log_erase},

    /* who is in the account */
    {BH_GET, "/api/dashboard/members", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL, bh_api_member_list},
    {BH_PATCH, "/api/dashboard/members/{}", BH_CREDENTIAL_SESSION, BH_MAY_MANAGE_MEMBERS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_member_change},
    {BH_DELETE, "/api/dashboard/members/{}", BH_CREDENTIAL_SESSION, BH_MAY_MANAGE_MEMBERS, BH_ROUTE_POOL,
        bh_api_member_remove},
    {BH_POST, "/api/dashboard/members/leave", BH_CREDENTIAL_SESSION, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_member_leave},
    {BH_GET, "/api/dashboard/members/invites", BH_CREDENTIAL_SESSION, BH_MAY_MANAGE_MEMBERS, BH_ROUTE_POOL,
        bh_api_invite_list},
    {BH_POST, "/api/dashboard/members/invites", BH_CREDENTIAL_SESSION, BH_MAY_MANAGE_MEMBERS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_invite_create},
    {BH_DELETE, "/api/dashboard/members/invites/{}", BH_CREDENTIAL_SESSION, BH_MAY_MANAGE_MEMBERS,
        BH_ROUTE_POOL, bh_api_invite_delete},
    {BH_POST, "/api/auth/invite", BH_CREDENTIAL_NONE, BH_MAY_NOTHING, BH_ROUTE_POOL | BH_ROUTE_BODY,
        bh_api_invite_read},
    {BH_POST, "/api/auth/accept-invite", BH_CREDENTIAL_NONE, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_BODY | BH_ROUTE_PASSWORD | BH_ROUTE_ANY_ROLE, bh_api_invite_accept},

    /* tokens and settings */
    {BH_GET, "/api/dashboard/tokens", BH_CREDENTIAL_SESSION, BH_MAY_OWN_TOKENS, BH_ROUTE_POOL,
        bh_api_token_list},
    {BH_POST, "/api/dashboard/tokens", BH_CREDENTIAL_SESSION, BH_MAY_OWN_TOKENS,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_token_create},
    {BH_DELETE, "/api/dashboard/tokens/{}", BH_CREDENTIAL_SESSION, BH_MAY_OWN_TOKENS, BH_ROUTE_POOL,
        bh_api_token_delete},
    {BH_GET, "/api/dashboard/settings", BH_CREDENTIAL_PERSON, BH_MAY_READ, BH_ROUTE_POOL,
        bh_api_settings_read},
    {BH_PATCH, "/api/dashboard/settings", BH_CREDENTIAL_SESSION, BH_MAY_MANAGE_ACCOUNT,
        BH_ROUTE_POOL | BH_ROUTE_BODY, bh_api_settings_change},

    /* the whole server */
    {BH_GET, "/metrics", BH_CREDENTIAL_METRICS, BH_MAY_NOTHING, BH_ROUTE_POOL, bh_api_metrics},
    {BH_GET, "/api/operator/accounts", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_LISTING, bh_api_operator_accounts},
    {BH_GET, "/api/operator/summary", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING,
        BH_ROUTE_POOL | BH_ROUTE_LISTING, bh_api_operator_summary},
    {BH_GET, "/api/operator/settings", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_operator_settings},
    {BH_GET, "/api/operator/signing-keys", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_operator_signing_keys},
    {BH_POST, "/api/operator/signing-keys/rotate", BH_CREDENTIAL_OPERATOR, BH_MAY_NOTHING, BH_ROUTE_POOL,
        bh_api_operator_signing_key_rotate},
};
const size_t bh_routes_count = BH_COUNT(bh_routes);

/* Holds the path against the pattern, segment by segment; sets the parameters. */
static bool path_matches(
    const char *pattern, struct bh_span path, struct bh_span params[static BH_PATH_PARAMS])
{
    size_t at = 0;
    size_t param = 0;
    for (; *pattern != 0; pattern++) {
        if (*pattern != '{') {
            if (at >= path.len || path.data[at] != *pattern)
                return false;
            at++;
            continue;
        }
        size_t start = at;
        while (at < path.len && path.data[at] != '/')
            at++;
        if (at == start || param == BH_PATH_PARAMS)
            return false;
        params[param++] = (struct bh_span){path.data + start, at - start};
        pattern++; /* the closing brace */
    }
    return at == path.len;
}

/* What is not set up looks as if it were not there. */
static bool is_offered(const struct bh_app *app, const struct bh_route *route)
{
    return route->credential != BH_CREDENTIAL_METRICS || app->config->metrics_token[0] != 0;
}

/* The route of the request, or NULL. */
static const struct bh_route *find_route(const struct bh_app *app, struct bh_exchange *exchange)
{
    enum bh_method method = exchange->method == BH_HEAD ? BH_GET : exchange->method;
    for (size_t i = 0; i < BH_COUNT(bh_routes); i++) {
        if (bh_routes[i].method == method && is_offered(app, &bh_routes[i]) &&
            path_matches(bh_routes[i].pattern, exchange->path, exchange->params))
            return &bh_routes[i];
    }
    return NULL;
}

/* For a path that exists under other methods: names them in an Allow header. False when there is no such
 * path. */
static bool add_allow_header(const struct bh_app *app, struct bh_exchange *exchange)
{
    static const char *const names[] = {[BH_GET] = "GET, HEAD",
        [BH_POST] = "POST",
        [BH_PUT] = "PUT",
        [BH_PATCH] = "PATCH",
        [BH_DELETE] = "DELETE"};
    BH_CLEANUP(bh_buf_finish) struct bh_buf list = {0};
    struct bh_span copy;
    bh_buf_init(&list, 256);
    for (size_t i = 0; i < BH_COUNT(bh_routes); i++) {
        if (is_offered(app, &bh_routes[i]) &&
            path_matches(bh_routes[i].pattern, exchange->path, exchange->params))
            bh_buf_addf(&list, "%s%s", list.len == 0 ? "" : ", ", names[bh_routes[i].method]);
    }
    if (list.len > 0 && bh_arena_copy(&exchange->arena, bh_buf_span(&list), &copy))
        bh_exchange_add_header(exchange, "Allow", copy.data);
    return list.len > 0;
}

static const char *number_text(struct bh_exchange *exchange, int64_t number)
{
    char *text = bh_arena_alloc(&exchange->arena, 24);
    if (text == NULL)
        return "0";
    snprintf(text, 24, "%lld", (long long)number);
    return text;
}

static void drop_limit_headers(struct bh_reply *reply)
{
    size_t kept = 0;
    for (size_t i = 0; i < reply->header_count; i++) {
        if (strncmp(reply->headers[i].name, "RateLimit-", 10) != 0)
            reply->headers[kept++] = reply->headers[i];
    }
    reply->header_count = kept;
}

static bool has_less_left(const struct bh_reply *reply, int64_t remaining)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (strcmp(reply->headers[i].name, "RateLimit-Remaining") == 0)
            return strtoll(reply->headers[i].value, NULL, 10) < remaining;
    }
    return false;
}

/* Of the buckets that a request counts in, the one with the least left speaks. */
static void add_limit_headers(struct bh_exchange *exchange, const struct bh_ratelimit_state *state)
{
    if (!state->limited && has_less_left(&exchange->reply, state->remaining))
        return;
    drop_limit_headers(&exchange->reply);
    bh_exchange_add_header(exchange, "RateLimit-Limit", number_text(exchange, state->limit));
    bh_exchange_add_header(exchange, "RateLimit-Remaining", number_text(exchange, state->remaining));
    bh_exchange_add_header(exchange, "RateLimit-Reset", number_text(exchange, state->reset_s));
}

/* Announces what was counted, or refuses. */
static bool admit_hit(struct bh_exchange *exchange, const struct bh_ratelimit_state *state)
{
    add_limit_headers(exchange, state);
    if (!state->limited)
        return true;
    bh_counter_add(BH_COUNTER_RATE_LIMITED, 1);
    bh_exchange_add_header(exchange, "Retry-After", number_text(exchange, state->reset_s));
    bh_reply_error(exchange, BH_ERR_RATE_LIMIT, BH_ABSENT);
    return false;
}

bool bh_route_within_fixed_limit(struct bh_app *app, struct bh_exchange *exchange, const char *bucket,
    struct bh_span key, int64_t per_minute)
{
    if (app->config->rate_limit == 0)
        return true;
    struct bh_ratelimit_state state =
        bh_ratelimit_hit(app->ratelimit, bucket, key, per_minute, RATE_WINDOW_MS, bh_clock_steady_ms());
    return admit_hit(exchange, &state);
}

bool bh_route_within_limit(
    struct bh_app *app, struct bh_exchange *exchange, const char *bucket, struct bh_span key)
{
    return bh_route_within_fixed_limit(app, exchange, bucket, key, app->config->rate_limit);
}

bool bh_route_within_auth_limit(
    struct bh_app *app, struct bh_exchange *exchange, const char *bucket, struct bh_span key, int64_t factor)
{
    int64_t limit = app->config->auth_rate_limit * factor;
    if (limit == 0)
        return true;
    struct bh_ratelimit_state state =
        bh_ratelimit_hit(app->auth_ratelimit, bucket, key, limit, AUTH_WINDOW_MS, bh_clock_steady_ms());
    return admit_hit(exchange, &state);
}

/* What a trusted proxy says about the caller, or absent. */
static struct bh_span forwarded_caller(const struct bh_exchange *exchange)
{
    struct bh_span real = bh_span_trim(bh_exchange_header(exchange, "x-real-ip"));
    if (real.len > 0)
        return real;
    struct bh_span forwarded = bh_exchange_header(exchange, "x-forwarded-for");
    const char *comma = forwarded.len > 0 ? memchr(forwarded.data, ',', forwarded.len) : NULL;
    if (comma != NULL)
        forwarded.len = (size_t)(comma - forwarded.data);
    forwarded = bh_span_trim(forwarded);
    return forwarded.len > 0 ? forwarded : BH_ABSENT;
}

struct bh_span bh_route_caller(const struct bh_app *app, struct bh_exchange *exchange)
{
    struct bh_span forwarded = app->config->trust_proxy_xff ? forwarded_caller(exchange) : BH_ABSENT;
    if (bh_span_is_absent(forwarded))
        return bh_span_from(exchange->peer);
    char *text = bh_arena_alloc(&exchange->arena, BH_CALLER_TEXT);
    if (text == NULL || !bh_caller_from_text(forwarded, text))
        return forwarded; /* the proxy's own word for it */
    return bh_span_from(text);
}

static bool says_json(struct bh_span content_type)
{
    const struct bh_span wanted = BH_SPAN("application/json");
    for (size_t i = 0; i + wanted.len <= content_type.len; i++) {
        if (bh_span_equal_ascii_nocase((struct bh_span){content_type.data + i, wanted.len}, wanted))
            return true;
    }
    return false;
}

static enum bh_err admit(struct bh_app *app, struct bh_exchange *exchange)
{
    exchange->route = find_route(app, exchange);
    const struct bh_route *route = exchange->route;
    if (route == NULL && bh_pages_answer(exchange))
        return BH_OK;
    if ((route == NULL || (route->flags & BH_ROUTE_UNLIMITED) == 0) &&
        !bh_route_within_limit(app, exchange, "ip", bh_route_caller(app, exchange)))
        return BH_ERR_RATE_LIMIT;
    if (route == NULL && bh_pages_answer_unknown(exchange))
        return BH_OK;
    if (route == NULL)
        return add_allow_header(app, exchange) ? BH_ERR_METHOD : BH_ERR_NOT_FOUND;
    if ((route->flags & BH_ROUTE_ORIGIN) != 0) {
        enum bh_err err = bh_session_check_origin(app, exchange);
        if (err != BH_OK)
            return err;
    }
    if ((route->flags & BH_ROUTE_BODY) != 0) {
        struct bh_span content_type = bh_exchange_header(exchange, "content-type");
        if (!bh_span_is_absent(content_type) && !says_json(content_type))
            return BH_ERR_MEDIA_TYPE;
    }
    return BH_OK;
}

struct pooled {
    struct bh_app *app;
    struct bh_exchange *exchange;
};

static void run_pooled(void *argument)
{
    struct pooled *pooled = argument;
    struct bh_exchange *exchange = pooled->exchange;
    bool kept = false;
    exchange->kept = &kept;
    exchange->route->handle(pooled->app, exchange);
    if (kept)
        return; /* it may be gone already */
    bh_reply_check(exchange);
    bh_exchange_complete(exchange);
}

static struct bh_pool *pool_of(const struct bh_app *app, const struct bh_route *route)
{
    if ((route->flags & BH_ROUTE_LISTING) != 0)
        return app->listings;
    if ((route->flags & BH_ROUTE_PASSWORD) != 0)
        return app->passwords;
    return route->method == BH_GET ? app->readers : app->writers;
}

static void run_on_pool(struct bh_app *app, struct bh_exchange *exchange)
{
    struct pooled *pooled = bh_arena_alloc(&exchange->arena, sizeof(*pooled));
    if (pooled == NULL) {
        bh_reply_error(exchange, BH_ERR_NO_MEMORY, BH_ABSENT);
        return;
    }
    *pooled = (struct pooled){app, exchange};
    bh_exchange_defer(exchange);
    if (!bh_pool_submit(pool_of(app, exchange->route), run_pooled, pooled)) {
        bh_reply_error(exchange, BH_ERR_STORE_UNAVAILABLE, BH_ABSENT);
        bh_exchange_complete(exchange);
    }
}

void bh_route_handle(void *context, struct bh_exchange *exchange)
{
    struct bh_app *app = context;
    enum bh_err err = admit(app, exchange);
    if (err == BH_ERR_RATE_LIMIT)
        return;
    if (err != BH_OK) {
        bh_reply_error(exchange, err, BH_ABSENT);
        return;
    }
    if (exchange->route == NULL)
        return; /* a page */
    if ((exchange->route->flags & BH_ROUTE_POOL) != 0)
        run_on_pool(app, exchange);
    else
        exchange->route->handle(app, exchange);
}

void bh_route_refuse(void *context, struct bh_exchange *exchange, enum bh_err err)
{
    (void)context;
    bh_reply_error(exchange, err, BH_ABSENT);
}
