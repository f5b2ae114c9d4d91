// SPDX-License-Identifier: Apache-2.0
/** Pages for everybody: what they promise is what the server does, and each link on them leads somewhere. */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import sdk from "../../sdk/typescript/package.json" with { type: "json" };
import { GUARDED, SHELL } from "../../web/src/pages/public/samples.ts";
import { BINARY, type Json, type Server } from "./support/server.ts";
import { expect, inspect, signIn, test, type Page } from "./support/test.ts";

const DOCS = resolve(fileURLToPath(import.meta.url), "../../../docs");
const OUTCOMES = {
  allowed: { badge: "Allowed", last: "ran" },
  denied: { badge: "Denied", last: "never reached" },
  waits: { badge: "Approval required", last: "not yet" },
} as const;

function outcomeOf(answer: Json): keyof typeof OUTCOMES {
  if (answer["allowed"] === true) return "allowed";
  return answer["approvalRequired"] === true ? "waits" : "denied";
}

/** Where the links of the page's content lead, without those to other servers and to files. */
async function linksOf(page: Page): Promise<string[]> {
  const links = await page
    .getByRole("main")
    .getByRole("link")
    .evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  return [...new Set(links)].filter((link) => !/^https:|\.json$/.test(link));
}

/** Each address is a page, and its anchor an element of it. */
async function expectLinksWork(page: Page, server: Server, links: Iterable<string>): Promise<void> {
  const byPage = new Map<string, Set<string>>();
  for (const link of links) {
    const { pathname, hash } = new URL(link, page.url());
    byPage.set(pathname, (byPage.get(pathname) ?? new Set()).add(decodeURIComponent(hash.slice(1))));
  }
  for (const [path, anchors] of byPage) {
    await page.goto(server.url + path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByText("There is no page at this address"), path).toHaveCount(0);
    const ids = await page.evaluate(() =>
      Array.from(document.querySelectorAll("[id]"), (element) => element.id),
    );
    for (const anchor of anchors) if (anchor !== "") expect(ids, `${path}#${anchor}`).toContain(anchor);
  }
}

/** What a program prints that has the agent's key in its environment. */
async function run(
  server: Server,
  command: string,
  words: string[],
): Promise<{ status: number; out: string }> {
  const env = {
    PATH: `${resolve(BINARY, "..")}:${process.env["PATH"] ?? ""}`,
    BEHALFID_BASE_URL: server.url,
    BEHALFID_AGENT_ID: server.agentId,
    BEHALFID_API_KEY: server.apiKey,
    HOME: server.folder,
  };
  return new Promise((done) => {
    execFile(command, words, { env, cwd: server.folder }, (error, stdout, stderr) =>
      done({ status: error === null ? 0 : 1, out: stdout + stderr }),
    );
  });
}

test("The home page says what this is and shows a decision that was just made.", async ({ page, server }) => {
  const asked = page.waitForResponse("**/api/demo/verify");
  await page.goto(server.url);
  const answer = (await (await asked).json()) as Json;
  await expect(
    page.getByRole("heading", { level: 1, name: "Permission passports for AI agents" }),
  ).toBeVisible();
  const reply = page.getByRole("region", { name: "The answer" });
  await expect(reply).toContainText(answer["requestId"] as string);
  await expect(reply).toContainText(answer["reason"] as string);
  await inspect(page, "home");
});

test("Another action on the home page is another decision, and asking again a newer one.", async ({
  page,
  server,
}) => {
  await page.goto(server.url);
  const reply = page.getByRole("region", { name: "The answer" });
  await expect(reply).toContainText("Denied");
  await page.getByRole("button", { name: "Read an issue" }).click();
  await expect(reply).toContainText("Action allowed by active permission.");
  const before = await reply.textContent();
  await page.getByRole("button", { name: "Ask again" }).click();
  await expect(reply).toContainText("Allowed");
  await expect(reply).not.toHaveText(before ?? "");
});

test("Without an answer the home page says so and asks anew on a click.", async ({ page, server }) => {
  await page.route("**/api/demo/verify", (route) =>
    route.fulfill({ status: 429, json: { error: "Slow down." } }),
  );
  await page.goto(server.url);
  await expect(page.getByRole("alert")).toContainText("Slow down.");
  await page.unroute("**/api/demo/verify");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("region", { name: "The answer" })).toContainText("Denied");
});

