// SPDX-License-Identifier: Apache-2.0
/** Names without a blank, as long as the server takes them: agents, resources, people, sites, endpoints. */
import { addLongNames, type LongAccount } from "./support/long.ts";
import { Server, type Credentials } from "./support/server.ts";
import { expect, signIn, test as base, type Page } from "./support/test.ts";

interface Ground {
  account: LongAccount;
}

/** The server may send to this machine. */
const test = base.extend<Ground>({
  server: async ({}, use) => {
    const server = await new Server().start(true, ["--allow-private-webhooks"]);
    await use(server);
    await server.stop();
  },
  account: async ({ server }, use) => use(await addLongNames(server)),
});

const WIDTHS = [360, 768, 900, 1024, 1280] as const;

/** What is wider than the box around it, and can be seen there. */
async function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isOver = (element: Element) =>
      element.clientWidth > 1 &&
      element.scrollWidth > element.clientWidth + 1 &&
      getComputedStyle(element).overflowX === "visible" &&
      element.closest("svg, select, .visually-hidden") === null;
    const found = Array.from(document.querySelectorAll("html, body *")).filter(isOver);
    return found.map(
      ({ tagName, className, textContent }) => `${tagName} ${String(className)}: ${textContent.slice(0, 40)}`,
    );
  });
}

/** Words of buttons that go on in the next line. */
async function brokenButtons(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isBroken = (text: Node, word: RegExpExecArray) => {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      return range.getClientRects().length > 1;
    };
    const texts = Array.from(document.querySelectorAll("main td button")).flatMap((button) =>
      Array.from(button.childNodes).filter((node) => node.nodeType === Node.TEXT_NODE),
    );
    return texts.flatMap((text) =>
      Array.from((text.textContent ?? "").matchAll(/\w+/g))
        .filter((word) => isBroken(text, word))
        .map(([word]) => word),
    );
  });
}

async function expectFits(page: Page, where: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    expect(await overflowing(page), `${where} at ${width} px`).toEqual([]);
    expect(await brokenButtons(page), `broken words, ${where} at ${width} px`).toEqual([]);
  }
}

/** Opens the pages one after the other, and looks at each. */
async function lookAt(page: Page, server: Server, who: Credentials, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await signIn(page, server, who, `/dashboard${path}`);
    await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    if (path !== "/operator/events") await expect(page.getByText("averylongname").first()).toBeAttached();
    await expectFits(page, path);
  }
}

test("In lists nothing that is long leaves its card, or breaks the words of the buttons beside it.", async ({
  page,
  server,
  account,
}) => {
  test.slow();
  const paths = ["", "/approvals", "/inbox", "/agents", "/logs", "/webhooks", "/sites", "/members"];
  await lookAt(page, server, account.person, [...paths, "/settings"]);
  await lookAt(page, server, server.owner, ["/operator/accounts", "/operator/events", "/settings/tokens"]);
});

test("On the pages of an agent and of its requests nothing that is long leaves its card.", async ({
  page,
  server,
  account,
}) => {
  test.slow();
  const agent = `/agents/${account.agentId}`;
  await lookAt(page, server, account.person, [
    agent,
    `${agent}/permissions`,
    `${agent}/permissions?edit=new`,
    `${agent}/integrations`,
    `${agent}/activity`,
    `/logs?requestId=${account.requestId}`,
    `/approvals?approvalId=${account.approvalId}`,
    `/inbox?approvalId=${account.approvalId}`,
  ]);
});

test("On the pages of sites and endpoints nothing that is long leaves its card, nor the window that asks before.", async ({
  page,
  server,
  account,
}) => {
  test.slow();
  const site = `/sites/${account.siteId}`;
  const parts = ["rules", "keys", "signed-agents", "connect"].map((part) => `${site}/${part}`);
  await lookAt(page, server, account.person, [`/webhooks/${account.webhookId}`, ...parts, site]);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("dialog").getByRole("textbox")).toBeVisible();
  expect(
    await page.getByRole("dialog").evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth),
    "the window scrolls sideways",
  ).toBeLessThanOrEqual(0);
  await expectFits(page, "the question before a site goes");
});
