// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { Link } from "react-router";
import { askForResetLink, useServerOffer } from "../../api/account.ts";
import { Button } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { FormError, FormStack, TextField } from "../../ui/Field.tsx";
import { Answer } from "../../ui/States.tsx";
import { AccountPage } from "./AccountPage.tsx";
import { useSubmit } from "./useSubmit.ts";

function ByMail() {
  const [email, setEmail] = useState("");
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useSubmit(async () => {
    await askForResetLink(email);
    setSentTo(email);
  });
  if (sentTo !== null) {
    return (
      <Callout tone="good" live>
        If {sentTo} has an account here, a link is on its way to it. It works once, within 60 minutes.
      </Callout>
    );
  }
  return (
    <form onSubmit={form.onSubmit}>
      <FormStack>
        <TextField
          label="Email"
          type="email"
          autoComplete="username"
          required
          maxLength={254}
          value={email}
          onValue={setEmail}
        />
        <FormError error={form.error} />
        <Button type="submit" look="primary" wide busy={form.busy}>
          Send me a link
        </Button>
      </FormStack>
    </form>
  );
}

function WithoutMail() {
  return (
    <>
      <p>
        This server sends no mail. Its operator makes you a link on the server&apos;s own machine; it works
        once, within 60 minutes:
      </p>
      <CodeBlock title="For the operator" code="behalf admin reset-link you@example.com" />
    </>
  );
}

export default function ForgotPassword() {
  const offer = useServerOffer();
  return (
    <AccountPage
      title="Forgotten password"
      foot={
        <p>
          <Link to="/login">Back to signing in</Link>
        </p>
      }
    >
      <Answer query={offer}>{({ mailEnabled }) => (mailEnabled ? <ByMail /> : <WithoutMail />)}</Answer>
    </AccountPage>
  );
}
