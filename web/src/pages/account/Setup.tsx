// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { setUp, useEnter, useServerOffer } from "../../api/account.ts";
import { useFragmentToken } from "../../session/fragment.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { FormError, FormStack, TextField } from "../../ui/Field.tsx";
import { Answer } from "../../ui/States.tsx";
import { AccountPage } from "./AccountPage.tsx";
import { CredentialFields, NOBODY } from "./CredentialFields.tsx";
import { useSubmit } from "./useSubmit.ts";

function Form({ token }: { token: string }) {
  const [who, setWho] = useState(NOBODY);
  const [accountName, setAccountName] = useState("");
  const enter = useEnter();
  const navigate = useNavigate();
  const form = useSubmit(async () => {
    const name = accountName.trim();
    await setUp({ token, ...who, ...(name !== "" && { accountName: name }) });
    await enter();
    await navigate("/dashboard/agents/new?first=1", { replace: true });
  });
  return (
    <form onSubmit={form.onSubmit}>
      <FormStack>
        <CredentialFields fresh value={who} onValue={setWho} />
        <TextField
          label="Name of the account (optional)"
          hint="Your team or company. Agents belong to an account, and people are its members."
          autoComplete="organization"
          maxLength={120}
          value={accountName}
          onValue={setAccountName}
        />
        <FormError error={form.error} />
        <Button type="submit" look="primary" wide busy={form.busy}>
          Set up this server
        </Button>
      </FormStack>
    </form>
  );
}

function NoToken() {
  return (
    <>
      <p>
        This page needs the whole link that the server printed when it started, with all that stands behind
        the <code>#</code>. It works until the server stops; the next start prints another one.
      </p>
      <p>
        <Link to="/docs/accounts">How a server is set up</Link>
      </p>
    </>
  );
}

export default function Setup() {
  const token = useFragmentToken();
  const offer = useServerOffer();
  return (
    <AccountPage
      title="Set up this server"
      lead="You become its operator and own its first account. Your first agent comes next; it takes about a minute."
    >
      <Answer query={offer}>
        {({ needed }) =>
          !needed ? (
            <>
              <p>This server has been set up already.</p>
              <ButtonLink to="/login" look="primary" wide>
                Sign in
              </ButtonLink>
            </>
          ) : token === null ? (
            <NoToken />
          ) : (
            <Form token={token} />
          )
        }
      </Answer>
    </AccountPage>
  );
}
