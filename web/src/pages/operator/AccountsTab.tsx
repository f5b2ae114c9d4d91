// SPDX-License-Identifier: Apache-2.0
import { useAccounts, type AccountRow } from "../../api/operator.ts";
import { Card } from "../../ui/Card.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { PagedTable } from "../../ui/PagedTable.tsx";
import type { Column } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

const COLUMNS: Column<AccountRow>[] = [
  {
    name: "Account",
    head: true,
    cell: (account) => (
      <span className="lines">
        <span>{account.name}</span>
        <span className="note">
          <Mono>{account.accountId}</Mono>
        </span>
      </span>
    ),
  },
  { name: "Members", cell: (account) => account.members },
  { name: "Agents", cell: (account) => account.agents },
  { name: "Permissions", cell: (account) => account.activePermissions },
  { name: "Waiting approvals", cell: (account) => account.pendingApprovals },
  { name: "Created", cell: (account) => <Time at={account.createdAt} /> },
];

export function AccountsTab() {
  const accounts = useAccounts();
  const rows = accounts.data?.pages.flatMap((page) => page.accounts) ?? [];
  return (
    <Card title="Accounts">
      <PagedTable
        list={accounts}
        caption="Accounts of this server"
        columns={COLUMNS}
        rows={rows}
        rowKey={(account) => account.accountId}
      />
    </Card>
  );
}
