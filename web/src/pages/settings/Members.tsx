// SPDX-License-Identifier: Apache-2.0
import { useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { keys } from "../../api/queries.ts";
import { becomeNobody } from "../../api/session.ts";
import { leaveAccount, removeMember, useMembers, type Member } from "../../api/people.ts";
import { useMay, useMe } from "../../session/session.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, PageHead, Row, Stack } from "../../ui/Card.tsx";
import { ConfirmFor } from "../../ui/ConfirmFor.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { Table, type Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { useThenDrop } from "../../ui/useAction.ts";
import { InviteDialog, Invites } from "./Invites.tsx";
import { RoleDialog } from "./RoleDialog.tsx";
import { mayChange, ROLES } from "./roles.ts";
import styles from "./Settings.module.css";

function Remove({ member, onClose }: { member: Member | null; onClose: () => void }) {
  const thenDrop = useThenDrop();
  const tell = useTell();
  const remove = async (gone: Member) => {
    await thenDrop(removeMember(gone.memberId), keys.members);
    tell(`${gone.email} is no member any more.`);
  };
  return (
    <ConfirmFor
      what={member}
      onClose={onClose}
      title={({ email }) => `Remove ${email}?`}
      action="Remove member"
      danger
      run={remove}
    >
      {() => <p>Sessions, tokens and open invitations of this person in this account end at once.</p>}
    </ConfirmFor>
  );
}

function Leave() {
  const [asks, setAsks] = useState(false);
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    await leaveAccount();
    becomeNobody(client);
    await navigate("/login");
  };
  return (
    <>
      <Button onClick={() => setAsks(true)}>Leave</Button>
      <Confirm
        open={asks}
        onClose={() => setAsks(false)}
        title={`Leave ${me.account.name}?`}
        action="Leave the account"
        danger
        run={leave}
      >
        <p>Your sessions and tokens in this account end at once. Only an invitation brings you back.</p>
      </Confirm>
    </>
  );
}

function columns(show: {
  manages: (member: Member) => boolean;
  onRole: (member: Member) => void;
  onRemove: (member: Member) => void;
}): Column<Member>[] {
  return [
    {
      name: "Person",
      head: true,
      cell: (member) => (
        <Row>
          <span className="exact">{member.email}</span>
          {member.you ? <Badge tone="accent">You</Badge> : null}
        </Row>
      ),
    },
    { name: "Role", words: true, cell: (member) => member.roleLabel },
    { name: "Since", cell: (member) => <Time at={member.createdAt} /> },
    {
      name: "Actions",
      silent: true,
      cell: (member) => {
        if (member.you) return <Leave />;
        if (!show.manages(member)) return null;
        return (
          <Row>
            <Button onClick={() => show.onRole(member)} aria-label={`Change the role of ${member.email}`}>
              Change role
            </Button>
            <Button look="danger" onClick={() => show.onRemove(member)} aria-label={`Remove ${member.email}`}>
              Remove
            </Button>
          </Row>
        );
      },
    },
  ];
}

function RoleWords() {
  return (
    <Card title="What the roles may do">
      <dl className={styles.roles}>
        {ROLES.map(({ role, label, may }) => (
          <div key={role}>
            <dt>{label}</dt>
            <dd>{may}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

export default function Members() {
  const me = useMe();
  const mayInvite = useMay("manage");
  const members = useMembers();
  const [inviting, setInviting] = useState(false);
  const [changed, setChanged] = useState<Member | null>(null);
  const [removed, setRemoved] = useState<Member | null>(null);
  const invite = mayInvite ? (
    <Button look="primary" icon={<UserPlus size={18} aria-hidden />} onClick={() => setInviting(true)}>
      Invite
    </Button>
  ) : null;
  return (
    <Stack>
      <PageHead
        title="Members"
        lead={`People who work in ${me.account.name}. A changed role takes effect at once.`}
        actions={invite}
      />
      <Card>
        <Answer query={members}>
          {(all) => (
            <Table
              caption="Members of this account"
              rows={all}
              rowKey={(member) => member.memberId}
              columns={columns({
                manages: (member) => mayChange(me.role, member),
                onRole: setChanged,
                onRemove: setRemoved,
              })}
            />
          )}
        </Answer>
      </Card>
      {mayInvite ? <Invites /> : null}
      <RoleWords />
      <InviteDialog open={inviting} onClose={() => setInviting(false)} />
      <RoleDialog member={changed} onClose={() => setChanged(null)} />
      <Remove member={removed} onClose={() => setRemoved(null)} />
    </Stack>
  );
}
