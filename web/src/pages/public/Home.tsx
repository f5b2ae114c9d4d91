// SPDX-License-Identifier: Apache-2.0
import { Check, X } from "lucide-react";
import { Link } from "react-router";
import { useMaybeMe } from "../../session/session.tsx";
import { OutcomeBadge } from "../../ui/Badge.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import styles from "./Home.module.css";
import { Json } from "./Json.tsx";
import { LiveDecision } from "./LiveDecision.tsx";
import { PassportCard } from "./PassportCard.tsx";
import { CREDENTIALS, FEATURES, SCOPES, STEPS, STOPPED } from "./homeContent.ts";
import { npmInstall, pipInstall } from "../../sdk.ts";
import { ANSWER, GUARDED, SHELL } from "./samples.ts";

function Hero() {
  const me = useMaybeMe();
  return (
    <div className={styles.hero}>
      <div className={styles.pitch}>
        <h1 className={styles.claim}>Permission passports for AI agents</h1>
        <p className={styles.lead}>
          An agent asks before it acts. BehalfID answers <b>allowed</b>, <b>denied</b> or{" "}
          <b>a person must approve</b>, and no answer leaves the server before it is on record. Whatever goes
          wrong on the way is a no.
        </p>
        <div className={styles.buttons}>
          {me.data ? (
            <ButtonLink to="/dashboard" look="primary">
              Open the dashboard
            </ButtonLink>
          ) : (
            <ButtonLink to="/login" look="primary">
              Sign in
            </ButtonLink>
          )}
          <ButtonLink to="/sandbox">Try the sandbox</ButtonLink>
        </div>
        <ul className={styles.facts}>
          <li>One binary, one SQLite file, your machine</li>
          <li>Fails closed by default</li>
          <li>Open source, Apache 2.0</li>
        </ul>
      </div>
      <LiveDecision />
    </div>
  );
}

function Problem() {
  return (
    <section className={styles.section} aria-labelledby="problem">
      <h2 id="problem">Agents stopped suggesting and started doing</h2>
      <p className={styles.sub}>
        They buy, call APIs, run commands and write in your name. Every time the same question is open, and
        the credentials that exist answer another one.
      </p>
      <div className={styles.three}>
        {CREDENTIALS.map(({ name, answers, lacks }) => (
          <div key={name} className={lacks === null ? styles.answerYes : styles.answerNo}>
            <h3>{name}</h3>
            <p className={styles.question}>{answers}</p>
            <p className={styles.verdict}>
              {lacks === null ? <Check size={18} aria-hidden /> : <X size={18} aria-hidden />}
              {lacks ?? "Answered for each action, with limits, an expiry, a person's yes and a record."}
            </p>
          </div>
        ))}
      </div>
    </section>
  );
}

