// SPDX-License-Identifier: Apache-2.0
/**
 * What a passport's link opens. The token in its fragment never leaves the browser but as the bearer of requests to
 * this server; it stands in no address, no storage and no cache.
 */
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { ApiError } from "../../api/client.ts";
import { usePassport, type PassportLink } from "../../api/passport.ts";
import { tokenIn, useFragmentToken } from "../../session/fragment.ts";
import { Button } from "../../ui/Button.tsx";
import { Card, PageHead, Row, Stack } from "../../ui/Card.tsx";
import { FormStack, TextField } from "../../ui/Field.tsx";
import { Answer } from "../../ui/States.tsx";
import { AgentHead } from "./AgentHead.tsx";
import styles from "./Passport.module.css";
import { PassportTexts } from "./PassportTexts.tsx";
import { PreviewForm } from "./PreviewForm.tsx";
import { Scopes } from "./Scopes.tsx";

function Warning() {
  return (
    <div className={styles.warning}>
      <TriangleAlert size={20} aria-hidden />
      <p>
        <strong>The link to this page is a secret.</strong> Whoever has it can read what this agent may do and
        try actions. Its token was taken out of the address bar: to come back, open the link again.
      </p>
    </div>
  );
}

function Contents({ link }: { link: PassportLink }) {
  const passport = usePassport(link);
  return (
    <Answer query={passport} lines={6}>
      {(document) => (
        <Stack>
          <AgentHead passport={document} />
          <Warning />
          <Scopes permissions={document.permissions} />
          <PassportTexts link={link} />
          <PreviewForm link={link} permissions={document.permissions} />
          <Card title="What a passport cannot do">
            <ul className="bullets">
              {document.limitations.map((limitation) => (
                <li key={limitation}>{limitation}</li>
              ))}
            </ul>
          </Card>
        </Stack>
      )}
    </Answer>
  );
}

/** A pasted link, or the token alone. */
function tokenOf(pasted: string): string {
  const hash = pasted.indexOf("#");
  return (hash < 0 ? null : tokenIn(pasted.slice(hash))) ?? pasted.trim();
}

function AskForLink({ onToken }: { onToken: (token: string) => void }) {
  const [pasted, setPasted] = useState("");
  return (
    <div className={styles.narrow}>
      <Stack>
        <PageHead title="Passport" />
        <Card title="Open it by its link">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              onToken(tokenOf(pasted));
            }}
          >
            <FormStack>
              <TextField
                label="Passport link"
                hint="The link as you were given it, with all that stands behind the #. This page keeps it only while it is open."
                required
                type="password"
                autoComplete="off"
                spellCheck={false}
                value={pasted}
                onValue={setPasted}
              />
              <Row>
                <Button type="submit" look="primary">
                  Open passport
                </Button>
              </Row>
            </FormStack>
          </form>
        </Card>
      </Stack>
    </div>
  );
}

function DeadLink({ onAgain }: { onAgain: () => void }) {
  return (
    <div className={styles.narrow}>
      <Stack>
        <PageHead title="Passport" />
        <Card title="Invalid passport link">
          <p>
            There is no such passport, or its link was replaced or revoked. Ask the person who gave it to you
            for the present one.
          </p>
          <Row>
            <Button onClick={onAgain}>Open another link</Button>
          </Row>
        </Card>
      </Stack>
    </div>
  );
}

let generations = 0;

function Opened({ agentId, token, onAgain }: { agentId: string; token: string; onAgain: () => void }) {
  const [generation] = useState(() => generations++);
  const link = { agentId, token, generation };
  const { error } = usePassport(link);
  if (error instanceof ApiError && error.status === 401) return <DeadLink onAgain={onAgain} />;
  return <Contents link={link} />;
}

export default function Passport() {
  const { agentId = "" } = useParams();
  const ofLink = useFragmentToken();
  const [pasted, setPasted] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const token = pasted ?? (ofLink === refused ? null : ofLink);
  if (token === null) return <AskForLink onToken={setPasted} />;
  const askAgain = () => {
    setRefused(ofLink);
    setPasted(null);
  };
  return <Opened key={`${agentId} ${token}`} agentId={agentId} token={token} onAgain={askAgain} />;
}
