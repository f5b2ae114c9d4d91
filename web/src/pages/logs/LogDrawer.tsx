// SPDX-License-Identifier: Apache-2.0
/** The details of one entry, at the side. Owners can delete it there. */
import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { eraseLog, useLog } from "../../api/logs.ts";
import { keys } from "../../api/queries.ts";
import type { LogRow } from "../../api/types.ts";
import { useMay } from "../../session/session.tsx";
import { Button } from "../../ui/Button.tsx";
import { Confirm, Dialog } from "../../ui/Dialog.tsx";
import { useTell } from "../../ui/Notices.tsx";
import { Answer } from "../../ui/States.tsx";
import { LogDetail } from "./LogDetail.tsx";

function Erase({ requestId, onErased }: { requestId: string; onErased: () => void }) {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const tell = useTell();
  const erase = async () => {
    await eraseLog(requestId);
    onErased();
    tell("Entry deleted. The deletion is on record.");
    client.removeQueries({ queryKey: [...keys.logs, "one", requestId] });
    void client.invalidateQueries({ queryKey: keys.logs });
    void client.invalidateQueries({ queryKey: keys.approvals });
    void client.invalidateQueries({ queryKey: keys.summary });
  };
  return (
    <div>
      <Button look="danger" icon={<Trash2 size={16} aria-hidden />} onClick={() => setAsked(true)}>
        Delete this entry
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Delete this entry?"
        action="Delete entry"
        phrase="delete"
        danger
        run={erase}
      >
        <p>
          What was asked and decided is removed for good, with the approval and the webhook payload that
          repeat it. This cannot be undone.
        </p>
        <p>Its place in the chain stays, and the deletion is recorded with your name.</p>
      </Confirm>
    </div>
  );
}

/** Open while `requestId` is set. `known`: the row as the list has it, so that it is shown at once. */
export function LogDrawer({
  requestId,
  known,
  onClose,
}: {
  requestId: string | null;
  known?: LogRow | undefined;
  onClose: () => void;
}) {
  const log = useLog(requestId, known);
  const mayErase = useMay("eraseLogs");
  return (
    <Dialog side open={requestId !== null} onClose={onClose} title="Decision">
      <Answer query={log} lines={6}>
        {(row) => <LogDetail row={row} />}
      </Answer>
      {mayErase && requestId !== null && log.isSuccess ? (
        <Erase requestId={requestId} onErased={onClose} />
      ) : null}
    </Dialog>
  );
}
