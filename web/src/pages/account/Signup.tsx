// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { Link, Navigate, useNavigate } from "react-router";
import { signUp, useEnter, useServerOffer } from "../../api/account.ts";
import { useMaybeMe } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { FormError, FormStack } from "../../ui/Field.tsx";
import { Answer } from "../../ui/States.tsx";
import { AccountPage } from "./AccountPage.tsx";
import { CredentialFields, NOBODY } from "./CredentialFields.tsx";
import { useSubmit } from "./useSubmit.ts";

function Form({ mailEnabled }: { mailEnabled: boolean }) {
  const [who, setWho] = useState(NOBODY);
  const enter = useEnter();
  const navigate = useNavigate();
  const form = useSubmit(async () => {
    const { emailVerificationSent } = await signUp(who);
    await enter();
    await navigate(emailVerificationSent ? "/verify-email" : "/dashboard/agents/new?first=1");
  });
  return (
    <form onSubmit={form.onSubmit}>
      <FormStack>
        <CredentialFields
          fresh
          value={who}
          onValue={setWho}
          emailHint={mailEnabled ? "You get a mail to confirm it." : undefined}
        />
        <FormError error={form.error} />
        <Button type="submit" look="primary" wide busy={form.busy}>
          Create an account
        </Button>
      </FormStack>
    </form>
  );
}

export default function Signup() {
  const offer = useServerOffer();
  // Whoever came signed in has no business here; whoever signs up here is sent on by the form.
  const me = useMaybeMe();
  const [cameSignedIn] = useState(Boolean(me.data));
  if (cameSignedIn) return <Navigate to="/dashboard" replace />;
  return (
    <AccountPage
      title="Create an account"
      foot={
        <p>
          You have one? <Link to="/login">Sign in</Link>
        </p>
      }
    >
      <Answer query={offer}>
        {({ signup, mailEnabled }) =>
          signup === "open" ? (
            <Form mailEnabled={mailEnabled} />
          ) : (
            <p>
              {signup === "invite"
                ? "Accounts on this server are by invitation only."
                : "Sign-up is closed on this server."}{" "}
              Ask an owner of an account for an invitation: a link that you open in this browser.
            </p>
          )
        }
      </Answer>
    </AccountPage>
  );
}
