// SPDX-License-Identifier: Apache-2.0
/** From nothing to an agent's first decision. The steps have addresses, so that "back" in the browser goes back. */
import { useState } from "react";
import { useSearchParams } from "react-router";
import { keys } from "../../api/queries.ts";
import { useCatalogue } from "../../api/templates.ts";
import type { Catalogue } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { BackLink } from "../../ui/BackLink.tsx";
import { PageHead, Stack } from "../../ui/Card.tsx";
import { Answer, Empty } from "../../ui/States.tsx";
import { useAction } from "../../ui/useAction.ts";
import { AgentStep } from "./AgentStep.tsx";
import { makeAgent, type Made } from "./makeAgent.ts";
import { Result } from "./Result.tsx";
import { ReviewStep } from "./ReviewStep.tsx";
import { ScopeStep } from "./ScopeStep.tsx";
import { STEP_NAMES, StepFrame, StepList, type Step } from "./Steps.tsx";
import { EMPTY_PLAN, isChosen, withChosenScopes, type Plan } from "./wizard.ts";

/** The step of the address, as far as the plan has got: a reload begins at the beginning. */
function stepOf(wanted: string | null, plan: Plan): Step {
  if (plan.name.trim() === "") return "agent";
  if (wanted === "review" && isChosen(plan)) return "review";
  return wanted === "scope" || wanted === "review" ? "scope" : "agent";
}

function Wizard({ catalogue, onMade }: { catalogue: Catalogue; onMade: (made: Made) => void }) {
  const [search, setSearch] = useSearchParams();
  const [plan, setPlan] = useState(EMPTY_PLAN);
  const [moved, setMoved] = useState(false);
  const action = useAction(keys.agents, keys.summary);
  const step = stepOf(search.get("step"), plan);
  const go = (next: Step) => {
    setMoved(true);
    action.clear();
    setSearch((now) => {
      const params = new URLSearchParams(now);
      params.set("step", next);
      return params;
    });
  };
  const review = () => {
    setPlan(withChosenScopes(plan, catalogue));
    go("review");
  };
  return (
    <>
      <StepList now={step} />
      <StepFrame key={step} name={STEP_NAMES[step]} focused={moved}>
        {step === "agent" ? (
          <AgentStep plan={plan} catalogue={catalogue} onChange={setPlan} onNext={() => go("scope")} />
        ) : null}
        {step === "scope" ? (
          <ScopeStep
            plan={plan}
            catalogue={catalogue}
            onChange={setPlan}
            onNext={review}
            onBack={() => go("agent")}
          />
        ) : null}
        {step === "review" ? (
          <ReviewStep
            plan={plan}
            catalogue={catalogue}
            busy={action.busy}
            error={action.error}
            onChange={setPlan}
            onCreate={() => action.run(() => makeAgent(plan, catalogue), onMade)}
            onBack={() => go("scope")}
          />
        ) : null}
      </StepFrame>
    </>
  );
}

function Ready({ made, onMade }: { made: Made; onMade: (made: Made) => void }) {
  return (
    <>
      <StepList now="decision" />
      <StepFrame name={STEP_NAMES.decision} focused>
        <Result made={made} onMade={onMade} />
      </StepFrame>
    </>
  );
}

export default function NewAgent() {
  const may = useMay("manage");
  const catalogue = useCatalogue();
  const [search] = useSearchParams();
  const [made, setMade] = useState<Made | null>(null);
  const first = search.has("first");
  return (
    <Stack>
      <PageHead
        title={made !== null ? `${made.agent.name} is ready` : first ? "Your first agent" : "New agent"}
        lead={
          made !== null
            ? "Copy its secret now: it is shown once. Then try a request."
            : first
              ? "The server is ready. Say what the agent is and what it may do; a minute from now it asks for its first decision."
              : "Say what it is and what it may do. Whatever no permission covers is denied."
        }
        above={first ? undefined : <BackLink to="/dashboard/agents" name="Agents" />}
      />
      {!may ? (
        <Empty title="Your role may not create agents.">Ask an owner or an admin of the account.</Empty>
      ) : made !== null ? (
        <Ready made={made} onMade={setMade} />
      ) : (
        <Answer query={catalogue} lines={6}>
          {(data) => <Wizard catalogue={data} onMade={setMade} />}
        </Answer>
      )}
    </Stack>
  );
}
