// SPDX-License-Identifier: Apache-2.0
/**
 * Turns the Markdown of docs/ into modules: `import page from "../../docs/api.md"` gives `{ title, html, sections }`.
 * It happens when the dashboard is built, so no Markdown of others is ever rendered in a browser.
 */
import { marked } from "marked";
import type { Plugin } from "vite";

export interface DocumentPage {
  title: string;
  html: string;
  sections: { id: string; title: string }[];
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/<[^>]*>/g, "")
    .replace(/&[a-z]+;/g, "")
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

/** Links between documents become links between pages. */
function pageLink(href: string): string {
  const [, name, anchor] = /^(?:docs\/)?([a-z-]+)\.md(#.*)?$/.exec(href) ?? [];
  return name === undefined ? href : `/docs/${name}${anchor ?? ""}`;
}

export function render(source: string): DocumentPage {
  const page: DocumentPage = { title: "", html: "", sections: [] };
  const renderer = new marked.Renderer();
  renderer.heading = function ({ tokens, depth }) {
    const inner = this.parser.parseInline(tokens);
    const plain = inner.replace(/<[^>]*>/g, "");
    const id = slug(inner);
    if (depth === 1) page.title = plain;
    if (depth === 2) page.sections.push({ id, title: plain });
    return `<h${depth} id="${id}">${inner}</h${depth}>\n`;
  };
  renderer.link = function ({ href, title, tokens }) {
    const inner = this.parser.parseInline(tokens);
    const hint = title ? ` title="${title}"` : "";
    return `<a href="${pageLink(href)}"${hint}>${inner}</a>`;
  };
  const plainCode = renderer.code.bind(renderer);
  renderer.code = (token) => plainCode(token).replace("<pre>", '<pre tabindex="0">');
  const plainTable = renderer.table.bind(renderer);
  renderer.table = function (token) {
    return `<div class="table-scroll" tabindex="0">${plainTable.call(this, token)}</div>`;
  };
  page.html = marked.parse(source, { renderer, async: false });
  return page;
}

export function documents(): Plugin {
  return {
    name: "documents",
    transform(source, id) {
      if (!id.endsWith(".md")) return null;
      return { code: `export default ${JSON.stringify(render(source))};`, map: null };
    },
  };
}
