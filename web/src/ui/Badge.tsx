// SPDX-License-Identifier: Apache-2.0
/** Small labels. The outcome is a word and a sign, never a colour alone. */
import { Check, CircleSlash, Eye, Hand, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Outcome, Risk } from "../api/types.ts";
import styles from "./Badge.module.css";

export type Tone = "allowed" | "denied" | "approval" | "neutral" | "accent";

export function Badge({
  tone = "neutral",
  icon,
  children,
}: {
  tone?: Tone;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`}>
      {icon}
      {children}
    </span>
  );
}

export const OUTCOMES: Record<Outcome, { label: string; tone: Tone }> = {
  allowed: { label: "Allowed", tone: "allowed" },
  denied: { label: "Denied", tone: "denied" },
  approval_required: { label: "Approval required", tone: "approval" },
};

const OUTCOME_ICONS: Record<Outcome, ReactNode> = {
  allowed: <Check size={14} aria-hidden />,
  denied: <CircleSlash size={14} aria-hidden />,
  approval_required: <Hand size={14} aria-hidden />,
};

/** `shadow`: what would have been said; nothing was enforced. */
export function OutcomeBadge({ outcome, shadow = false }: { outcome: Outcome; shadow?: boolean }) {
  const { label, tone } = OUTCOMES[outcome];
  return (
    <Badge tone={tone} icon={shadow ? <Eye size={14} aria-hidden /> : OUTCOME_ICONS[outcome]}>
      {shadow ? `${label} (shadow)` : label}
    </Badge>
  );
}

const RISKS: Record<Risk, Tone> = { low: "neutral", medium: "approval", high: "denied" };

export function RiskBadge({ risk }: { risk: Risk }) {
  return (
    <Badge tone={RISKS[risk]} icon={risk === "high" ? <TriangleAlert size={14} aria-hidden /> : null}>
      {`${risk[0]?.toUpperCase() ?? ""}${risk.slice(1)} risk`}
    </Badge>
  );
}

/** The outcome of a decision that is not a log row. */
export function outcomeOf(decision: { allowed: boolean; approvalRequired?: boolean }): Outcome {
  if (decision.allowed) return "allowed";
  return decision.approvalRequired === true ? "approval_required" : "denied";
}
