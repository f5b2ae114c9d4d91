// SPDX-License-Identifier: Apache-2.0
/** Short words about what was done, read out and gone after a while. */
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from "react";
import styles from "./Notices.module.css";

type Tell = (text: string) => void;
const Context = createContext<Tell>(() => undefined);

/** `tell("Permission revoked.")` */
export function useTell(): Tell {
  return useContext(Context);
}

export function Notices({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<{ id: number; text: string }[]>([]);
  const next = useRef(0);
  const tell = useCallback<Tell>((text) => {
    const id = next.current++;
    setNotices((all) => [...all.slice(-2), { id, text }]);
    setTimeout(() => setNotices((all) => all.filter((notice) => notice.id !== id)), 6000);
  }, []);
  const value = useMemo(() => tell, [tell]);
  return (
    <Context value={value}>
      {children}
      <div className={styles.region} role="status" aria-live="polite">
        {notices.map((notice) => (
          <div key={notice.id} className={styles.notice}>
            {notice.text}
          </div>
        ))}
      </div>
    </Context>
  );
}
