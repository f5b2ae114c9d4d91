// SPDX-License-Identifier: Apache-2.0
/** Form fields: label, hint and error belong to the input for everybody, screen readers too. */
import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";
import styles from "./Field.module.css";
import { problemText } from "./problemText.ts";

interface Frame {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | null | undefined;
}

interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

function Framed({ label, hint, error, children }: Frame & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": error ? true : undefined,
      })}
      {hint ? (
        <div className={styles.hint} id={`${id}-hint`}>
          {hint}
        </div>
      ) : null}
      {error ? (
        <div className={styles.error} id={`${id}-error`} role="alert">
          {error}
        </div>
      ) : null}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  onValue,
  ...rest
}: Frame & InputHTMLAttributes<HTMLInputElement> & { onValue?: (value: string) => void }) {
  return (
    <Framed label={label} hint={hint} error={error}>
      {(wiring) => (
        <input
          className={styles.input}
          {...wiring}
          {...rest}
          {...(onValue && { onChange: (event) => onValue(event.target.value) })}
        />
      )}
    </Framed>
  );
}

export function TextArea({
  label,
  hint,
  error,
  onValue,
  ...rest
}: Frame & TextareaHTMLAttributes<HTMLTextAreaElement> & { onValue?: (value: string) => void }) {
  return (
    <Framed label={label} hint={hint} error={error}>
      {(wiring) => (
        <textarea
          className={styles.input}
          rows={3}
          {...wiring}
          {...rest}
          {...(onValue && { onChange: (event) => onValue(event.target.value) })}
        />
      )}
    </Framed>
  );
}

export interface Choice<V extends string = string> {
  value: V;
  label: string;
  /** Choices of one group stand together under its name; those without come first. */
  group?: string;
}

function Options({ choices }: { choices: readonly Choice[] }) {
  return choices.map((choice) => (
    <option key={choice.value} value={choice.value}>
      {choice.label}
    </option>
  ));
}

export function SelectField<V extends string>({
  label,
  hint,
  error,
  choices,
  value,
  onValue,
  ...rest
}: Frame &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, "value"> & {
    choices: readonly Choice<V>[];
    value: V;
    onValue: (value: V) => void;
  }) {
  const groups = [...new Set(choices.flatMap(({ group }) => (group === undefined ? [] : [group])))];
  return (
    <Framed label={label} hint={hint} error={error}>
      {(wiring) => (
        <select
          className={styles.input}
          {...wiring}
          {...rest}
          value={value}
          onChange={(event) => onValue(event.target.value as V)}
        >
          <Options choices={choices.filter((choice) => choice.group === undefined)} />
          {groups.map((group) => (
            <optgroup key={group} label={group}>
              <Options choices={choices.filter((choice) => choice.group === group)} />
            </optgroup>
          ))}
        </select>
      )}
    </Framed>
  );
}

/** A list of texts, one per line. */
export function LinesField({
  value,
  onValue,
  ...rest
}: Frame & { value: string[]; onValue: (value: string[]) => void; placeholder?: string }) {
  return (
    <TextArea
      {...rest}
      rows={Math.min(8, Math.max(2, value.length + 1))}
      spellCheck={false}
      value={value.join("\n")}
      onValue={(text) => onValue(text === "" ? [] : text.split("\n"))}
    />
  );
}

export function CheckField({
  label,
  hint,
  onValue,
  ...rest
}: Omit<Frame, "error"> & InputHTMLAttributes<HTMLInputElement> & { onValue?: (value: boolean) => void }) {
  const id = useId();
  return (
    <div className={styles.check}>
      <input
        type="checkbox"
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...rest}
        {...(onValue && { onChange: (event) => onValue(event.target.checked) })}
      />
      <label htmlFor={id}>{label}</label>
      {hint ? (
        <div className={styles.hint} id={`${id}-hint`}>
          {hint}
        </div>
      ) : null}
    </div>
  );
}

/** Fields side by side where there is room. */
export function FieldRow({ children }: { children: ReactNode }) {
  return <div className={styles.row}>{children}</div>;
}

/** The fields of a form, one below the other, then its buttons. */
export function FormStack({ children }: { children: ReactNode }) {
  return <div className={styles.stack}>{children}</div>;
}

/** What the server, or a check before it, says about the form as a whole. */
export function FormError({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <div className={styles.formError} role="alert">
      {problemText(error)}
    </div>
  );
}
