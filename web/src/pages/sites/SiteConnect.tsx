// SPDX-License-Identifier: Apache-2.0
import { Link } from "react-router";
import { segment } from "../../api/client.ts";
import { useSettings } from "../../api/people.ts";
import type { Site } from "../../api/sites.ts";
import { Card, Stack } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { Answer } from "../../ui/States.tsx";
import { curlCheck, environmentFile, express, expressUse, nginx, type Snippet } from "./snippets.ts";

function Snippets({ snippets }: { snippets: Snippet[] }) {
  return snippets.map(({ title, code }) => <CodeBlock key={title} title={title} code={code} />);
}

function Ways({ site, baseUrl }: { site: Site; baseUrl: string }) {
  return (
    <Stack>
      <Card title="First">
        <p>
          Make a key under <Link to={`/dashboard/sites/${segment(site.siteId)}/keys`}>Keys</Link> and put it
          where the site's server keeps its secrets.
        </p>
        <Snippets snippets={[environmentFile(baseUrl), curlCheck(baseUrl)]} />
      </Card>
      <Card title="In an Express app">
        <p>Copy the file beside your app. Denied is 403; without a decision the visitor gets 503.</p>
        <Snippets snippets={[expressUse(), express]} />
      </Card>
      <Card title="In front of any site: nginx">
        <p>Adapt the lines that are marked with an arrow.</p>
        <Snippets snippets={[nginx(baseUrl, site.domain)]} />
      </Card>
      <p>
        What is asked and how it is decided: <Link to="/docs/site-guard">Site guard</Link>.
      </p>
    </Stack>
  );
}

export function SiteConnect({ site }: { site: Site }) {
  const settings = useSettings();
  return <Answer query={settings}>{({ appUrl }) => <Ways site={site} baseUrl={appUrl} />}</Answer>;
}
