// SPDX-License-Identifier: Apache-2.0
import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { ERASE_ALL_PHRASE, eraseAllLogs } from "../../api/logs.ts";
import { keys } from "../../api/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { useTell } from "../../ui/Notices.tsx";

export function EraseAll() {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const tell = useTell();
  const erase = async () => {
    const { deleted } = await eraseAllLogs();
    tell(`${deleted} ${deleted === 1 ? "entry" : "entries"} deleted. The deletion is on record.`);
    client.removeQueries({ queryKey: [...keys.logs, "one"] });
    void client.invalidateQueries({ queryKey: keys.logs });
    void client.invalidateQueries({ queryKey: keys.approvals });
    void client.invalidateQueries({ queryKey: keys.summary });
  };
  return (
    <>
      <Button look="danger" icon={<Trash2 size={16} aria-hidden />} onClick={() => setAsked(true)}>
        Delete all
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Delete the whole log?"
        action="Delete all entries"
        phrase={ERASE_ALL_PHRASE}
        danger
        run={erase}
      >
        <p>
          Every entry of this account is removed for good, whatever the filters show, with the approvals and
          webhook payloads that repeat it. This cannot be undone; an export keeps a copy.
        </p>
        <p>The places in the chain stay, and the deletion is recorded with your name.</p>
      </Confirm>
    </>
  );
}
