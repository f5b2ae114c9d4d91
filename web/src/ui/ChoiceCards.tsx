// SPDX-License-Identifier: Apache-2.0
/** A choice whose options need a sentence each: cards with a radio button, or with a check box where many may be chosen. */
import { useId, type ReactNode } from "react";
import styles from "./ChoiceCards.module.css";

export interface CardChoice<V extends string = string> {
  value: V;
  label: string;
  note?: ReactNode;
}

interface Shared<V extends string> {
  label: string;
  choices: readonly CardChoice<V>[];
  /** Fewer and wider cards. */
  wide?: boolean;
}

function Cards<V extends string>({
  label,
  choices,
  wide = false,
  type,
  isChosen,
  onChosen,
}: Shared<V> & {
  type: "radio" | "checkbox";
  isChosen: (value: V) => boolean;
  onChosen: (value: V, chosen: boolean) => void;
}) {
  const id = useId();
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{label}</legend>
      <div className={styles.cards} data-wide={wide || undefined}>
        {choices.map((choice) => {
          const own = `${id}-${choice.value}`;
          return (
            <label key={choice.value} className={styles.card} htmlFor={own}>
              <input
                id={own}
                type={type}
                name={id}
                value={choice.value}
                checked={isChosen(choice.value)}
                onChange={(event) => onChosen(choice.value, event.target.checked)}
                aria-labelledby={`${own}-name`}
                aria-describedby={choice.note === undefined ? undefined : `${own}-note`}
              />
              <span id={`${own}-name`} className={styles.name}>
                {choice.label}
              </span>
              {choice.note === undefined ? null : (
                <span id={`${own}-note`} className={styles.note}>
                  {choice.note}
                </span>
              )}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

export function RadioCards<V extends string>({
  value,
  onValue,
  ...shared
}: Shared<V> & { value: V | null; onValue: (value: V) => void }) {
  return (
    <Cards {...shared} type="radio" isChosen={(one) => one === value} onChosen={(one) => onValue(one)} />
  );
}

export function CheckCards<V extends string>({
  values,
  onToggle,
  ...shared
}: Shared<V> & { values: readonly V[]; onToggle: (value: V, chosen: boolean) => void }) {
  return <Cards {...shared} type="checkbox" isChosen={(one) => values.includes(one)} onChosen={onToggle} />;
}
