// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { changeRole, type Member } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import type { Role } from "../../api/types.ts";
import { useMe } from "../../session/session.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogForm } from "../../ui/DialogForm.tsx";
import { SelectField } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { useAction } from "../../ui/useAction.ts";
import { givableRoles, ROLES } from "./roles.ts";

/** Chooses among the roles that the signed-in person may give. */
export function RoleField({ value, onValue }: { value: Role; onValue: (role: Role) => void }) {
  const givable = givableRoles(useMe().role);
  const chosen = ROLES.find((entry) => entry.role === value);
  return (
    <SelectField
      label="Role"
      hint={chosen ? `${chosen.label}: ${chosen.may}.` : undefined}
      value={value}
      onValue={onValue}
      choices={ROLES.filter(({ role }) => givable.includes(role)).map(({ role, label }) => ({
        value: role,
        label,
      }))}
    />
  );
}

function RoleForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const [role, setRole] = useState(member.role);
  const action = useAction(keys.members);
  const tell = useTell();
  return (
    <DialogForm
      action="Change role"
      busy={action.busy}
      error={action.error}
      isUnchanged={role === member.role}
      onSubmit={() =>
        action.run(
          () => changeRole(member.memberId, role),
          (answer) => {
            tell(`${answer.member.email} is ${answer.member.roleLabel} now.`);
            onClose();
          },
        )
      }
      onCancel={onClose}
    >
      <RoleField value={role} onValue={setRole} />
    </DialogForm>
  );
}

export function RoleDialog({ member, onClose }: { member: Member | null; onClose: () => void }) {
  return (
    <Dialog open={member !== null} onClose={onClose} title={`Role of ${member?.email ?? ""}`}>
      {member !== null ? <RoleForm member={member} onClose={onClose} /> : null}
    </Dialog>
  );
}
