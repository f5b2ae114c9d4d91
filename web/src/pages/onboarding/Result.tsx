// SPDX-License-Identifier: Apache-2.0
/** The agent is made: its secret, once; the first decision; and how to go on. */
import { useState } from "react";
import { segment } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { Card, Row, Stack } from "../../ui/Card.tsx";
import { CopyButton, SecretOnce } from "../../ui/Copy.tsx";
import { FormError } from "../../ui/Field.tsx";
import { useAction } from "../../ui/useAction.ts";
import { makePassport, tryMissing, type Made } from "./makeAgent.ts";
import styles from "./NewAgent.module.css";
import { environmentLines } from "./snippets.ts";
import { Snippets } from "./Snippets.tsx";
import { TryRequest } from "./TryRequest.tsx";
import { OUTSIDE, trialOf } from "./wizard.ts";

type Props = { made: Made; onMade: (made: Made) => void };

function MissingScopes({ made, onMade }: Props) {
  const action = useAction(keys.agents);
  if (made.missing.length === 0) return null;
  return (
    <Callout
      tone="warning"
      title="The agent was created, but not all of its permissions."
      live
      actions={
        <Button busy={action.busy} onClick={() => action.run(() => tryMissing(made), onMade)}>
          Try these again
        </Button>
      }
    >
      <ul>
        {made.missing.map(({ scope, why }) => (
          <li key={scope.key}>
            {scope.label}: {why}
          </li>
        ))}
      </ul>
      <p>What they would allow is denied. You can also add them on the agent&apos;s page.</p>
    </Callout>
  );
}

function KeyCard({ made }: { made: Made }) {
  return (
    <Card title="The agent's key">
      <SecretOnce name="API key" secret={made.apiKey} />
      <Row>
        <CopyButton
          text={environmentLines(location.origin, made.agent.agentId, made.apiKey)}
          label="Copy as environment lines"
        />
      </Row>
      <p className="note">
        Keep it where the agent runs, and nowhere else. When it is lost or seen by others, rotate it on the
        agent&apos;s page.
      </p>
    </Card>
  );
}

function PassportCard({ made, onMade }: Props) {
  const action = useAction(keys.agents);
  return (
    <Card title="The agent's passport">
      {made.passport === null ? (
        <>
          <p>The link could not be created.</p>
          <FormError error={action.error} />
          <Row>
            <Button
              busy={action.busy}
              onClick={() =>
                action.run(
                  () => makePassport(made.agent.agentId),
                  (passport) => onMade({ ...made, passport }),
                )
              }
            >
              Create the link
            </Button>
          </Row>
        </>
      ) : (
        <>
          <SecretOnce name="Passport link" secret={made.passport.url} />
          <ol className={styles.todo}>
            <li>Open the link, and copy the text for your assistant.</li>
            <li>Paste it into the assistant&apos;s instructions or memory.</li>
            <li>Ask the assistant for something outside of it, and see what it says.</li>
          </ol>
          <p className="note">
            Whoever has the link can read what the agent may do. A passport is advice: an assistant that
            ignores it is not stopped.
          </p>
        </>
      )}
    </Card>
  );
}

function Onwards({ made }: { made: Made }) {
  return (
    <Row>
      <ButtonLink to={`/dashboard/agents/${segment(made.agent.agentId)}`} look="primary">
        To the agent
      </ButtonLink>
      <ButtonLink to="/dashboard">To the overview</ButtonLink>
      {made.agent.agentType === "native" ? (
        <ButtonLink to="/docs/coding-agents" look="quiet">
          Put a coding agent behind it
        </ButtonLink>
      ) : null}
    </Row>
  );
}

export function Result({ made, onMade }: Props) {
  const [trial, setTrial] = useState(() => {
    const first = made.scopes[0];
    return first === undefined ? OUTSIDE : trialOf(first.draft);
  });
  const isNative = made.agent.agentType === "native";
  return (
    <Stack>
      <MissingScopes made={made} onMade={onMade} />
      <div className={styles.result}>
        {isNative ? <KeyCard made={made} /> : <PassportCard made={made} onMade={onMade} />}
        {isNative || made.passport !== null ? (
          <div className={styles.trial}>
            <TryRequest made={made} trial={trial} onTrial={setTrial} />
          </div>
        ) : null}
        {isNative ? (
          <Snippets title="The same from your side" agentId={made.agent.agentId} trial={trial}>
            <p>Copy the environment lines into the shell first: the key comes from there.</p>
          </Snippets>
        ) : null}
      </div>
      <Onwards made={made} />
    </Stack>
  );
}
