// SPDX-License-Identifier: Apache-2.0
/** Is the log complete and unaltered? What the server's own walk along its chain says. */
import { Link2, ShieldAlert, ShieldCheck } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { useChainStatus, type ChainStatus } from "../../api/logs.ts";
import { Button } from "../../ui/Button.tsx";
import { exactTime, Time } from "../../ui/Time.tsx";
import styles from "./ChainStrip.module.css";
import { Deletions } from "./Deletions.tsx";
import { logAddress } from "./LogTable.tsx";

const number = new Intl.NumberFormat("en");

function Broken({ chain }: { chain: ChainStatus }) {
  return (
    <div role="alert">
      <strong>The chain of the log is broken.</strong> Entries were changed or removed by something other than
      BehalfID
      {chain.brokenAt === null ? null : (
        <>
          {" at "}
          <Link to={logAddress(chain.brokenAt)}>{chain.brokenAt}</Link>
        </>
      )}
      . <code>behalf audit verify</code> on the server says where.
    </div>
  );
}

function Words({ chain }: { chain: ChainStatus }) {
  const through = number.format(chain.verifiedThrough);
  switch (chain.state) {
    case "broken":
      return <Broken chain={chain} />;
    case "verified":
      return (
        <p title={chain.verifiedAt === null ? undefined : exactTime(chain.verifiedAt)}>
          <strong>Chain verified</strong> up to entry {through} of {number.format(chain.entries)},{" "}
          <Time at={chain.verifiedAt} past />.
        </p>
      );
    case "verifying":
      return (
        <p>
          <strong>Checking the chain:</strong> {through} of {number.format(chain.entries)} entries so far.
        </p>
      );
    case "unknown":
      return <p>The chain of the log has not been checked yet.</p>;
  }
}

const LOOKS: Record<ChainStatus["state"], { icon: ReactNode; look: string | undefined }> = {
  verified: { icon: <ShieldCheck size={20} aria-hidden />, look: styles.verified },
  verifying: { icon: <Link2 size={20} aria-hidden />, look: "" },
  broken: { icon: <ShieldAlert size={20} aria-hidden />, look: styles.broken },
  unknown: { icon: <Link2 size={20} aria-hidden />, look: "" },
};

export function ChainStrip() {
  const chain = useChainStatus();
  const [open, setOpen] = useState(false);
  const { icon, look } = LOOKS[chain.data?.state ?? "unknown"];
  return (
    <section aria-label="Integrity of the log" className={`${styles.strip} ${look ?? ""}`}>
      {icon}
      <div className={styles.words}>
        {chain.data !== undefined ? (
          <Words chain={chain.data} />
        ) : chain.isError ? (
          <p>Whether the chain is intact cannot be said: {chain.error.message}</p>
        ) : (
          <p>Asking for the state of the chain…</p>
        )}
      </div>
      <div className={styles.actions}>
        <Button look="quiet" onClick={() => setOpen(true)}>
          Deletions on record
        </Button>
        <Link to="/docs/audit">What this proves</Link>
      </div>
      <Deletions open={open} onClose={() => setOpen(false)} />
    </section>
  );
}
