// SPDX-License-Identifier: Apache-2.0
/** Six actions of a coding agent, decided by this server, and what the agent's code does with each answer. */
import { Play, RotateCw } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { useDemo, useScenarios, type DemoRun, type Scenario } from "../../api/public.ts";
import { OutcomeBadge, outcomeOf } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card, PageHead, Stack } from "../../ui/Card.tsx";
import { Answer } from "../../ui/States.tsx";
import { AgentCode } from "./AgentCode.tsx";
import { DecidedBy, Reply, Request } from "./Exchange.tsx";
import styles from "./Sandbox.module.css";

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <li className={styles.step}>
      <h2>{title}</h2>
      {children}
    </li>
  );
}

/** The four steps appear one after the other, unless the reader wants no motion. */
function Steps({ run: { answer, tookMs } }: { run: DemoRun }) {
  const outcome = outcomeOf(answer);
  return (
    <ol className={styles.steps}>
      <Step title="The agent is about to act">
        <p>{answer.scenario.description}</p>
        <Request answer={answer} />
      </Step>
      <Step title="The server looks for a permission">
        <div className={styles.card}>
          <DecidedBy answer={answer} />
        </div>
      </Step>
      <Step title="It answers">
        <Reply answer={answer} />
        <p className="note">
          {tookMs} ms from this browser and back.
          {outcome === "approval_required"
            ? " An agent of yours would also get an approvalId, and the request would wait on your Approvals page."
            : null}
        </p>
      </Step>
      <Step title="The agent's code goes by the answer">
        <AgentCode outcome={outcome} action={answer.request.action} />
      </Step>
    </ol>
  );
}

function Choice({
  scenario,
  chosen,
  onChoose,
}: {
  scenario: Scenario;
  chosen: boolean;
  onChoose: () => void;
}) {
  return (
    <li>
      <button type="button" className={styles.choice} aria-pressed={chosen} onClick={onChoose}>
        <span className={styles.label}>{scenario.label}</span>
        <code className={styles.call}>
          {scenario.action} · {scenario.vendor}
        </code>
      </button>
    </li>
  );
}

function Runner({ scenarios }: { scenarios: Scenario[] }) {
  const [search, setSearch] = useSearchParams();
  const [run, setRun] = useState(0);
  const wanted = search.get("scenario");
  const chosen = scenarios.find((scenario) => scenario.scenarioId === wanted);
  const demo = useDemo(chosen?.scenarioId ?? null, run);
  const result = useRef<HTMLDivElement>(null);
  const choose = (scenarioId: string) => {
    setSearch({ scenario: scenarioId }, { replace: wanted !== null, preventScrollReset: true });
    setRun((count) => count + 1);
    // On a phone the result is below the choices.
    if ((result.current?.getBoundingClientRect().top ?? 0) > innerHeight / 2)
      result.current?.scrollIntoView({ behavior: calm() ? "auto" : "smooth" });
  };
  const first = scenarios[0];
  return (
    <div className={styles.runner}>
      <nav aria-label="Scenarios">
        <ul className={styles.choices}>
          {scenarios.map((scenario) => (
            <Choice
              key={scenario.scenarioId}
              scenario={scenario}
              chosen={scenario === chosen}
              onChoose={() => choose(scenario.scenarioId)}
            />
          ))}
        </ul>
      </nav>
      <div className={styles.shown} ref={result}>
        {chosen === undefined ? (
          <div className={styles.idle}>
            <p className={styles.idleTitle}>Choose what the agent wants to do.</p>
            <p>The server decides when you choose, not before.</p>
            {first === undefined ? null : (
              <Button
                look="primary"
                icon={<Play size={16} aria-hidden />}
                onClick={() => choose(first.scenarioId)}
              >
                Run the first one
              </Button>
            )}
          </div>
        ) : (
          <>
            <div className={styles.bar}>
              <p role="status" className={styles.result}>
                {demo.data === undefined ? (
                  "Asking …"
                ) : (
                  <>
                    <OutcomeBadge outcome={outcomeOf(demo.data.answer)} /> {chosen.label}
                  </>
                )}
              </p>
              <Button
                look="quiet"
                icon={<RotateCw size={16} aria-hidden />}
                onClick={() => setRun((count) => count + 1)}
              >
                Run again
              </Button>
            </div>
            <Answer query={demo} lines={8}>
              {(done) => <Steps key={done.answer.requestId} run={done} />}
            </Answer>
          </>
        )}
      </div>
    </div>
  );
}

export default function Sandbox() {
  const scenarios = useScenarios();
  return (
    <Stack>
      <PageHead
        title="Sandbox"
        lead="Six things that a coding agent may want to do. Each run is a request of this page to this server, and the core that decides for real agents decides it."
      />
      <Answer query={scenarios} lines={6}>
        {(all) => <Runner scenarios={all} />}
      </Answer>
      <Card title="What is real here, and what is not">
        <ul className="bullets">
          <li>
            The answers are decided, not stored: <code>POST /api/demo/verify</code> holds the request against
            a small policy that is built in.
          </li>
          <li>
            No account stands behind it. So, other than everywhere else, nothing is recorded, and no request
            for approval is opened.
          </li>
          <li>
            Your agents call <code>POST /api/verify</code> with a key of their own:{" "}
            <Link to="/docs/api#post-apiverify">the call</Link>,{" "}
            <Link to="/docs/decisions">how it is decided</Link>.
          </li>
        </ul>
      </Card>
    </Stack>
  );
}
