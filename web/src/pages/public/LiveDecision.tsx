// SPDX-License-Identifier: Apache-2.0
/** A decision that this server makes while the page is being read. */
import { RotateCw } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { useDemo } from "../../api/public.ts";
import { Button } from "../../ui/Button.tsx";
import { Answer } from "../../ui/States.tsx";
import { DecidedBy, Reply, Request } from "./Exchange.tsx";
import styles from "./LiveDecision.module.css";

const CHOICES = [
  { scenarioId: "push-main-denied", name: "Push to main" },
  { scenarioId: "deploy-approval", name: "Deploy to production" },
  { scenarioId: "github-read-allowed", name: "Read an issue" },
] as const;

export function LiveDecision() {
  const [chosen, setChosen] = useState<string>(CHOICES[0].scenarioId);
  const [run, setRun] = useState(0);
  const demo = useDemo(chosen, run);
  return (
    <section className={styles.live} aria-labelledby="live">
      <div className={styles.head}>
        <h2 id="live" className={styles.title}>
          A coding agent wants to …
        </h2>
        <div role="group" aria-label="What the agent wants to do" className={styles.choices}>
          {CHOICES.map(({ scenarioId, name }) => (
            <button
              key={scenarioId}
              type="button"
              className={styles.choice}
              aria-pressed={chosen === scenarioId}
              onClick={() => setChosen(scenarioId)}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      <div className={styles.shown} aria-live="polite">
        <Answer query={demo} lines={8}>
          {({ answer, tookMs }) => (
            <>
              <DecidedBy key={answer.requestId} answer={answer} />
              <div className={styles.exchange}>
                <Request answer={answer} compact />
                <Reply answer={answer} />
              </div>
              <div className={styles.foot}>
                <p>
                  Decided by this server just now, in {tookMs} ms from this browser and back. A demo: it is
                  not recorded. <Link to="/sandbox">See what the agent&apos;s code does next</Link>
                </p>
                <Button
                  look="quiet"
                  icon={<RotateCw size={16} aria-hidden />}
                  onClick={() => setRun((count) => count + 1)}
                >
                  Ask again
                </Button>
              </div>
            </>
          )}
        </Answer>
      </div>
    </section>
  );
}
