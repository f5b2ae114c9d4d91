// SPDX-License-Identifier: Apache-2.0
/** A command line, on whatever machine, asks to be signed in as the one who reads this. */
import { useEffect, useId, useRef, useState } from "react";
import { Navigate, useLocation, useSearchParams } from "react-router";
import { answerDevice } from "../../api/account.ts";
import { identityOf } from "../../api/session.ts";
import type { Me } from "../../api/types.ts";
import { useMaybeMe } from "../../session/session.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Callout } from "../../ui/Callout.tsx";
import { Facts, Row } from "../../ui/Card.tsx";
import { FormError, FormStack, TextField } from "../../ui/Field.tsx";
import { Answer, Loading } from "../../ui/States.tsx";
import styles from "./AccountPage.module.css";
import { AccountPage } from "./AccountPage.tsx";

type Result = "authorize" | "deny";

function Done({ result }: { result: Result }) {
  return (
    <>
      {result === "authorize" ? (
        <Callout tone="good" live>
          The device is signed in as you. Return to it; you can close this page.
        </Callout>
      ) : (
        <Callout tone="warning" live>
          Denied. The device gets nothing, and its code is worth nothing any more.
        </Callout>
      )}
      <ButtonLink to={result === "authorize" ? "/dashboard" : "/dashboard/settings/sessions"} wide>
        {result === "authorize" ? "To the dashboard" : "See where you are signed in"}
      </ButtonLink>
    </>
  );
}

/**
 * The second step. A link can fill in the code of somebody else's device, so that one click is not enough: the focus
 * waits on the question, and "yes" is not where "Allow" was.
 */
function Sure({
  me,
  code,
  busy,
  onBack,
  onSure,
}: {
  me: Me;
  code: string;
  busy: boolean;
  onBack: () => void;
  onSure: () => void;
}) {
  const id = useId();
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => group.current?.focus(), []);
  return (
    <div ref={group} role="group" tabIndex={-1} aria-labelledby={id} className={styles.sure}>
      <p id={id}>
        Does your own device show <code className="exact">{code}</code> now? It would be signed in as{" "}
        <strong className="exact">{me.user.email}</strong>.
      </p>
      <Row>
        <Button disabled={busy} onClick={onBack}>
          Back
        </Button>
        <Button look="primary" busy={busy} onClick={onSure}>
          Yes, allow
        </Button>
      </Row>
    </div>
  );
}

function Question({ me, onDone }: { me: Me; onDone: (result: Result) => void }) {
  const [search] = useSearchParams();
  const [code, setCode] = useState(search.get("code")?.trim().toUpperCase() ?? "");
  const [isAsked, setAsked] = useState(false);
  const [busy, setBusy] = useState<Result | null>(null);
  const [error, setError] = useState<unknown>(null);
  const answer = (result: Result) => {
    setBusy(result);
    setError(null);
    answerDevice(code, result)
      .then(() => onDone(result), setError)
      .finally(() => {
        setBusy(null);
        setAsked(false);
      });
  };
  const change = (text: string) => {
    setCode(text);
    setAsked(false);
  };
  const isEmpty = code.trim() === "";
  return (
    <FormStack>
      <div className={styles.code}>
        <TextField
          label="Code"
          hint="Compare it with the one that the device shows."
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={80}
          value={code}
          readOnly={busy !== null}
          onValue={change}
        />
      </div>
      <Facts
        facts={[
          ["It will act as", me.user.email],
          ["In the account", me.account.name],
        ]}
      />
      <Callout tone="warning" live>
        Allow only what you started yourself just now. Whoever sent you this code would be signed in as you.
      </Callout>
      <FormError error={error} />
      {isAsked ? (
        <Sure
          me={me}
          code={code.trim()}
          busy={busy !== null}
          onBack={() => setAsked(false)}
          onSure={() => answer("authorize")}
        />
      ) : (
        <Row>
          <Button look="primary" disabled={isEmpty || busy !== null} onClick={() => setAsked(true)}>
            Allow
          </Button>
          <Button
            look="danger"
            disabled={isEmpty || busy !== null}
            busy={busy === "deny"}
            onClick={() => answer("deny")}
          >
            Deny
          </Button>
        </Row>
      )}
    </FormStack>
  );
}

export default function Authenticate() {
  const me = useMaybeMe(0); // "as you" must be true now
  const location = useLocation();
  const [result, setResult] = useState<Result | null>(null);
  if (me.data === null && result === null) {
    const here = location.pathname + location.search;
    return <Navigate to={`/login?next=${encodeURIComponent(here)}`} replace />;
  }
  return (
    <AccountPage title="Sign in a device" lead="A command line asks to be signed in as you.">
      {result !== null ? (
        <Done result={result} />
      ) : (
        <Answer query={me} lines={5}>
          {(person) => {
            if (!me.isFetchedAfterMount) return <Loading lines={5} />;
            return person && <Question key={identityOf(person)} me={person} onDone={setResult} />;
          }}
        </Answer>
      )}
    </AccountPage>
  );
}
