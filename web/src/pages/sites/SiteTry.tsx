// SPDX-License-Identifier: Apache-2.0
/** One real check with the key that was just made, as the site's server would ask. It is recorded like any other. */
import { useState } from "react";
import { checkSite, siteKey, type SiteAnswer } from "../../api/sites.ts";
import { OutcomeBadge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Row } from "../../ui/Card.tsx";
import { FieldRow, FormError, FormStack, TextField } from "../../ui/Field.tsx";
import { useAction } from "../../ui/useAction.ts";

export function SiteTry({ siteId, secret }: { siteId: string; secret: string }) {
  const [path, setPath] = useState("/");
  const [userAgent, setUserAgent] = useState("ExampleBot/1.0");
  const [answer, setAnswer] = useState<SiteAnswer | null>(null);
  const action = useAction(siteKey(siteId));
  return (
    <form
      aria-label="Try the key"
      onSubmit={(event) => {
        event.preventDefault();
        setAnswer(null);
        action.run(() => checkSite(secret, { path, userAgent }), setAnswer);
      }}
    >
      <FormStack>
        <FieldRow>
          <TextField label="Path" maxLength={500} spellCheck={false} value={path} onValue={setPath} />
          <TextField
            label="User agent"
            maxLength={500}
            spellCheck={false}
            value={userAgent}
            onValue={setUserAgent}
          />
        </FieldRow>
        <Row>
          <Button type="submit" busy={action.busy}>
            Try a check
          </Button>
          <span role="status">
            {answer !== null ? (
              <Row>
                <OutcomeBadge outcome={answer.allowed ? "allowed" : "denied"} />
                {answer.reason}
              </Row>
            ) : null}
          </span>
        </Row>
        <FormError error={action.error} />
      </FormStack>
    </form>
  );
}
