// SPDX-License-Identifier: Apache-2.0

/**
 * What a field needs of the values that a form or a filter edits:
 * `const field = fieldFor(values, change)`, then `<TextField label="Name" {...field("name")} />`.
 */
export function fieldFor<T extends object>(values: T, change: (part: Partial<T>) => void) {
  return <K extends keyof T>(name: K) => ({
    value: values[name],
    onValue: (value: T[K]) => {
      const part: Partial<T> = {};
      part[name] = value;
      change(part);
    },
  });
}
