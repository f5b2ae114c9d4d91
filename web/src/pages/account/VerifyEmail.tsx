// SPDX-License-Identifier: Apache-2.0
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { resendVerification, verifyEmail } from "../../api/account.ts";
import { keys } from "../../api/queries.ts";
import { tokenIn, useFragmentToken } from "../../session/fragment.ts";
import { useMaybeMe } from "../../session/session.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { FormError, FormStack, TextField } from "../../ui/Field.tsx";
import { AccountPage } from "./AccountPage.tsx";
import { useSubmit } from "./useSubmit.ts";

/** What was pasted: the link of the mail, or what stands at its end. */
function codeOf(pasted: string): string {
  const text = pasted.trim();
  const at = text.indexOf("#");
  return (at < 0 ? null : tokenIn(text.slice(at))) ?? text;
}

function Confirm({ token, onDone }: { token: string | null; onDone: () => void }) {
  const [pasted, setPasted] = useState("");
  const form = useSubmit(async () => {
    await verifyEmail(token ?? codeOf(pasted));
    onDone();
  });
  return (
    <form onSubmit={form.onSubmit}>
      <FormStack>
        {token === null ? (
          <TextField
            label="Link or code of the mail"
            hint="Open the link of the mail, or paste it here."
            autoComplete="one-time-code"
            spellCheck={false}
            required
            value={pasted}
            onValue={setPasted}
          />
        ) : (
          <p>Confirm that the address which this link was sent to is yours.</p>
        )}
        <FormError error={form.error} />
        <Button type="submit" look="primary" wide busy={form.busy}>
          Confirm my address
        </Button>
      </FormStack>
    </form>
  );
}

function Resend({ email }: { email: string }) {
  const [sent, setSent] = useState(false);
  const form = useSubmit(async () => {
    await resendVerification(email);
    setSent(true);
  });
  return (
    <form onSubmit={form.onSubmit}>
      <FormError error={form.error} />
      {sent ? (
        <p role="status">Another mail is on its way. Only its link works now.</p>
      ) : (
        <Button type="submit" look="quiet" busy={form.busy}>
          Send the mail to {email} again
        </Button>
      )}
    </form>
  );
}

export default function VerifyEmail() {
  const token = useFragmentToken();
  const me = useMaybeMe();
  const client = useQueryClient();
  const [done, setDone] = useState(false);
  const isVerified = done || me.data?.user.emailVerified === true;
  const finish = () => {
    setDone(true);
    void client.invalidateQueries({ queryKey: keys.me });
  };
  const waiting = me.data && !isVerified ? me.data.user.email : null;
  return (
    <AccountPage
      title="Confirm your address"
      {...(waiting !== null && {
        lead: `A mail was sent to ${waiting}. Until its link is opened, nothing else can be done here.`,
      })}
      {...(!me.data && !isVerified && { foot: <Link to="/login">Sign in</Link> })}
    >
      {isVerified && (token === null || done) ? (
        <>
          <Callout tone="good" live>
            Your address is confirmed.
          </Callout>
          <ButtonLink to={me.data ? "/dashboard" : "/login"} look="primary" wide>
            {me.data ? "Go on" : "Sign in"}
          </ButtonLink>
        </>
      ) : (
        <Confirm token={token} onDone={finish} />
      )}
      {waiting === null ? null : <Resend email={waiting} />}
    </AccountPage>
  );
}
