// SPDX-License-Identifier: Apache-2.0
/** How a site asks. The two files are the tested examples of the project, word for word but for the site's own name. */
import expressMiddleware from "../../../../examples/site-guard-express/site-guard.mjs?raw";
import nginxFile from "../../../../examples/site-guard-nginx/nginx.conf?raw";

const PLACEHOLDER = "bhf_site_...";

export interface Snippet {
  title: string;
  code: string;
}

export function environmentFile(baseUrl: string, key = PLACEHOLDER): Snippet {
  return { title: ".env", code: `BEHALFID_BASE_URL=${baseUrl}\nBEHALFID_SITE_KEY=${key}\n` };
}

export function curlCheck(baseUrl: string): Snippet {
  const code = [
    `curl -s ${baseUrl}/api/site-guard/check \\`,
    `  -H "Authorization: Bearer $BEHALFID_SITE_KEY" -H "Content-Type: application/json" \\`,
    `  -d '{"path":"/docs/intro","userAgent":"ExampleBot/1.0"}'`,
    "",
  ].join("\n");
  return { title: "Try it with curl", code };
}

export function expressUse(): Snippet {
  const code = `import express from "express";
import { siteGuard } from "./site-guard.mjs";

const app = express();
app.use(siteGuard({ baseUrl: process.env.BEHALFID_BASE_URL, siteKey: process.env.BEHALFID_SITE_KEY }));
app.use(express.static("public")); // what comes before the guard is not guarded
app.listen(3000);
`;
  return { title: "Your Express app", code };
}

export const express: Snippet = { title: "site-guard.mjs", code: expressMiddleware };

export function nginx(baseUrl: string, domain: string): Snippet {
  const host = new URL(baseUrl).host;
  return {
    title: "nginx.conf",
    code: nginxFile.replaceAll("shop.example;", `${domain};`).replaceAll("127.0.0.1:8420", host),
  };
}
