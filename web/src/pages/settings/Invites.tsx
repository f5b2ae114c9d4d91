// SPDX-License-Identifier: Apache-2.0
/** Invitations: a link that works once. Whoever makes it hands it over; nothing is mailed. */
import { useState } from "react";
import { createInvite, deleteInvite, inviteKey, useInvites, type Invite } from "../../api/people.ts";
import type { Role } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ConfirmFor } from "../../ui/ConfirmFor.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/Field.tsx";
import { SecretForm } from "../../ui/SecretForm.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useThenDrop } from "../../ui/useAction.ts";
import { RoleField } from "./RoleDialog.tsx";

function InviteForm({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("approver");
  return (
    <SecretForm
      secretName="Invitation link"
      action="Make invitation"
      changes={inviteKey}
      make={async () => (await createInvite(role, email.trim())).inviteUrl}
      onClose={onClose}
      after={() => (
        <p>
          {email.trim() === ""
            ? "Whoever has it can use it, once, within 7 days."
            : `It works once, for ${email.trim()}, within 7 days.`}{" "}
          Give it to the person yourself; it is not mailed.
        </p>
      )}
    >
      <TextField
        label="Email"
        hint="Without an address the link works for whoever has it."
        type="email"
        autoComplete="off"
        value={email}
        onValue={setEmail}
      />
      <RoleField value={role} onValue={setRole} />
    </SecretForm>
  );
}

export function InviteDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Invite a person" firm>
      <InviteForm onClose={onClose} />
    </Dialog>
  );
}

function InviteTable({ invites }: { invites: Invite[] }) {
  const [dropped, setDropped] = useState<Invite | null>(null);
  const thenDrop = useThenDrop();
  const forWhom = (invite: Invite) => invite.email ?? "whoever has the link";
  return (
    <>
      <Table
        caption="Open invitations"
        rows={invites}
        rowKey={(invite) => invite.inviteId}
        columns={[
          { name: "For", head: true, cell: (invite) => <span className="exact">{forWhom(invite)}</span> },
          { name: "Role", words: true, cell: (invite) => invite.roleLabel },
          { name: "Invited by", cell: (invite) => <span className="exact">{invite.invitedBy ?? "–"}</span> },
          { name: "Expires", cell: (invite) => <Time at={invite.expiresAt} /> },
          {
            name: "Actions",
            silent: true,
            cell: (invite) => (
              <Button
                look="danger"
                onClick={() => setDropped(invite)}
                aria-label={`Take back the invitation for ${forWhom(invite)}`}
              >
                Take back
              </Button>
            ),
          },
        ]}
      />
      <ConfirmFor
        what={dropped}
        onClose={() => setDropped(null)}
        title={() => "Take the invitation back?"}
        action="Take back"
        danger
        run={({ inviteId }) => thenDrop(deleteInvite(inviteId), inviteKey)}
      >
        {() => <p>Its link is dead from then on.</p>}
      </ConfirmFor>
    </>
  );
}

export function Invites() {
  const invites = useInvites();
  return (
    <Card title="Open invitations">
      <Answer query={invites} lines={1}>
        {(all) => (all.length > 0 ? <InviteTable invites={all} /> : <Empty title="Nobody is invited" />)}
      </Answer>
    </Card>
  );
}
