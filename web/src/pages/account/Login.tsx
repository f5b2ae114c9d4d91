// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";
import { signIn, useEnter, useServerOffer } from "../../api/account.ts";
import { safeNext, useMaybeMe } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { FormError, FormStack } from "../../ui/Field.tsx";
import { AccountPage } from "./AccountPage.tsx";
import { CredentialFields, NOBODY } from "./CredentialFields.tsx";
import { useSubmit } from "./useSubmit.ts";

/** Why one is here, when one did not come by oneself. */
function Why({ expired, next }: { expired: boolean; next: string | null }) {
  if (expired) {
    return (
      <Callout tone="warning" live>
        Your session has ended. What was not yet saved is lost; signing in takes you back to where you were.
      </Callout>
    );
  }
  return next === null ? null : <Callout live>Sign in, and you go on to the page you opened.</Callout>;
}

function OtherWays() {
  const offer = useServerOffer();
  return (
    <>
      <p>
        <Link to="/forgot-password">Forgotten your password?</Link>
      </p>
      {offer.data?.signup === "open" ? (
        <p>
          New here? <Link to="/signup">Create an account</Link>
        </p>
      ) : null}
    </>
  );
}

/** There is nobody who could sign in. */
function NotSetUp() {
  return (
    <AccountPage title="Not set up yet">
      <p>
        Open the link that the server printed when it started: it makes the first account. It is in the
        output, or the log, of <code>behalf serve</code>.
      </p>
      <p>
        It looks like <code>{`${window.location.origin}/setup#token=…`}</code>
      </p>
    </AccountPage>
  );
}

export default function Login() {
  const [search] = useSearchParams();
  const [who, setWho] = useState(NOBODY);
  const me = useMaybeMe();
  const enter = useEnter();
  const offer = useServerOffer();
  const next = search.get("next");
  const form = useSubmit(async () => {
    await signIn(who);
    await enter();
  });
  if (me.data) return <Navigate to={safeNext(next)} replace />;
  if (offer.data?.needed === true) return <NotSetUp />;
  return (
    <AccountPage title="Sign in" foot={<OtherWays />}>
      <Why expired={search.has("expired")} next={next} />
      <form onSubmit={form.onSubmit}>
        <FormStack>
          <CredentialFields value={who} onValue={setWho} />
          <FormError error={form.error} />
          <Button type="submit" look="primary" wide busy={form.busy}>
            Sign in
          </Button>
        </FormStack>
      </form>
    </AccountPage>
  );
}
