// SPDX-License-Identifier: Apache-2.0
/** "What would this allow?": the server's own decision on sample requests, now and with the draft. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useEffect, useEffectEvent, useState } from "react";
import { previewPermission, type AgentView, type Preview, type PreviewQuestion } from "../../api/agents.ts";
import { ApiError } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import type { PermissionDraft } from "../../api/types.ts";
import { Button } from "../../ui/Button.tsx";
import { Card, Row } from "../../ui/Card.tsx";
import { Failure, Loading } from "../../ui/States.tsx";
import { useSettled } from "../../ui/useSettled.ts";
import { cleanDraft } from "./permissionDraft.ts";
import { PreviewWarnings } from "./PreviewWarnings.tsx";
import styles from "./PreviewPanel.module.css";
import { SampleCard } from "./SampleCard.tsx";
import { emptySample, limitOf, MOST_SAMPLES, suggestSamples, toSample, type SampleDraft } from "./samples.ts";

type Result = Preview["results"][number];
interface Told {
  preview: Preview;
  /** By the request that it is about: what is shown meanwhile may be of other samples. */
  results: ReadonlyMap<string, Result>;
}

/** Asks about what is in the fields once typing pauses; an answer to an older question is never shown as new. */
function usePreview(agentId: string, question: PreviewQuestion, enabled: boolean) {
  const asked = JSON.stringify(question);
  const settled = useSettled(asked);
  const query = useQuery({
    queryKey: [...keys.agent(agentId), "preview", settled],
    queryFn: async ({ signal }): Promise<Told> => {
      const sent = JSON.parse(settled) as PreviewQuestion;
      const preview = await previewPermission(agentId, sent, signal);
      const pairs = sent.samples.flatMap((sample, index): [string, Result][] => {
        const result = preview.results[index];
        return result === undefined ? [] : [[JSON.stringify(sample), result]];
      });
      return { preview, results: new Map(pairs) };
    },
    enabled,
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  });
  return { query, isCurrent: enabled && asked === settled && !query.isPlaceholderData && !query.isFetching };
}

const isAskable = (sample: SampleDraft) => sample.action.trim() !== "";

/** The sentence about the third sample, at the third one that was sent. */
function sampleError(error: unknown, samples: readonly SampleDraft[], index: number): string | null {
  if (!(error instanceof ApiError)) return null;
  const start = `samples[${samples.slice(0, index).filter(isAskable).length}].`;
  return error.message.startsWith(start) ? error.message.slice(start.length) : null;
}

export function PreviewPanel({
  view,
  draft,
  replaces,
  isSound,
  onWarnings,
}: {
  view: AgentView;
  draft: PermissionDraft;
  replaces: string | null;
  /** Nothing in the draft is known to be refused. */
  isSound: boolean;
  /** Told what the server warns of; nothing while that is not known. */
  onWarnings: (warnings: Preview["warnings"]) => void;
}) {
  // Suggestions follow the draft until somebody changes one of them.
  const [own, setOwn] = useState<SampleDraft[] | null>(null);
  const samples = own ?? suggestSamples(draft, limitOf(view.permissions, draft.action));
  const { query, isCurrent } = usePreview(
    view.agent.agentId,
    {
      draft: cleanDraft(draft),
      ...(replaces !== null && { replaces }),
      samples: samples.filter(isAskable).map(toSample),
    },
    isSound,
  );
  const warnings = isSound ? query.data?.preview.warnings : undefined;
  const tellWarnings = useEffectEvent(onWarnings);
  useEffect(() => tellWarnings(warnings ?? []), [warnings]);
  const isAboutSample = samples.some((_, index) => sampleError(query.error, samples, index) !== null);
  return (
    <Card title="What would this allow?">
      <div className={styles.panel} aria-busy={isSound && !isCurrent}>
        <p className="note">
          Decided by the server as a real request would be, without a record. Change the requests to try
          others.
        </p>
        {!isSound ? <p>Fill in the permission to see what it changes.</p> : null}
        {isSound && query.isPending ? <Loading lines={3} /> : null}
        {query.isError && !isAboutSample ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : null}
        {isSound && query.data ? (
          <PreviewWarnings warnings={query.data.preview.warnings} permissions={view.permissions} />
        ) : null}
        <ul className={styles.samples} aria-label="Sample requests">
          {samples.map((sample, index) => (
            <SampleCard
              key={index}
              number={index + 1}
              sample={sample}
              result={isSound ? query.data?.results.get(JSON.stringify(toSample(sample))) : undefined}
              error={sampleError(query.error, samples, index)}
              onChange={(next) => setOwn(samples.map((old, at) => (at === index ? next : old)))}
              onRemove={() => setOwn(samples.filter((_, at) => at !== index))}
            />
          ))}
        </ul>
        <Row>
          {samples.length < MOST_SAMPLES ? (
            <Button
              icon={<Plus size={16} aria-hidden />}
              onClick={() => setOwn([...samples, emptySample(draft.action.trim())])}
            >
              Add a request
            </Button>
          ) : null}
          {own !== null ? (
            <Button look="quiet" onClick={() => setOwn(null)}>
              Suggested requests
            </Button>
          ) : null}
        </Row>
        <p className="visually-hidden" role="status">
          {isCurrent && query.data ? summary(query.data.preview) : ""}
        </p>
      </div>
    </Card>
  );
}

function summary(preview: Preview): string {
  const allowed = preview.results.filter((result) => result.then.allowed).length;
  const ask = preview.results.filter((result) => result.then.approvalRequired).length;
  const denied = preview.results.length - allowed - ask;
  const warnings = preview.warnings.length;
  return `With this permission: ${allowed} allowed, ${ask} with approval, ${denied} denied. ${warnings} warnings.`;
}
