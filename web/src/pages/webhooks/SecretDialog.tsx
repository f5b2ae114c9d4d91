// SPDX-License-Identifier: Apache-2.0
/** A signing secret, straight from the answer that made it. Closing it is the end of it here. */
import { Link } from "react-router";
import type { Made } from "../../api/webhooks.ts";
import { Button } from "../../ui/Button.tsx";
import { SecretOnce } from "../../ui/Copy.tsx";
import { Dialog, DialogActions } from "../../ui/Dialog.tsx";
import { exactTime } from "../../ui/Time.tsx";

export function SecretDialog({ made, onClose }: { made: Made | null; onClose: () => void }) {
  const until = made?.previousSecretExpiresAt ?? null;
  return (
    <Dialog open={made !== null} onClose={onClose} title="Signing secret" firm>
      {made !== null ? <SecretOnce name="Signing secret" secret={made.secret} kept="encrypted" /> : null}
      {until !== null ? (
        <p>
          Until {exactTime(until)} the secret before it signs too, so that a receiver can be changed over
          without losing events.
        </p>
      ) : null}
      <p>
        The receiver checks each request with it:{" "}
        <Link to="/docs/webhooks#verify-what-comes-in">how to verify</Link>.
      </p>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogActions>
    </Dialog>
  );
}
