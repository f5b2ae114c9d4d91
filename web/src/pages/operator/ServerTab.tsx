// SPDX-License-Identifier: Apache-2.0
import { Check, TriangleAlert } from "lucide-react";
import { useServerSettings, type ServerSettings } from "../../api/operator.ts";
import { Card, Facts, Stack } from "../../ui/Card.tsx";
import { Answer } from "../../ui/States.tsx";
import styles from "./Operator.module.css";

const SWITCHES: Readonly<Record<string, string>> = {
  publicAgentCreation: "Anyone can create agents",
  agentSelfPermissions: "Agents grant themselves permissions",
  allowPrivateWebhooks: "Webhooks to private networks",
  mail: "Mail",
  trustProxyXff: "Address of callers from the proxy's header",
  demo: "Demo data",
  setupToken: "Setup token",
};

const onOff = (on: boolean) => (on ? "on" : "off");

function Warnings({ warnings }: { warnings: string[] }) {
  return (
    <Card title="Safety">
      <ul className={styles.warnings}>
        {warnings.map((warning) => (
          <li key={warning}>
            <TriangleAlert size={18} role="img" aria-label="Warning" />
            {warning}
          </li>
        ))}
        {warnings.length === 0 ? (
          <li>
            <Check size={18} aria-hidden />
            Nothing unusual is switched on.
          </li>
        ) : null}
      </ul>
      <p className="note">
        Webhook events are delivered at least once: endpoints must tell repeats by the event&apos;s id.
      </p>
    </Card>
  );
}

function Facets({ settings }: { settings: ServerSettings }) {
  const { rateLimit } = settings;
  return (
    <Card title="How the server is set up">
      <Facts
        facts={[
          [
            "Public address",
            <span key="url" className="exact">
              {settings.publicUrl}
            </span>,
          ],
          [
            "Listens on",
            <span key="listen" className="exact">
              {settings.listen}
            </span>,
          ],
          ["Database", `${settings.store.kind}, ${settings.store.state}`],
          [
            "Rate limit",
            rateLimit.perMinute === 0
              ? "none"
              : `${rateLimit.perMinute.toLocaleString("en")} a minute, counted in ${rateLimit.mode}`,
          ],
          ["Signing up", settings.signup],
          ["Metadata of requests in the log", onOff(settings.logMetadata)],
          ["Records are kept for", `${settings.retentionDays} days`],
          ...Object.entries(settings.switches).map(
            ([name, on]) => [SWITCHES[name] ?? name, onOff(on)] as const,
          ),
        ]}
      />
      <p className="note">These are flags of the server; they change with its next start.</p>
    </Card>
  );
}

export function ServerTab() {
  const settings = useServerSettings();
  return (
    <Answer query={settings} lines={6}>
      {(data) => (
        <Stack>
          <Warnings warnings={data.securityWarnings} />
          <Facets settings={data} />
        </Stack>
      )}
    </Answer>
  );
}
