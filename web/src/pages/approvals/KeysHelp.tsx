// SPDX-License-Identifier: Apache-2.0
import { Dialog } from "../../ui/Dialog.tsx";
import { CheckField } from "../../ui/Field.tsx";
import styles from "./Approvals.module.css";

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["j"], "the next request"],
  [["k"], "the request before"],
  [["a", "Enter"], "approve: the first key asks, the second one does it"],
  [["d", "Enter"], "deny: the same"],
  [["Escape"], "back, nothing decided"],
  [["?"], "this help"],
];

export function KeysHelp({
  open,
  onClose,
  on,
  onTurn,
}: {
  open: boolean;
  onClose: () => void;
  on: boolean;
  onTurn: (on: boolean) => void;
}) {
  return (
    <Dialog open={open} onClose={onClose} title="Keys on this page">
      <dl className={styles.keys}>
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p className="soft">In the list the arrow keys move, too.</p>
      <CheckField label="Use single keys" checked={on} onValue={onTurn} />
    </Dialog>
  );
}
