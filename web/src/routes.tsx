// SPDX-License-Identifier: Apache-2.0
/** All pages, each loaded when it is first opened. The server knows the first segments: src/http/pages.c. */
import { lazy } from "react";
import { Route, Routes } from "react-router";
import { DashboardLayout } from "./layout/DashboardLayout.tsx";
import { PublicLayout } from "./layout/PublicLayout.tsx";

const Home = lazy(() => import("./pages/public/Home.tsx"));
const Sandbox = lazy(() => import("./pages/public/Sandbox.tsx"));
const Security = lazy(() => import("./pages/public/Security.tsx"));
const Status = lazy(() => import("./pages/public/Status.tsx"));
const Documents = lazy(() => import("./pages/public/Documents.tsx"));
const Document = lazy(() => import("./pages/public/Document.tsx"));
const Reference = lazy(() => import("./pages/reference/Reference.tsx"));
const Passport = lazy(() => import("./pages/passport/Passport.tsx"));
const NotFound = lazy(() => import("./pages/public/NotFound.tsx"));

const Setup = lazy(() => import("./pages/account/Setup.tsx"));
const Login = lazy(() => import("./pages/account/Login.tsx"));
const Logout = lazy(() => import("./pages/account/Logout.tsx"));
const Signup = lazy(() => import("./pages/account/Signup.tsx"));
const ForgotPassword = lazy(() => import("./pages/account/ForgotPassword.tsx"));
const ResetPassword = lazy(() => import("./pages/account/ResetPassword.tsx"));
const VerifyEmail = lazy(() => import("./pages/account/VerifyEmail.tsx"));
const Invite = lazy(() => import("./pages/account/Invite.tsx"));
const Authenticate = lazy(() => import("./pages/account/Authenticate.tsx"));

const Overview = lazy(() => import("./pages/overview/Overview.tsx"));
const Approvals = lazy(() => import("./pages/approvals/Approvals.tsx"));
const Inbox = lazy(() => import("./pages/approvals/Inbox.tsx"));
const Agents = lazy(() => import("./pages/agents/Agents.tsx"));
const NewAgent = lazy(() => import("./pages/onboarding/NewAgent.tsx"));
const AgentPage = lazy(() => import("./pages/agents/AgentPage.tsx"));
const Logs = lazy(() => import("./pages/logs/Logs.tsx"));
const Webhooks = lazy(() => import("./pages/webhooks/Webhooks.tsx"));
const WebhookEvents = lazy(() => import("./pages/webhooks/WebhookEvents.tsx"));
const WebhookPage = lazy(() => import("./pages/webhooks/WebhookPage.tsx"));
const Sites = lazy(() => import("./pages/sites/Sites.tsx"));
const SitePage = lazy(() => import("./pages/sites/SitePage.tsx"));
const Members = lazy(() => import("./pages/settings/Members.tsx"));
const Settings = lazy(() => import("./pages/settings/Settings.tsx"));
const Operator = lazy(() => import("./pages/operator/Operator.tsx"));

export function Pages() {
  return (
    <Routes>
      <Route element={<PublicLayout />}>
        <Route index element={<Home />} />
        <Route path="sandbox" element={<Sandbox />} />
        <Route path="security" element={<Security />} />
        <Route path="status" element={<Status />} />
        <Route path="docs" element={<Documents />} />
        <Route path="docs/reference" element={<Reference />} />
        <Route path="docs/:name" element={<Document />} />
        <Route path="passport/:agentId" element={<Passport />} />
        <Route path="setup" element={<Setup />} />
        <Route path="login" element={<Login />} />
        <Route path="logout" element={<Logout />} />
        <Route path="signup" element={<Signup />} />
        <Route path="forgot-password" element={<ForgotPassword />} />
        <Route path="reset-password" element={<ResetPassword />} />
        <Route path="verify-email" element={<VerifyEmail />} />
        <Route path="invite" element={<Invite />} />
        <Route path="authenticate" element={<Authenticate />} />
        <Route path="*" element={<NotFound />} />
      </Route>
      <Route path="dashboard" element={<DashboardLayout />}>
        <Route index element={<Overview />} />
        <Route path="approvals" element={<Approvals />} />
        <Route path="inbox" element={<Inbox />} />
        <Route path="agents" element={<Agents />} />
        <Route path="agents/new" element={<NewAgent />} />
        <Route path="agents/:agentId/:tab?" element={<AgentPage />} />
        <Route path="logs" element={<Logs />} />
        <Route path="webhooks" element={<Webhooks />} />
        <Route path="webhooks/events" element={<WebhookEvents />} />
        <Route path="webhooks/:webhookId" element={<WebhookPage />} />
        <Route path="sites" element={<Sites />} />
        <Route path="sites/:siteId/:tab?" element={<SitePage />} />
        <Route path="members" element={<Members />} />
        <Route path="settings/:tab?" element={<Settings />} />
        <Route path="operator/:tab?" element={<Operator />} />
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}
