// SPDX-License-Identifier: Apache-2.0
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { resetPassword } from "../../api/account.ts";
import { keys } from "../../api/queries.ts";
import { useFragmentToken } from "../../session/fragment.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { FormError, FormStack } from "../../ui/Field.tsx";
import { PasswordField } from "../../ui/PasswordField.tsx";
import { AccountPage } from "./AccountPage.tsx";
import { useSubmit } from "./useSubmit.ts";

function Form({ token, onDone }: { token: string; onDone: () => void }) {
  const [password, setPassword] = useState("");
  const client = useQueryClient();
  const form = useSubmit(async () => {
    await resetPassword({ token, password });
    // The session of this browser, if it had one of that person, is no more.
    await client.invalidateQueries({ queryKey: keys.me });
    onDone();
  });
  return (
    <form onSubmit={form.onSubmit}>
      <FormStack>
        <PasswordField fresh label="New password" value={password} onValue={setPassword} />
        <p>
          It ends all your sessions and revokes your developer tokens and open invitations. Your agents and
          their keys go on.
        </p>
        <FormError error={form.error} />
        <Button type="submit" look="primary" wide busy={form.busy}>
          Set the new password
        </Button>
      </FormStack>
    </form>
  );
}

export default function ResetPassword() {
  const token = useFragmentToken();
  const [done, setDone] = useState(false);
  return (
    <AccountPage
      title="New password"
      foot={
        done ? undefined : (
          <p>
            The link does not work any more? <Link to="/forgot-password">Ask for another one</Link>
          </p>
        )
      }
    >
      {done ? (
        <>
          <Callout tone="good" live>
            Your new password is set, and all your sessions have ended.
          </Callout>
          <ButtonLink to="/login" look="primary" wide>
            Sign in
          </ButtonLink>
        </>
      ) : token === null ? (
        <p>
          This page needs the whole link, with all that stands behind the <code>#</code>. Open it from the
          mail or the message that it came in.
        </p>
      ) : (
        <Form token={token} onDone={() => setDone(true)} />
      )}
    </AccountPage>
  );
}
