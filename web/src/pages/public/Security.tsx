// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { Link } from "react-router";
import { CodeBlock } from "../../ui/Copy.tsx";
import { PageHead } from "../../ui/Card.tsx";
import { AgentCode } from "./AgentCode.tsx";
import styles from "./Security.module.css";
import { LIMITS, REVOCATION, SECRETS } from "./securityContent.ts";
import { useHash } from "./useHash.ts";

const PARTS = [
  ["enforcement", "Enforcement"],
  ["manual", "Manual mode"],
  ["secrets", "Secrets"],
  ["passports", "Passports"],
  ["log", "The log"],
  ["webhooks", "Webhooks"],
  ["people", "People"],
  ["revocation", "Revocation"],
  ["limits", "Known limits"],
  ["report", "Report a problem"],
] as const;

function Part({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section className={styles.part} aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  );
}

function Enforcement() {
  return (
    <Part id="enforcement" title="Enforcement: the program asks, and stops">
      <p>
        BehalfID decides and records. It holds no agent&apos;s hands: the program around the agent calls{" "}
        <code>POST /api/verify</code> before the action and goes on only if the answer is 200 with{" "}
        <code>&quot;allowed&quot;: true</code>. A denial, another status, a timeout, an answer that cannot be
        read, no answer: each is a no.
      </p>
      <AgentCode outcome="denied" action="purchase" />
      <p>
        The server keeps to the same rule. Without a permission, with one that is over, with a value missing
        that a rule needs, with a path that cannot be judged: denied. And if the decision cannot be made
        durable, because the disk is full for example, the answer is 503 and nobody gets a yes.{" "}
        <Link to="/sandbox">Watch it in the sandbox</Link> or read{" "}
        <Link to="/docs/decisions">how a request is decided</Link>.
      </p>
      <p>
        Where a model must not be able to skip the question, put it where the tools are called:{" "}
        <Link to="/docs/hooks">hooks</Link> of coding agents, <Link to="/docs/mcp">the MCP interceptor</Link>,{" "}
        <Link to="/docs/action-gateway">the action gateway</Link>.
      </p>
    </Part>
  );
}

function Manual() {
  return (
    <Part id="manual" title="Manual mode is advice">
      <p>
        For agents of others (Ollie, ChatGPT, Claude, Zapier, Make) there is the passport: a link, and texts
        to paste into a prompt or a memory. It tells a model what it may do. It cannot make it comply: a model
        that ignores the text, or makes up a permission, is not stopped, and nothing is recorded. To enforce,
        let a program ask before the tool runs. <Link to="/docs/passports">More on passports</Link>.
      </p>
    </Part>
  );
}

