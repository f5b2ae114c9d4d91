// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { pageLink, render } from "./documents.ts";

test("Links between documents become links between pages, and those to other files become text.", () => {
  expect(pageLink("api.md#webhooks")).toBe("/docs/api#webhooks");
  expect(pageLink("../README.md#use")).toBe("/docs/readme#use");
  expect(pageLink("docs/api.md")).toBe("/docs/api");
  expect(pageLink("https://example.com")).toBe("https://example.com");
  expect(pageLink("#here")).toBe("#here");
  expect(pageLink("../examples/x.py")).toBeNull();
  expect(pageLink("../CHANGELOG.md")).toBeNull();
  expect(pageLink("http://ADDR:PORT")).toBeNull();
  expect(pageLink("javascript:alert(1)")).toBeNull();
  expect(pageLink("//evil.example/x.md")).toBeNull();
});

test("Equal headings get anchors of their own, and titles are plain texts.", () => {
  const page = render("# A `b` & c\n\n## Same\n\n### Same\n");
  expect(page.title).toBe("A b & c");
  expect(page.sections).toEqual([
    { id: "same", title: "Same", level: 2 },
    { id: "same-1", title: "Same", level: 3 },
  ]);
});

test("A table without names of columns names its rows, and no heading cell is empty.", () => {
  const { html } = render("| | |\n|---|---|\n| a | b |\n");
  expect(html).toContain('<th scope="row">a</th>');
  expect(html).not.toContain("<thead>");
  expect(render("| | x |\n|---|---|\n| a | b |\n").html).not.toMatch(/<th[^>]*><\/th>/);
});
