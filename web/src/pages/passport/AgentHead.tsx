// SPDX-License-Identifier: Apache-2.0
import type { PassportDocument } from "../../api/passport.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Card, Facts, PageHead, Row, Stack } from "../../ui/Card.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { connectionLabel, providerLabel } from "../agents/words.ts";

export function AgentHead({ passport }: { passport: PassportDocument }) {
  const { agent } = passport;
  return (
    <Stack>
      <PageHead
        title={`Passport of ${agent.name}`}
        lead={agent.description ?? "What this agent may do on behalf of its people, as of this moment."}
        above={
          <Row>
            <Badge tone="accent">{agent.agentType === "native" ? "Native agent" : "Connected agent"}</Badge>
            <Badge>{passport.mode === "manual" ? "Manual mode" : passport.mode}</Badge>
          </Row>
        }
      />
      <Card title="Agent">
        <Facts
          facts={[
            ["Provider", providerLabel(agent.provider)],
            ["Connection", connectionLabel(agent.connectionStatus)],
            ["Passport id", <Mono key="id">{agent.agentId}</Mono>],
            ["Format of the document", passport.passportVersion],
          ]}
        />
        {agent.guidelines.length > 0 ? (
          <>
            <h3>Guidelines</h3>
            <ul className="bullets">
              {agent.guidelines.map((guideline, at) => (
                <li key={`${at} ${guideline}`}>{guideline}</li>
              ))}
            </ul>
          </>
        ) : null}
      </Card>
    </Stack>
  );
}
