// SPDX-License-Identifier: Apache-2.0
import { useAccounts, type AccountRow } from "../../api/operator.ts";
import { Card } from "../../ui/Card.tsx";
import { Mono } from "../../ui/Mono.tsx";
import { Failure, Loading } from "../../ui/States.tsx";
import { More, Table, type Column } from "../../ui/Table.tsx";
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
      {accounts.isPending ? <Loading /> : null}
      {accounts.isError ? <Failure error={accounts.error} onRetry={() => void accounts.refetch()} /> : null}
      {rows.length > 0 ? (
        <Table
          caption="Accounts of this server"
          columns={COLUMNS}
          rows={rows}
          rowKey={(account) => account.accountId}
        />
      ) : null}
      <More
        hasMore={accounts.hasNextPage}
        busy={accounts.isFetchingNextPage}
        onMore={() => void accounts.fetchNextPage()}
      />
    </Card>
  );
}
