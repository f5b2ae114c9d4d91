// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { acceptInvite, lookAtInvite, useEnter, type Invitation } from "../../api/account.ts";
import { useFragmentToken } from "../../session/fragment.ts";
import { useMaybeMe } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Facts } from "../../ui/Card.tsx";
import { RadioCards } from "../../ui/ChoiceCards.tsx";
import { FormError, FormStack } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { Time } from "../../ui/Time.tsx";
import { AccountPage } from "./AccountPage.tsx";
import { CredentialFields, NOBODY } from "./CredentialFields.tsx";
import { useSubmit } from "./useSubmit.ts";

const MAY: Record<Invitation["role"], string> = {
  viewer: "see agents, permissions, approvals and the log",
  approver: "see everything, and approve and deny what agents ask for",
  admin: "see and approve everything, and manage agents, permissions and members",
  owner: "do everything in the account",
};

/** Takes the invitation, and goes on as whoever that makes of us. */
function useAccept(token: string, credentials: () => { email: string; password: string } | null) {
  const enter = useEnter();
  const navigate = useNavigate();
  const tell = useTell();
  return useSubmit(async () => {
    const accepted = await acceptInvite({ token, ...credentials() });
    const me = await enter();
    tell(`You are now a member of ${accepted.account.name}.`);
    await navigate(me.user.emailVerified ? "/dashboard" : "/verify-email", { replace: true });
  });
}

function AsMyself({ token, email, onOther }: { token: string; email: string; onOther: () => void }) {
  const form = useAccept(token, () => null);
  return (
    <form onSubmit={form.onSubmit}>
      <FormStack>
        <FormError error={form.error} />
        <Button type="submit" look="primary" wide busy={form.busy}>
          Join as {email}
        </Button>
        <Button look="quiet" onClick={onOther}>
          Join with another address
        </Button>
      </FormStack>
    </form>
  );
}

function AsSomebody({ token, invited }: { token: string; invited: string | null }) {
  const [who, setWho] = useState({ ...NOBODY, email: invited ?? "" });
  const [kind, setKind] = useState<"new" | "known">("new");
  const form = useAccept(token, () => who);
  return (
    <form onSubmit={form.onSubmit}>
      <FormStack>
        <RadioCards
          label="Who are you here?"
          value={kind}
          onValue={setKind}
          choices={[
            { value: "new", label: "I am new", note: "Choose a password." },
            { value: "known", label: "I have an account", note: "Use its password." },
          ]}
        />
        <CredentialFields
          key={kind}
          fresh={kind === "new"}
          value={who}
          onValue={setWho}
          emailHint={invited === null ? undefined : "The invitation is for this address."}
        />
        <FormError error={form.error} />
        <Button type="submit" look="primary" wide busy={form.busy}>
          Join
        </Button>
      </FormStack>
    </form>
  );
}

function Invited({ token, invitation }: { token: string; invitation: Invitation }) {
  const me = useMaybeMe();
  const [asOther, setAsOther] = useState(false);
  return (
    <>
      <Facts
        facts={[
          ["Account", invitation.account.name],
          ["Your role", invitation.roleLabel],
          ["Invited by", invitation.invitedBy],
          ["Valid until", <Time key="until" at={invitation.expiresAt} />],
        ]}
      />
      <p>You will be able to {MAY[invitation.role]}.</p>
      <Answer query={me}>
        {(person) =>
          person !== null && !asOther ? (
            <AsMyself token={token} email={person.user.email} onOther={() => setAsOther(true)} />
          ) : (
            <AsSomebody token={token} invited={invitation.email} />
          )
        }
      </Answer>
    </>
  );
}

function Known({ token }: { token: string }) {
  const [opened] = useState(() => Date.now());
  const invitation = useQuery({
    // The token is a secret: it stays out of the keys of the cache.
    queryKey: ["invitation", opened],
    queryFn: ({ signal }) => lookAtInvite(token, signal),
    gcTime: 0,
  });
  return <Answer query={invitation}>{(data) => <Invited token={token} invitation={data} />}</Answer>;
}

export default function Invite() {
  const token = useFragmentToken();
  return (
    <AccountPage title="Join an account" lead="You have been invited to decide what agents may do.">
      {token === null ? (
        <p>
          This page needs the whole link of the invitation, with all that stands behind the <code>#</code>.
        </p>
      ) : (
        <Known key={token} token={token} />
      )}
    </AccountPage>
  );
}
