// SPDX-License-Identifier: Apache-2.0
/*
 * The handlers, by group of routes; each group is one file api_<thing>.c. The table that names them is in
 * route.c.
 */
#ifndef BH_HTTP_HANDLERS_H
#define BH_HTTP_HANDLERS_H

struct bh_app;
struct bh_exchange;

/* api_health.c */
void bh_api_health(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_health_db(struct bh_app *app, struct bh_exchange *exchange);

/* api_status.c */
void bh_api_status(struct bh_app *app, struct bh_exchange *exchange);

/* api_csp_report.c */
void bh_api_csp_report(struct bh_app *app, struct bh_exchange *exchange);

/* api_setup.c: the first operator */
void bh_api_setup_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_setup(struct bh_app *app, struct bh_exchange *exchange);

/* api_auth.c: in, out, and who is it? */
void bh_api_auth_signup(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_login(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_logout(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_me(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_session(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_ping(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_switch(struct bh_app *app, struct bh_exchange *exchange);

/* api_own_sessions.c: where am I signed in? */
void bh_api_own_session_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_own_session_end(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_own_session_end_others(struct bh_app *app, struct bh_exchange *exchange);

/* api_password.c: links by mail, new passwords */
void bh_api_auth_verify_email(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_resend_verification(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_forgot_password(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_reset_password(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_auth_change_password(struct bh_app *app, struct bh_exchange *exchange);

/* api_device.c: signing in the command line */
void bh_api_device_request(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_device_poll(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_device_authorize(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_device_deny(struct bh_app *app, struct bh_exchange *exchange);

/* api_agents.c: with the agent's key, or to create one */
void bh_api_agent_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_agent_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_agent_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_agent_rotate_key(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_agent_boundary(struct bh_app *app, struct bh_exchange *exchange);

/* api_dashboard_agents.c: with a developer's credential */
void bh_api_dashboard_agent_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_agent_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_agent_change(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_agent_enable(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_agent_disable(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_agent_rotate_key(struct bh_app *app, struct bh_exchange *exchange);

/* api_passport.c: the link by people, the passport by whoever has the link */
void bh_api_passport_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_passport_revoke(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_passport_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_passport_preview(struct bh_app *app, struct bh_exchange *exchange);

/* api_members.c, api_invites.c: who is in the account */
void bh_api_member_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_member_change(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_member_remove(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_member_leave(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_invite_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_invite_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_invite_delete(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_invite_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_invite_accept(struct bh_app *app, struct bh_exchange *exchange);

/* api_tokens.c, api_settings.c */
void bh_api_token_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_token_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_token_delete(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_settings_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_settings_change(struct bh_app *app, struct bh_exchange *exchange);

/* api_operator.c: the whole server, for its operators */
void bh_api_operator_accounts(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_operator_summary(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_operator_settings(struct bh_app *app, struct bh_exchange *exchange);

/* api_metrics.c */
void bh_api_metrics(struct bh_app *app, struct bh_exchange *exchange);

/* api_permissions.c */
void bh_api_permission_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_permission_revoke(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_permission_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_permission_revoke(struct bh_app *app, struct bh_exchange *exchange);
/* api_permission_replace.c */
void bh_api_dashboard_permission_replace(struct bh_app *app, struct bh_exchange *exchange);
/* api_permission_preview.c */
void bh_api_dashboard_permission_preview(struct bh_app *app, struct bh_exchange *exchange);

/* api_approvals.c: by people */
void bh_api_dashboard_approval_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_approval_stream(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_approval_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_approval_approve(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_approval_deny(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_inbox(struct bh_app *app, struct bh_exchange *exchange);
/* api_webhooks.c */
void bh_api_webhook_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_update(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_delete(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_enable(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_disable(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_rotate(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_test(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_replay(struct bh_app *app, struct bh_exchange *exchange);

/* api_sites.c */
void bh_api_site_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_change(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_delete(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_log_list(struct bh_app *app, struct bh_exchange *exchange);

/* api_site_rules.c */
void bh_api_site_rule_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_rule_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_rule_change(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_rule_delete(struct bh_app *app, struct bh_exchange *exchange);

/* api_site_keys.c */
void bh_api_site_key_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_key_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_key_revoke(struct bh_app *app, struct bh_exchange *exchange);

/* api_site_directories.c */
void bh_api_site_directory_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_directory_create(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_directory_delete(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_site_directory_refresh(struct bh_app *app, struct bh_exchange *exchange);

/* api_webhook_events.c */
void bh_api_webhook_event_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_event_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_event_replay(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_webhook_event_replay_all(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_operator_event_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_operator_event_read(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_operator_event_replay(struct bh_app *app, struct bh_exchange *exchange);

/* api_jobs.c */
void bh_api_webhook_process(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_purge_run(struct bh_app *app, struct bh_exchange *exchange);

/* api_logs.c */
void bh_api_logs_list(struct bh_app *app, struct bh_exchange *exchange);

/* api_stream.c */
void bh_api_logs_stream(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_logs_stream(struct bh_app *app, struct bh_exchange *exchange);

/* api_approval.c: with the agent's key */
void bh_api_approval_read(struct bh_app *app, struct bh_exchange *exchange);

/* api_dashboard_logs.c: the whole account's */
void bh_api_dashboard_log_list(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_log_read(struct bh_app *app, struct bh_exchange *exchange);

/* api_erasures.c */
void bh_api_log_erase(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_log_erase_all(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_erasure_list(struct bh_app *app, struct bh_exchange *exchange);

/* api_summary.c */
void bh_api_dashboard_summary(struct bh_app *app, struct bh_exchange *exchange);

/* api_checkpoint.c */
void bh_api_audit_checkpoint(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_dashboard_audit(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_public_keys(struct bh_app *app, struct bh_exchange *exchange);

/* api_signing_keys.c */
void bh_api_jwks(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_operator_signing_keys(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_operator_signing_key_rotate(struct bh_app *app, struct bh_exchange *exchange);

/* api_openapi.c */
void bh_api_openapi(struct bh_app *app, struct bh_exchange *exchange);

/* api_templates.c */
void bh_api_templates(struct bh_app *app, struct bh_exchange *exchange);

/* api_scenarios.c: the demonstration */
void bh_api_demo_scenarios(struct bh_app *app, struct bh_exchange *exchange);
void bh_api_demo_verify(struct bh_app *app, struct bh_exchange *exchange);

#endif