test("The code on the home page does what it says: the action runs after a yes, and only then.", async ({
  server,
}) => {
  const install = `npm install --no-audit --no-fund ${server.url}/sdk/behalfid-sdk-${sdk.version}.tgz`;
  const folder = dirname(server.write("package.json", "{}"));
  expect((await run(server, "/bin/sh", ["-c", `cd ${folder} && ${install}`])).status).toBe(0);
  const program = server.write(
    "sample.mjs",
    `${GUARDED}\nasync function buyTickets() { console.log("bought"); }\n`,
  );
  expect(await run(server, process.execPath, [program])).toEqual({ status: 0, out: "bought\n" });
  const tooMuch = server.write(
    "much.mjs",
    `${GUARDED.replace("742", "900")}\nasync function buyTickets() { console.log("bought"); }\n`,
  );
  const refused = await run(server, process.execPath, [tooMuch]);
  expect(refused.status).toBe(1);
  expect(refused.out).not.toContain("bought\n");
  expect(refused.out).toContain("Amount exceeds maxAmount constraint.");
  const shell = (text: string) =>
    run(server, "/bin/sh", ["-c", text.replace("./buy-tickets", "echo bought")]);
  expect((await shell(SHELL)).out).toContain("bought");
  expect((await shell(SHELL.replace("742", "900"))).out).not.toContain("bought");
});

test("Each scenario of the sandbox shows the outcome that the API gives, and what the code does then.", async ({
  page,
  server,
}) => {
  const { body } = await server.request("GET", "/api/demo/scenarios");
  const scenarios = body["scenarios"] as Json[];
  expect(scenarios).toHaveLength(6);
  await page.goto(`${server.url}/sandbox`);
  const seen = new Set<string>();
  for (const scenario of scenarios) {
    const { scenarioId } = scenario;
    const { body: answer } = await server.request("POST", "/api/demo/verify", { scenarioId });
    const outcome = OUTCOMES[outcomeOf(answer)];
    seen.add(outcome.badge);
    const choice = page.getByRole("button", { name: scenario["label"] as string });
    await choice.click();
    await expect(choice).toHaveAttribute("aria-pressed", "true");
    await expect(page.getByRole("status").filter({ hasText: /./ })).toHaveText(
      `${outcome.badge} ${scenario["label"]}`,
    );
    await expect(page.getByRole("region", { name: "The request" })).toContainText(
      scenario["action"] as string,
    );
    const reply = page.getByRole("region", { name: "The answer" });
    await expect(reply).toContainText(answer["reason"] as string);
    await expect(reply).toContainText(outcome.badge);
    const lines = page.getByRole("list", { name: "Lines of the agent's code" }).getByRole("listitem");
    await expect(lines.last()).toContainText(outcome.last);
    await expect(page).toHaveURL(new RegExp(`scenario=${scenarioId}`));
  }
  expect(seen.size).toBe(3);
});

test("The sandbox asks nothing before somebody chooses, and a link to a scenario runs it.", async ({
  page,
  server,
}) => {
  let asked = 0;
  page.on("request", (request) => (asked += request.url().endsWith("/api/demo/verify") ? 1 : 0));
  await page.goto(`${server.url}/sandbox`);
  await expect(page.getByText("Choose what the agent wants to do.")).toBeVisible();
  expect(asked).toBe(0);
  await inspect(page, "sandbox-idle");
  await page.goto(`${server.url}/sandbox?scenario=deploy-approval`);
  await expect(page.getByText("waits here", { exact: true })).toBeVisible();
  await inspect(page, "sandbox-approval");
  await page.goto(`${server.url}/sandbox?scenario=push-main-denied`);
  await expect(page.getByText("never reached", { exact: true })).toBeVisible();
  await inspect(page, "sandbox-denied");
});

test("The sandbox works by keyboard, and the steps appear at once for who wants no motion.", async ({
  page,
  server,
}) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${server.url}/sandbox`);
  await page.getByRole("button", { name: "Read an issue" }).press("Enter");
  const steps = page.getByRole("heading", { name: "The agent's code goes by the answer" });
  await expect(steps).toBeVisible();
  // What has to be an animation to end at all takes a hundredth of a millisecond: nobody sees that.
  const visible = await page.evaluate(
    () =>
      document.getAnimations().filter((one) => Number(one.effect?.getComputedTiming().endTime ?? 0) > 1)
        .length,
  );
  expect(visible).toBe(0);
  await expect(page.getByRole("status").filter({ hasText: "Allowed" })).toBeInViewport();
});

test("Security and trust names how each secret is kept and what ends at once, and its links work.", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/security`);
  const row = (name: string) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });
  await expect(row("Agent keys")).toContainText("SHA-256");
  await expect(row("Signing secrets of webhooks")).toContainText("AES-256-GCM");
  await expect(row("Passwords")).toContainText("scrypt");
  await expect(row("Rotate an agent's key")).toContainText("dead at once");
  for (const text of ["HMAC-SHA256", "90 days", "No external audit yet", "Manual mode is advice"])
    await expect(page.getByText(text).first()).toBeVisible();
  await inspect(page, "security");
  await page.getByRole("link", { name: "Revocation", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Revocation works at once" })).toBeInViewport();
  await expectLinksWork(page, server, await linksOf(page));
});

