// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { render } from "./documents.ts";

test("The first heading is the title; headings of the second level are the sections, each with an anchor.", () => {
  const page = render("# Title\n\nText\n\n## First part\n\n### Deeper\n\n## `code` & more\n");
  expect(page.title).toBe("Title");
  expect(page.sections.map((section) => section.id)).toEqual(["first-part", "code--more"]);
  expect(page.html).toContain('<h2 id="first-part">');
});

test("Links between documents become links between pages; others stay.", () => {
  const page = render("[a](api.md#log) [b](docs/mcp.md) [c](https://example.test/x.md)");
  expect(page.html).toContain('href="/docs/api#log"');
  expect(page.html).toContain('href="/docs/mcp"');
  expect(page.html).toContain('href="https://example.test/x.md"');
});
