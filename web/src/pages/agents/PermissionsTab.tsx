// SPDX-License-Identifier: Apache-2.0
/** What the agent may do. `?edit=new` and `?edit=perm_...` open the editor, `?permissionId=` points at one. */
import { Plus } from "lucide-react";
import { useEffect, useRef, useState, type Ref } from "react";
import { useSearchParams } from "react-router";
import { revokePermission, useRefreshAgents, type AgentView } from "../../api/agents.ts";
import type { Permission } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Row, Stack } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Empty } from "../../ui/States.tsx";
import { useNow } from "../../ui/Time.tsx";
import { PermissionCard, stateOf } from "./PermissionCard.tsx";
import { PermissionEditor } from "./PermissionEditor.tsx";
import styles from "./PermissionsTab.module.css";

function RevokeQuestion({
  agentId,
  permission,
  onClose,
}: {
  agentId: string;
  permission: Permission | null;
  onClose: () => void;
}) {
  const refresh = useRefreshAgents();
  const tell = useTell();
  const revoke = async () => {
    if (permission === null) return;
    await revokePermission(agentId, permission.permissionId);
    await refresh();
    tell("Permission revoked. It decides nothing any more.");
  };
  return (
    <Confirm
      open={permission !== null}
      onClose={onClose}
      title="Revoke this permission?"
      action="Revoke permission"
      danger
      run={revoke}
    >
      <p>
        <code className="exact">{permission?.action}</code>
        {permission?.resource ? (
          <>
            {" on "}
            <code className="exact">{permission.resource}</code>
          </>
        ) : null}
      </p>
      <p>
        The next request is decided without it, and approvals that were given under it are void. It cannot be
        made active again; you can make a new one.
      </p>
    </Confirm>
  );
}

function PermissionList({
  view,
  onEdit,
  addButton,
}: {
  view: AgentView;
  onEdit: (id: string) => void;
  addButton: Ref<HTMLButtonElement>;
}) {
  const [asked, setAsked] = useState<Permission | null>(null);
  const [params] = useSearchParams();
  const now = useNow();
  const mayManage = useMay("manage");
  const named = params.get("permissionId");
  const active = view.permissions.filter((permission) => stateOf(permission, now) === "active");
  const over = view.permissions.filter((permission) => stateOf(permission, now) !== "active");
  const card = (permission: Permission) => {
    const state = stateOf(permission, now);
    const isStored = mayManage && state !== "revoked";
    return (
      <PermissionCard
        key={permission.permissionId}
        permission={permission}
        state={state}
        isNamed={permission.permissionId === named}
        onReplace={isStored ? () => onEdit(permission.permissionId) : undefined}
        onRevoke={isStored ? () => setAsked(permission) : undefined}
      />
    );
  };
  return (
    <Stack>
      {active.length === 0 ? (
        <Empty
          title="No active permission"
          action={mayManage ? <AddButton ref={addButton} onClick={() => onEdit("new")} /> : undefined}
        >
          Every request of this agent is denied.
        </Empty>
      ) : (
        active.map(card)
      )}
      {over.length > 0 ? (
        <details
          className={styles.over}
          open={over.some((permission) => permission.permissionId === named) || undefined}
        >
          <summary>Revoked and expired ({over.length})</summary>
          <Stack>{over.map(card)}</Stack>
        </details>
      ) : null}
      <RevokeQuestion agentId={view.agent.agentId} permission={asked} onClose={() => setAsked(null)} />
    </Stack>
  );
}

function AddButton({ onClick, ref }: { onClick: () => void; ref: Ref<HTMLButtonElement> }) {
  return (
    <Button ref={ref} look="primary" icon={<Plus size={18} aria-hidden />} onClick={onClick}>
      Add permission
    </Button>
  );
}

/** Whoever closes the form without a permission is back at the button that opened it. */
function useAfterNothingMade(edit: string | null, named: string | null) {
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef(edit);
  useEffect(() => {
    if (before.current !== null && edit === null && named === null) button.current?.focus();
    before.current = edit;
  }, [edit, named]);
  return button;
}

export function PermissionsTab({ view }: { view: AgentView }) {
  const [params, setParams] = useSearchParams();
  const mayManage = useMay("manage");
  const edit = params.get("edit");
  const old = view.permissions.find((permission) => permission.permissionId === edit);
  const addButton = useAfterNothingMade(edit, params.get("permissionId"));
  if (edit !== null && mayManage && (edit === "new" || old !== undefined))
    return (
      <PermissionEditor
        key={edit}
        view={view}
        old={old ?? null}
        template={params.get("template")}
        onClose={(permissionId) => setParams(permissionId === null ? {} : { permissionId })}
      />
    );
  const active = view.securityPosture.activePermissions;
  return (
    <Stack>
      {active > 0 ? (
        <div className={styles.head}>
          <h2>Active permissions</h2>
          {mayManage ? (
            <Row>
              <AddButton ref={addButton} onClick={() => setParams({ edit: "new" })} />
            </Row>
          ) : null}
        </div>
      ) : null}
      <PermissionList view={view} onEdit={(id) => setParams({ edit: id })} addButton={addButton} />
    </Stack>
  );
}
