// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import { changePassword, inviteKey } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import { useMe } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { FormError, FormStack } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { PasswordField } from "../../ui/PasswordField.tsx";
import { useAction } from "../../ui/useAction.ts";
import styles from "./Settings.module.css";

export function PasswordTab() {
  const me = useMe();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const action = useAction(keys.sessions, inviteKey);
  const tell = useTell();
  return (
    <Card title="Change password">
      <p className="note">
        Your other sessions end, and your open invitations and confirmed device logins are deleted. Developer
        tokens go on.
      </p>
      <form
        className={styles.narrow}
        onSubmit={(event) => {
          event.preventDefault();
          action.run(
            () => changePassword(current, fresh),
            () => {
              setCurrent("");
              setFresh("");
              tell("Password changed. Your other sessions have ended.");
            },
          );
        }}
      >
        <FormStack>
          {/* Password managers want to know whose password changes. */}
          <input type="text" name="username" autoComplete="username" value={me.user.email} readOnly hidden />
          <PasswordField label="Current password" value={current} onValue={setCurrent} />
          <PasswordField label="New password" fresh value={fresh} onValue={setFresh} />
          <FormError error={action.error} />
          <Row>
            <Button type="submit" look="primary" busy={action.busy}>
              Change password
            </Button>
          </Row>
        </FormStack>
      </form>
    </Card>
  );
}
