// SPDX-License-Identifier: Apache-2.0
/** Requests for approval: the list, and beside it the one to decide. The address holds both. */
import { ArrowLeft, Keyboard } from "lucide-react";
import { useEffect, useEffectEvent, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { STATUS_FILTERS, useApprovals } from "../../api/approvals.ts";
import type { Approval } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { withParams } from "../../ui/address.ts";
import { Button } from "../../ui/Button.tsx";
import { PageHead, Stack } from "../../ui/Card.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { Empty, Failure, Loading } from "../../ui/States.tsx";
import { More } from "../../ui/Table.tsx";
import { ApprovalDetail } from "./ApprovalDetail.tsx";
import { ApprovalList } from "./ApprovalList.tsx";
import styles from "./Approvals.module.css";
import { KeysHelp } from "./KeysHelp.tsx";
import { NotifyButton } from "./NotifyButton.tsx";
import { useShortcuts, useShortcutsOn } from "./shortcuts.ts";
import { useIsWide } from "./useIsWide.ts";
import { EMPTY_WORDS, FILTER_WORDS, statusOf } from "./words.ts";

/** What the address says; a link may name the request in either way. */
function useAddress() {
  const [params, setParams] = useSearchParams();
  const selected = params.get("approvalId") ?? params.get("highlight");
  const status = statusOf(params.get("status"));
  const agentId = params.get("agentId") ?? undefined;
  const change = (changes: Record<string, string | null>, replace = false) => {
    setParams((old) => withParams(old, { highlight: null, ...changes }), { replace });
  };
  const link = (changes: Record<string, string | null>) =>
    `?${withParams(params, { approvalId: null, highlight: null, ...changes }).toString()}`;
  return { selected, status, agentId, change, link };
}

type Address = ReturnType<typeof useAddress>;

function StatusFilter({ address }: { address: Address }) {
  return (
    <nav aria-label="Status" className={styles.filter}>
      {STATUS_FILTERS.map((status) => (
        <Link
          key={status}
          to={address.link({ status: status === "pending" ? null : status })}
          aria-current={status === address.status ? "true" : undefined}
        >
          {FILTER_WORDS[status]}
        </Link>
      ))}
    </nav>
  );
}

/** Moves through the list by keys, and to its first on a page with room for both. */
function useSelection(address: Address, approvals: readonly Approval[], keysOn: boolean): void {
  const isWide = useIsWide();
  const first = approvals[0]?.approvalId;
  const choose = useEffectEvent((id: string) => address.change({ approvalId: id }, true));
  useEffect(() => {
    // The address keeps what is chosen: a newer request never takes the place of the one that is being read.
    if (isWide && address.selected === null && first !== undefined) choose(first);
  }, [isWide, address.selected, first]);
  const move = (step: 1 | -1) => {
    const at = approvals.findIndex((approval) => approval.approvalId === address.selected);
    const next = approvals[at === -1 ? 0 : at + step]?.approvalId;
    if (next === undefined) return;
    address.change({ approvalId: next }, true);
    document.querySelector<HTMLElement>(`[data-approval="${CSS.escape(next)}"]`)?.focus();
  };
  const inList = (step: 1 | -1) => (event: KeyboardEvent) => {
    if (!(event.target instanceof Element) || event.target.closest("[data-approval-list]") === null) return;
    event.preventDefault();
    move(step);
  };
  useShortcuts(keysOn, { j: () => move(1), k: () => move(-1) });
  useShortcuts(true, { ArrowDown: inList(1), ArrowUp: inList(-1) });
}

function ListPane({ address, list }: { address: Address; list: ReturnType<typeof useApprovals> }) {
  if (list.data === undefined) {
    if (list.isError) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
    return <Loading lines={4} />;
  }
  return (
    <div className={styles.listPane}>
      {list.isError ? <Failure error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.data.length === 0 ? (
        <Empty title={EMPTY_WORDS[address.status]}>
          {address.status === "pending" ? "A new request appears here by itself." : null}
        </Empty>
      ) : (
        <ApprovalList
          approvals={list.data}
          selected={address.selected}
          withStatus={address.status !== "pending"}
        />
      )}
      <More
        hasMore={list.hasNextPage}
        busy={list.isFetchingNextPage}
        onMore={() => void list.fetchNextPage()}
      />
    </div>
  );
}

function Back({ to }: { to: string }) {
  return (
    <Link to={to} className={styles.back}>
      <ArrowLeft size={18} aria-hidden />
      All requests
    </Link>
  );
}

export default function Approvals() {
  const address = useAddress();
  const list = useApprovals({ status: address.status, agentId: address.agentId });
  const [keysOn, turnKeys] = useShortcutsOn();
  const [help, setHelp] = useState(false);
  const mayApprove = useMay("approve");
  const active = keysOn && !help;
  useSelection(address, list.data ?? [], active);
  useShortcuts(active, { "?": () => setHelp(true) });
  const { selected } = address;
  const isWide = useIsWide();
  const isAlone = selected !== null && !isWide; // on a phone the one that is read has the page for itself
  return (
    <Stack>
      {isAlone ? (
        <PageHead title="Approvals" above={<Back to={address.link({})} />} />
      ) : (
        <PageHead
          title="Approvals"
          lead={
            mayApprove
              ? "What agents may only do once a person has said yes."
              : "What agents asked a person for."
          }
          actions={
            <>
              {mayApprove ? <NotifyButton /> : null}
              {isWide ? (
                <Button look="quiet" icon={<Keyboard size={18} aria-hidden />} onClick={() => setHelp(true)}>
                  Keys
                </Button>
              ) : null}
            </>
          }
        />
      )}
      <KeysHelp open={help} onClose={() => setHelp(false)} on={keysOn} onTurn={turnKeys} />
      <div className={styles.panes} data-shows={selected === null ? "list" : "detail"}>
        <section className={styles.left} aria-label="List">
          <StatusFilter address={address} />
          {address.agentId !== undefined ? (
            <p className="soft">
              Only of <Mono>{address.agentId}</Mono>.{" "}
              <Link to={address.link({ agentId: null })}>Of all agents</Link>
            </p>
          ) : null}
          <ListPane address={address} list={list} />
        </section>
        {selected !== null ? (
          <section className={styles.right} aria-label="Request">
            <ApprovalDetail key={selected} approvalId={selected} shortcuts={active} />
          </section>
        ) : null}
      </div>
    </Stack>
  );
}