function Secrets() {
  return (
    <Part id="secrets" title="How secrets are kept">
      <table className={styles.table}>
        <caption className="visually-hidden">Kinds of secrets and how they are stored</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Looks like</th>
            <th scope="col">Stored as</th>
          </tr>
        </thead>
        <tbody>
          {SECRETS.map(({ what, looks, kept }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td data-label="Looks like">{looks.endsWith("_…") ? <code>{looks}</code> : looks}</td>
              <td data-label="Stored as">{kept}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        Secrets are compared in constant time. Logs, stored errors and the output of the command line pass one
        redactor that takes out whatever looks like one of them. To somebody without a valid key every agent
        id looks the same.
      </p>
    </Part>
  );
}

function Passports() {
  return (
    <Part id="passports" title="What a passport shows">
      <p>
        The agent&apos;s name, what it may do, and the limits of manual mode. The token stands behind the{" "}
        <code>#</code> of the link, which browsers keep to themselves, so it comes into no server&apos;s log.
        Treat the link as a secret: whoever has it can read the active permissions and try actions, without
        any effect.
      </p>
      <p>
        Not in it: keys, tokens, hashes, webhooks, the account and its people, the log, ids of permissions,
        internal notes. What people typed stands between marks that it cannot close, so that a description
        does not become an instruction to the model.
      </p>
    </Part>
  );
}

function Log() {
  return (
    <Part id="log" title="The log">
      <p>
        An answer leaves the server only after one transaction holds its entry: request id, agent, permission,
        action, resource, amount, decision, reason, risk, time, approval, and the metadata that the agent sent
        unless that is switched off. Commands and paths (<code>policyContext</code>) are never in it.
      </p>
      <ul className={styles.list}>
        <li>
          <b>Tampering shows.</b> Each entry is chained to the one before, and the newest link is signed under
          the server key. <code>behalf audit verify</code> says what is missing, altered or deleted. Signed
          checkpoints, kept elsewhere, show it even if the server key was stolen.
        </li>
        <li>
          <b>Deleting is on record.</b> A signed-in owner can delete one entry or all. The content goes, from
          webhook payloads and finished approvals too; who deleted what, and when, stays.
        </li>
        <li>
          <b>90 days</b> are kept, unless the operator sets <code>--retention-days</code>. What is removed
          leaves a signed checkpoint.
        </li>
      </ul>
      <p>
        <Link to="/docs/audit">What the log proves, and what it cannot</Link>
      </p>
    </Part>
  );
}

function Webhooks() {
  return (
    <Part id="webhooks" title="Webhooks are signed">
      <p>
        Every request carries an HMAC-SHA256 over time and raw body, in <code>BehalfID-Signature</code> with{" "}
        <code>BehalfID-Timestamp</code>, and in <code>webhook-signature</code> as Standard Webhooks has it.
        Verify one of them before you parse the body, and refuse what is older than five minutes. Redirects
        are not followed, and addresses are checked when the connection is made, so no endpoint leads into
        your own network. Events and attempts are kept for 30 days.
      </p>
      <CodeBlock
        title="With a library of Standard Webhooks"
        code={`import { Webhook } from "standardwebhooks";\n\nconst event = new Webhook(secret).verify(rawBody, headers); // throws`}
      />
      <p>
        <Link to="/docs/webhooks#verify-what-comes-in">Verify what comes in, also without a library</Link>
      </p>
    </Part>
  );
}

function People() {
  return (
    <Part id="people" title="People approve, keys never do">
      <p>
        Over the network, approving, inviting, making tokens and deleting take a signed-in person whose role
        allows it. An agent&apos;s key and a developer token reach none of it. Whoever can read the data
        folder is the operator: <code>behalf admin approvals</code> decides there without a session. An
        approval is bound to agent, permission, action, resource and amount, and for{" "}
        <code>execute_command</code>, <code>read_file</code> and <code>write_file</code> to the exact command
        or path. What else the agent sends, like the text of a message, is not checked. It is good once, for
        30 minutes unless its permission says otherwise. An account can demand that nobody approves what their
        own agent asks.
      </p>
      <p>
        Sessions end after an hour without use and after 14 days. Sign-ins are limited by address and by
        e-mail, and known and unknown addresses get the same answer. Nobody can sign up unless the operator
        opens it. <Link to="/docs/accounts">Accounts and roles</Link>,{" "}
        <Link to="/docs/approvals">approvals</Link>.
      </p>
    </Part>
  );
}

function Revocation() {
  return (
    <Part id="revocation" title="Revocation works at once">
      <table className={styles.table}>
        <caption className="visually-hidden">What ends what</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Effect</th>
          </tr>
        </thead>
        <tbody>
          {REVOCATION.map(({ step, effect }) => (
            <tr key={step}>
              <th scope="row">{step}</th>
              <td data-label="Effect">{effect}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

function Limits() {
  return (
    <Part id="limits" title="Known limits">
      <dl className={styles.limits}>
        {LIMITS.map(({ title, text }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p>
        <Link to="/docs/security#what-to-know">The same at more length, for operators</Link>
      </p>
    </Part>
  );
}

export default function Security() {
  useHash();
  return (
    <div className={styles.page}>
      <PageHead
        title="Security and trust"
        lead="What this software enforces, how it keeps secrets, what ends at once, and where it ends itself. It runs on the machine of whoever operates it; it reports to nobody."
      />
      <nav aria-label="On this page" className={styles.parts}>
        <ul>
          {PARTS.map(([id, name]) => (
            <li key={id}>
              <Link to={`#${id}`}>{name}</Link>
            </li>
          ))}
        </ul>
      </nav>
      <Enforcement />
      <Manual />
      <Secrets />
      <Passports />
      <Log />
      <Webhooks />
      <People />
      <Revocation />
      <Limits />
      <Part id="report" title="Report a problem">
        <p>
          Not in public, please: <Link to="/docs/security#report-a-problem">how to report it</Link>. What goes
          on inside is in <Link to="/docs/architecture">Architecture</Link>.
        </p>
      </Part>
    </div>
  );
}
