// SPDX-License-Identifier: Apache-2.0
/*
 * Who may do what in an account: BH_ROLE(name, text, label, what it may do). Included several times; has no
 * guard on purpose.
 */
BH_ROLE(VIEWER, "viewer", "Viewer", BH_MAY_READ | BH_MAY_OWN_TOKENS)
BH_ROLE(APPROVER, "approver", "Approver", BH_MAY_READ | BH_MAY_OWN_TOKENS | BH_MAY_APPROVE)
BH_ROLE(ADMIN, "admin", "Admin",
    BH_MAY_READ | BH_MAY_OWN_TOKENS | BH_MAY_APPROVE | BH_MAY_MANAGE_AGENTS | BH_MAY_MANAGE_WEBHOOKS |
        BH_MAY_MANAGE_SITES | BH_MAY_MANAGE_MEMBERS)
BH_ROLE(OWNER, "owner", "Owner",
    BH_MAY_READ | BH_MAY_OWN_TOKENS | BH_MAY_APPROVE | BH_MAY_MANAGE_AGENTS | BH_MAY_MANAGE_WEBHOOKS |
        BH_MAY_MANAGE_SITES | BH_MAY_MANAGE_MEMBERS | BH_MAY_MANAGE_ACCOUNT | BH_MAY_ERASE_LOGS)
