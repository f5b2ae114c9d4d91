// SPDX-License-Identifier: Apache-2.0
/**
 * Approve and deny, each in two deliberate steps. The second button stands where the first one did not, takes nothing in
 * the first half second and no key that is held down: a double tap, a slip or a cat on the keyboard decides nothing.
 */
import { Check, CircleSlash } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useDecide, type Verdict } from "../../api/approvals.ts";
import type { Approval } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { FormError } from "../../ui/Field.tsx";
import { useTell } from "../../ui/Notices.tsx";
import styles from "./DecisionBar.module.css";
import { useEscape, useShortcuts } from "./shortcuts.ts";
import { agentName, askedInWords, minutesInWords } from "./words.ts";

const TOO_SOON_MS = 500;
const ICONS: Record<Verdict, ReactNode> = {
  approve: <Check size={18} aria-hidden />,
  deny: <CircleSlash size={18} aria-hidden />,
};

interface SureProps {
  approval: Approval;
  verdict: Verdict;
  busy: boolean;
  /** The first step was a click: the same finger or key may still be on its way. */
  byClick: boolean;
  onBack: () => void;
  onSure: () => void;
}

function Question({ approval, verdict }: { approval: Approval; verdict: Verdict }) {
  const who = <bdi>{agentName(approval)}</bdi>;
  if (verdict === "deny") return <>Deny this request of {who}?</>;
  return (
    <>
      Let {who} do this, <strong>once</strong>, within {minutesInWords(approval.approvalGrantMinutes)}?
    </>
  );
}

/** The second step. Its buttons stand so that "yes" is never where the first button was. */
function Sure({ approval, verdict, busy, byClick, onBack, onSure }: SureProps) {
  const question = useId();
  const group = useRef<HTMLDivElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const shownAt = useRef(0);
  useEffect(() => {
    shownAt.current = performance.now();
    confirm.current?.focus();
  }, []);
  const onClick = () => {
    if (byClick && performance.now() - shownAt.current < TOO_SOON_MS) return;
    onSure();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.repeat) event.preventDefault();
  };
  // What is on its way cannot be taken back: nothing may look as if it could.
  useEscape(group, () => (busy ? undefined : onBack()));
  const back = (
    <Button key="back" onClick={onBack} disabled={busy} wide>
      Back
    </Button>
  );
  const yes = (
    <Button
      key="yes"
      ref={confirm}
      look={verdict === "approve" ? "primary" : "danger"}
      aria-describedby={question}
      busy={busy}
      onClick={onClick}
      onKeyDown={onKeyDown}
      wide
    >
      {verdict === "approve" ? "Yes, approve" : "Yes, deny"}
    </Button>
  );
  return (
    <div ref={group} className={styles.sure} role="group" aria-labelledby={question}>
      <p id={question} className={styles.question}>
        <Question approval={approval} verdict={verdict} />
      </p>
      <p role="status" className={busy ? "soft" : "visually-hidden"}>
        {busy ? "Being sent..." : ""}
      </p>
      <div className={styles.buttons}>{verdict === "approve" ? [back, yes] : [yes, back]}</div>
    </div>
  );
}

/** For an approval that waits, and a person who may do at least one of the two. */
export function DecisionBar({
  approval,
  read,
  shortcuts,
  onDone,
}: {
  approval: Approval;
  /** The end of the command or path was in sight; before that it cannot be approved. */
  read: boolean;
  shortcuts: boolean;
  onDone: (verdict: Verdict) => void;
}) {
  const [step, setStep] = useState<{ verdict: Verdict; byClick: boolean } | null>(null);
  const first = useRef<HTMLDivElement>(null);
  const hasAsked = useRef(false);
  const unread = useId();
  const tell = useTell();
  // Said as a notice too: when somebody else was first, this bar goes before its error can be read.
  const decide = useDecide(approval.approvalId, {
    onDone,
    onFailed: (problem) => {
      tell(`${askedInWords(approval)}: ${problem.message}`);
      back(); // to try again takes both steps again
    },
  });
  const back = () => setStep(null);
  useEffect(() => {
    if (step !== null) hasAsked.current = true;
    if (step !== null || decide.isPending || !hasAsked.current) return;
    hasAsked.current = false;
    first.current?.querySelector("button")?.focus(); // the button that had the focus is gone
  }, [step, decide.isPending]);
  const choose = (verdict: Verdict, byClick: boolean) => {
    if (decide.isPending || (verdict === "approve" && !read)) return;
    decide.reset();
    setStep({ verdict, byClick });
  };
  useShortcuts(shortcuts, {
    a: () => (approval.canApprove ? choose("approve", false) : undefined),
    d: () => (approval.canDeny ? choose("deny", false) : undefined),
  });
  return (
    <div className={styles.bar}>
      <FormError error={decide.error} />
      {approval.approveBlockReason !== null && !approval.canApprove ? (
        <p className="soft">{approval.approveBlockReason}</p>
      ) : null}
      {approval.canApprove && !read ? (
        <p id={unread} className="soft">
          Read to the end before you approve.
        </p>
      ) : null}
      {step !== null ? (
        <Sure
          key={step.verdict}
          approval={approval}
          {...step}
          busy={decide.isPending}
          onBack={back}
          onSure={() => decide.mutate(step.verdict)}
        />
      ) : (
        <div ref={first} className={styles.buttons} data-only={approval.canApprove ? undefined : "deny"}>
          {approval.canApprove ? (
            <Button
              look="primary"
              icon={ICONS.approve}
              disabled={decide.isPending || !read}
              aria-describedby={read ? undefined : unread}
              onClick={() => choose("approve", true)}
              wide
            >
              Approve
            </Button>
          ) : null}
          {approval.canDeny ? (
            <Button
              look="danger"
              icon={ICONS.deny}
              disabled={decide.isPending}
              onClick={() => choose("deny", true)}
              wide
            >
              Deny
            </Button>
          ) : null}
        </div>
      )}
    </div>
  );
}
