// SPDX-License-Identifier: Apache-2.0
import * as Ariakit from "@ariakit/react";
import {
  Activity,
  Bot,
  BookOpen,
  CircleAlert,
  Globe,
  Hand,
  LayoutDashboard,
  Menu,
  Server,
  Settings,
  Users,
  Webhook,
  X,
  type LucideIcon,
} from "lucide-react";
import { Suspense, useState } from "react";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { RequireSession, useMe } from "../session/session.tsx";
import { Button } from "../ui/Button.tsx";
import { Loading } from "../ui/States.tsx";
import { AccountChoice } from "./AccountChoice.tsx";
import { Brand, SkipLink } from "./Brand.tsx";
import styles from "./Layout.module.css";
import { LiveApprovals } from "./LiveApprovals.tsx";
import { PendingCount, usePendingWords } from "./PendingCount.tsx";
import { ThemeChoice } from "./ThemeChoice.tsx";

interface Place {
  to: string;
  name: string;
  Icon: LucideIcon;
  end?: boolean;
  pending?: boolean;
}

const PLACES: { group: string; operator?: boolean; places: Place[] }[] = [
  {
    group: "Operate",
    places: [
      { to: "/dashboard", name: "Overview", Icon: LayoutDashboard, end: true },
      { to: "/dashboard/approvals", name: "Approvals", Icon: Hand, pending: true },
      { to: "/dashboard/inbox", name: "Needs attention", Icon: CircleAlert },
      { to: "/dashboard/agents", name: "Agents", Icon: Bot },
      { to: "/dashboard/logs", name: "Activity", Icon: Activity },
      { to: "/dashboard/webhooks", name: "Webhooks", Icon: Webhook },
      { to: "/dashboard/sites", name: "Sites", Icon: Globe },
    ],
  },
  {
    group: "Account",
    places: [
      { to: "/dashboard/members", name: "Members", Icon: Users },
      { to: "/dashboard/settings", name: "Settings", Icon: Settings },
      { to: "/docs", name: "Documentation", Icon: BookOpen },
    ],
  },
  {
    group: "Server",
    operator: true,
    places: [{ to: "/dashboard/operator", name: "Operator", Icon: Server }],
  },
];

function Places({ onGo }: { onGo?: () => void }) {
  const me = useMe();
  return PLACES.filter((part) => part.operator !== true || me.user.isOperator).map((part) => (
    <div key={part.group} className={styles.places}>
      <h2 className={styles.group}>{part.group}</h2>
      <ul>
        {part.places.map(({ to, name, Icon, end, pending }) => (
          <li key={to}>
            <NavLink to={to} end={end === true} onClick={onGo}>
              <Icon size={18} aria-hidden />
              {name}
              {pending === true ? <PendingCount /> : null}
            </NavLink>
          </li>
        ))}
      </ul>
    </div>
  ));
}

function SideFoot() {
  const me = useMe();
  const navigate = useNavigate();
  return (
    <div className={styles.sideFoot}>
      <AccountChoice />
      <div className={styles.who} title={me.user.email}>
        {me.user.email}
      </div>
      <div className={styles.sideButtons}>
        <Button look="quiet" onClick={() => void navigate("/logout")}>
          Sign out
        </Button>
        <ThemeChoice />
      </div>
    </div>
  );
}

function MenuButton({ onClick }: { onClick: () => void }) {
  const waiting = usePendingWords();
  return (
    <Button look="quiet" aria-label={waiting === "" ? "Menu" : `Menu, ${waiting}`} onClick={onClick}>
      <PendingCount mute />
      <Menu size={22} aria-hidden />
    </Button>
  );
}

function Frame() {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  return (
    <div className={styles.dashboard}>
      <SkipLink />
      <LiveApprovals />
      <header className={styles.phoneHead}>
        <Brand to="/dashboard" />
        <MenuButton onClick={() => setOpen(true)} />
      </header>
      <nav aria-label="Dashboard" className={styles.side}>
        <div className={styles.sideInner}>
          <Brand to="/dashboard" />
          <Places />
          <SideFoot />
        </div>
      </nav>
      <Ariakit.Dialog
        open={open}
        onClose={() => setOpen(false)}
        unmountOnHide
        backdrop={<div className={styles.shade} />}
        className={styles.drawer}
        aria-label="Menu"
      >
        <div className={styles.drawerHead}>
          <Brand to="/dashboard" />
          <Ariakit.DialogDismiss className={styles.drawerClose} aria-label="Close the menu">
            <X size={22} aria-hidden />
          </Ariakit.DialogDismiss>
        </div>
        <nav aria-label="Dashboard">
          <Places onGo={() => setOpen(false)} />
        </nav>
        <SideFoot />
      </Ariakit.Dialog>
      <main id="content" className={styles.main} key={pathname.split("/")[2] ?? ""}>
        <Suspense fallback={<Loading lines={6} />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

/** Pages for those who are signed in. */
export function DashboardLayout() {
  return (
    <RequireSession>
      <Frame />
    </RequireSession>
  );
}
