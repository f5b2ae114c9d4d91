// SPDX-License-Identifier: Apache-2.0
import { Bell, BellOff } from "lucide-react";
import { setNotify, useNotifyState } from "../../layout/notify.ts";
import { Button } from "../../ui/Button.tsx";
import { useTell } from "../../ui/Notices.tsx";

/** Asks the browser for notifications; never by itself. */
export function NotifyButton() {
  const state = useNotifyState();
  const tell = useTell();
  if (state === "impossible") return null;
  const isOn = state === "on";
  const turn = () => {
    setNotify(!isOn).then(
      (now) => {
        if (now === "on") tell("You are told about new requests while a page of BehalfID is open.");
        else if (now === "refused")
          tell("This browser refuses notifications of this site. Its settings can allow them.");
        else tell("Notifications are off.");
      },
      () => tell("This browser could not turn notifications on."),
    );
  };
  return (
    <Button onClick={turn} icon={isOn ? <BellOff size={18} aria-hidden /> : <Bell size={18} aria-hidden />}>
      {isOn ? "Stop notifications" : "Notify me here"}
    </Button>
  );
}
