// SPDX-License-Identifier: Apache-2.0
import { useNavigate } from "react-router";
import { useEnter } from "../api/account.ts";
import { call } from "../api/client.ts";
import { useMe } from "../session/session.tsx";
import { SelectField } from "../ui/Field.tsx";
import { useTell } from "../ui/Notices.tsx";

/** For those who are members of several accounts. */
export function AccountChoice() {
  const me = useMe();
  const enter = useEnter();
  const navigate = useNavigate();
  const tell = useTell();
  if (me.accounts.length < 2) return null;
  const change = (accountId: string) => {
    call("POST", "/api/auth/account", { body: { accountId } })
      .then(enter)
      .then(() => navigate("/dashboard"))
      .catch((problem: unknown) => tell(problem instanceof Error ? problem.message : "That did not work."));
  };
  return (
    <SelectField
      label="Account"
      value={me.account.accountId}
      onValue={change}
      choices={me.accounts.map((account) => ({ value: account.accountId, label: account.name }))}
    />
  );
}
