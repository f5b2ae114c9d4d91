// SPDX-License-Identifier: Apache-2.0
/** Texts to take along: code, and secrets that are shown once. */
import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "./Button.tsx";
import { Row } from "./Card.tsx";
import styles from "./Copy.module.css";
import { useHoldOpen } from "./dialogHold.ts";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    // Browsers have no clipboard on plain http, but for this very machine.
    const written =
      "clipboard" in navigator ? navigator.clipboard.writeText(text) : Promise.reject(new Error());
    written.then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  return (
    <Button
      look="quiet"
      onClick={copy}
      icon={state === "copied" ? <Check size={16} aria-hidden /> : <CopyIcon size={16} aria-hidden />}
    >
      <span aria-live="polite">
        {state === "copied" ? "Copied" : state === "failed" ? "Select and copy by hand" : label}
      </span>
    </Button>
  );
}

export function CodeBlock({
  code,
  title,
  wrap = false,
}: {
  code: string;
  title?: string;
  /** For prose and tokens, whose lines mean nothing: no scrolling sideways. */
  wrap?: boolean;
}) {
  const look = `${styles.code} ${wrap ? "exact" : ""}`;
  return (
    <figure className={styles.block}>
      <figcaption className={styles.bar}>
        <span>{title ?? "Code"}</span>
        <CopyButton text={code} />
      </figcaption>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={look} tabIndex={0} aria-label={title ?? "Code"} role="region">
        <code>{code}</code>
      </pre>
    </figure>
  );
}

/** Takes the focus, so that it is read out; once more after a window that closes has given the focus back. */
function useFocusOnShow() {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const take = () => {
      if (frame.current?.contains(document.activeElement) === false) frame.current.focus();
    };
    take();
    const timer = setTimeout(take, 100);
    return () => clearTimeout(timer);
  }, []);
  return frame;
}

/** A secret, straight from the answer that made it; the page must not keep it anywhere else. */
export function SecretOnce({
  name,
  secret,
  kept = "as a hash",
}: {
  name: string;
  secret: string;
  /** How the server keeps it: what it must sign with cannot be a hash. */
  kept?: "as a hash" | "encrypted";
}) {
  const id = useId();
  const frame = useFocusOnShow();
  useHoldOpen();
  return (
    <div ref={frame} role="group" tabIndex={-1} aria-labelledby={id} className={styles.secret}>
      <p id={id}>
        <strong>{name}</strong>: copy it now. It is stored {kept} and cannot be shown again.
      </p>
      <Row>
        <code data-secret className={styles.secretText}>
          {secret}
        </code>
        <CopyButton
          text={secret}
          label={`Copy ${name.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`}
        />
      </Row>
    </div>
  );
}