function Stopped() {
  return (
    <section className={styles.section} aria-labelledby="stopped">
      <h2 id="stopped">What it stops</h2>
      <p className={styles.sub}>
        A denial fails closed: the code throws before the line that would have acted. These are the words it
        gets from the server.
      </p>
      <ul className={styles.cases}>
        {STOPPED.map(({ Icon, title, text, reason }) => (
          <li key={title}>
            <Icon size={22} aria-hidden className={styles.icon} />
            <h3>{title}</h3>
            <p>{text}</p>
            <code className={styles.reason}>{reason}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Scopes() {
  return (
    <section className={styles.section} aria-labelledby="scopes">
      <h2 id="scopes">Not only money</h2>
      <p className={styles.sub}>
        A permission says: this agent may do this action on this resource within these limits. Purchases are
        one template among many; <Link to="/docs/templates">templates and presets</Link> start you off, and
        any name of your own is as good.
      </p>
      <ul className={styles.scopes}>
        {SCOPES.map(({ Icon, title, text }) => (
          <li key={title}>
            <Icon size={20} aria-hidden className={styles.icon} />
            <span>
              <b>{title}</b> {text}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Modes() {
  return (
    <section className={styles.section} aria-labelledby="modes">
      <h2 id="modes">Two ways to use it</h2>
      <div className={styles.two}>
        <div className={styles.mode}>
          <p className={styles.tag}>Enforced</p>
          <h3>Your code asks</h3>
          <p>
            For agents whose code you can change: your own, LangChain, the OpenAI SDK, a coding agent with our
            hooks. They call <code>POST /api/verify</code> before each action and stop unless the answer is a
            yes.
          </p>
          <p className={styles.modeLinks}>
            <Link to="/docs/api#post-apiverify">The call</Link>
            <Link to="/docs/coding-agents">Coding agents</Link>
          </p>
        </div>
        <div className={styles.mode}>
          <p className={styles.tagSoft}>Advice</p>
          <h3>You show it a passport</h3>
          <p>
            For agents of somebody else: Ollie, ChatGPT, Claude, Zapier, Make. A link and texts to paste tell
            the model what it may do, and you test the rules by hand. A model that ignores them is not
            stopped: BehalfID controls no third party.
          </p>
          <p className={styles.modeLinks}>
            <Link to="/docs/passports">Passports</Link>
            <Link to="/security#manual">What this cannot do</Link>
          </p>
        </div>
      </div>
      <ol className={styles.steps}>
        {STEPS.map(({ title, text }, place) => (
          <li key={title}>
            <span className={styles.number} aria-hidden>
              {place + 1}
            </span>
            <h3>{title}</h3>
            <p>{text}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Example() {
  return (
    <section className={styles.section} aria-labelledby="example">
      <h2 id="example">One permission, one call</h2>
      <p className={styles.sub}>Tickets from one shop, up to 800, for two hours. The agent asks for 742.</p>
      <div className={styles.two}>
        <div className={styles.column}>
          <PassportCard
            holder="Shopping helper"
            facts={[
              ["May", "purchase"],
              ["On", "coachella.com"],
              ["At most", "800"],
              ["Expires", "in 2 hours"],
            ]}
            outcome="allowed"
            machine={["shopping helper", "purchase", "coachella com", "max 800"]}
          />
          <div className={styles.reply}>
            <div className={styles.replyHead}>
              <span>The answer</span>
              <OutcomeBadge outcome="allowed" />
            </div>
            <Json value={ANSWER} />
          </div>
        </div>
        <div className={styles.column}>
          <CodeBlock
            title="For Node, and for Python"
            code={`${npmInstall(location.origin)}\n${pipInstall(location.origin)}`}
          />
          <CodeBlock title="In a program" code={GUARDED} />
          <CodeBlock title="On the command line" code={SHELL} />
        </div>
      </div>
    </section>
  );
}

function Features() {
  return (
    <section className={styles.section} aria-labelledby="features">
      <h2 id="features">What is in the binary</h2>
      <ul className={styles.features}>
        {FEATURES.map(({ Icon, title, text, to }) => (
          <li key={title}>
            <Icon size={20} aria-hidden className={styles.icon} />
            <div>
              <h3>
                <Link to={to}>{title}</Link>
              </h3>
              <p>{text}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

export default function Home() {
  return (
    <>
      <title>BehalfID: permission passports for AI agents</title>
      <Hero />
      <Problem />
      <Stopped />
      <Scopes />
      <Modes />
      <Example />
      <Features />
      <section className={styles.end} aria-labelledby="end">
        <h2 id="end">See a denial before you rely on one</h2>
        <p>
          Six actions of a coding agent, decided by this server in your browser. And{" "}
          <Link to="/security">how it keeps secrets, and where it ends</Link>.
        </p>
        <div className={styles.buttons}>
          <ButtonLink to="/sandbox" look="primary">
            Open the sandbox
          </ButtonLink>
          <ButtonLink to="/docs">Read the documentation</ButtonLink>
        </div>
      </section>
    </>
  );
}