test("Links of the home page lead to places that exist.", async ({ page, server }) => {
  await page.goto(server.url);
  await expect(page.getByRole("link", { name: "Try the sandbox" })).toBeVisible();
  await expectLinksWork(page, server, await linksOf(page));
});

test("Every document has a card and opens, and its links and anchors lead somewhere that exists.", async ({
  page,
  server,
}) => {
  test.setTimeout(180_000);
  await page.goto(`${server.url}/docs`);
  await inspect(page, "documents");
  const cards = await linksOf(page);
  for (const file of readdirSync(DOCS).filter((name) => name.endsWith(".md")))
    expect(cards).toContain(`/docs/${file.replace(/\.md$/, "")}`);
  const links = new Set<string>();
  for (const card of cards) {
    await page.goto(server.url + card);
    await expect(page.getByRole("article").getByRole("heading", { level: 1 })).toBeVisible();
    for (const link of await linksOf(page)) links.add(link.startsWith("#") ? card + link : link);
    const twice = await page.evaluate(() => {
      const ids = Array.from(document.querySelectorAll("[id]"), (element) => element.id);
      return ids.filter((id, place) => ids.indexOf(id) !== place);
    });
    expect(twice, card).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    expect(width, card).toBe(true);
  }
  expect(links.size).toBeGreaterThan(100);
  await expectLinksWork(page, server, links);
});

for (const name of ["api", "webhooks", "readme"]) {
  test(`The document ${name} can be read on a phone, in both themes.`, async ({ page, server }) => {
    test.slow(); // the longest ones take the look at accessibility its time
    await page.goto(`${server.url}/docs/${name}`);
    await expect(page.getByRole("article").getByRole("heading", { level: 1 })).toBeVisible();
    await inspect(page, `document-${name}`);
  });
}

test("Links in a document change the page without loading it anew, and anchors come into view.", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/docs/accounts`);
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  await page.getByRole("article").getByRole("link", { name: "what it prevents" }).click();
  await expect(page).toHaveURL(/\/docs\/approvals#who-may-approve$/);
  await expect(page.getByRole("heading", { name: "Who may approve" })).toBeInViewport();
  expect(await page.evaluate(() => "stayed" in window)).toBe(true);
  await page.getByRole("navigation", { name: "Other documents" }).getByRole("link").last().click();
  await expect(page.getByRole("heading", { level: 1 })).toBeInViewport();
  await page.goto(`${server.url}/docs/webhooks#delivery`);
  await expect(page.getByRole("heading", { name: "Delivery" })).toBeInViewport();
});

test("A block of code of a document is copied as it stands.", async ({ page, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  await page.goto(`${server.url}/docs/readme`);
  const block = page
    .getByRole("article")
    .locator("div", { has: page.locator("> pre") })
    .first();
  await block.getByRole("button", { name: "Copy" }).click();
  await expect(block.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    await block.locator("pre").textContent(),
  );
});

test("A document that is none says so.", async ({ page, server }) => {
  await page.goto(`${server.url}/docs/nothing`);
  await expect(page.getByRole("heading", { name: "There is no page at this address" })).toBeVisible();
});

test("The status page shows each part as the server finds it.", async ({ page, server }) => {
  const { body } = await server.request("GET", "/api/status");
  expect(body["overall"]).toBe("operational");
  await page.goto(`${server.url}/status`);
  await expect(page.getByRole("status", { name: "State of the server" })).toContainText("Everything works");
  for (const group of body["groupedComponents"] as Json[])
    for (const part of group["components"] as Json[])
      await expect(
        page.getByRole("listitem").filter({ hasText: part["name"] as string }),
        part["name"] as string,
      ).toContainText("Operational");
  await inspect(page, "status");
});

test("The status page never calls a state good that it does not know.", async ({ page, server }) => {
  const components = [
    { name: "Database", status: "outage" },
    { name: "Something", status: "constructor" },
  ];
  await page.route("**/api/status", (route) =>
    route.fulfill({
      json: { overall: "outage", groupedComponents: [{ group: "Parts", components }], incidents: [] },
    }),
  );
  await page.goto(`${server.url}/status`);
  await expect(page.getByRole("status", { name: "State of the server" })).toContainText(
    "Decisions cannot be recorded",
  );
  await expect(page.getByRole("listitem").filter({ hasText: "Database" })).toContainText("Outage");
  await expect(page.getByRole("listitem").filter({ hasText: "Something" })).toContainText("Degraded");
  await inspect(page, "status-outage");
});

test("Who is signed in is led to the dashboard from the home page and from an address that is none.", async ({
  page,
  server,
}) => {
  await signIn(page, server, undefined, "/");
  await expect(page.getByRole("link", { name: "Open the dashboard" })).toBeVisible();
  await page.goto(`${server.url}/nothing/here`);
  const ways = page.getByRole("navigation", { name: "Ways on" });
  await ways.getByRole("link", { name: "Dashboard" }).click();
  await expect(page).toHaveURL(/\/dashboard$/);
});
