// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "react";
import { ButtonLink } from "../../ui/Button.tsx";
import { useSignOut } from "../../api/account.ts";
import { hideWaiting } from "../../layout/notify.ts";
import { Loading } from "../../ui/States.tsx";
import { AccountPage } from "./AccountPage.tsx";

/** An address that people try: it ends the session, and leads on to the sign-in. */
export default function Logout() {
  const { run, failed } = useSignOut();
  useEffect(() => {
    hideWaiting().catch(() => undefined);
    run();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when it is opened
  }, []);
  return (
    <AccountPage title="Sign out">
      {failed ? (
        <>
          <p role="alert">You are still signed in: the server could not be reached.</p>
          <ButtonLink to="/dashboard">Back to the dashboard</ButtonLink>
        </>
      ) : (
        <Loading lines={2} />
      )}
    </AccountPage>
  );
}
