// SPDX-License-Identifier: Apache-2.0
/**
 * Turns the Markdown of docs/ into modules: `import page from "../../docs/api.md"` gives `{ title, html, sections }`.
 * It happens when the dashboard is built, so no Markdown of others is ever rendered in a browser.
 */
import { marked } from "marked";
import type { Plugin } from "vite";

export interface Section {
  id: string;
  title: string;
  /** Of the heading: 2 or 3. */
  level: number;
}

export interface DocumentPage {
  title: string;
  html: string;
  sections: Section[];
}

/** Files beside docs/ that have a page too. */
const AT_THE_TOP = ["readme", "security", "architecture", "contributing"];

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/<[^>]*>/g, "")
    .replace(/&[a-z]+;|&#\d+;/g, "")
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

/** A link between documents leads to a page; one to a file without one, or to an example's address, nowhere (null). */
export function pageLink(href: string): string | null {
  if (/^(?:#|https:\/\/)/.test(href)) return href;
  const [, top, name, anchor] = /^(\.\.\/)?(?:docs\/)?([A-Za-z-]+)\.md(#.*)?$/.exec(href) ?? [];
  if (name === undefined) return null;
  const page = name.toLowerCase();
  if (top !== undefined && !AT_THE_TOP.includes(page)) return null;
  return `/docs/${page}${anchor ?? ""}`;
}

/** Anchors as code hosts make them: of equal headings each later one gets a number. */
function uniqueIds(): (text: string) => string {
  const seen = new Map<string, number>();
  return (text) => {
    const id = slug(text);
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    return count === 0 ? id : `${id}-${count}`;
  };
}

const TEXTS: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'" };

/** A heading as text: the pages show it as such. */
function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:lt|gt|amp|quot|#39);/g, (entity) => TEXTS[entity] ?? entity);
}

/** A table without names of columns has names of rows: its first column. */
function tidyTable(html: string): string {
  const empty = /<thead>\s*<tr>\s*(?:<th[^>]*><\/th>\s*)+<\/tr>\s*<\/thead>\s*/;
  if (empty.test(html)) {
    return html
      .replace(empty, "")
      .replace(/<tr>\s*<td([^>]*)>(.*?)<\/td>/gs, '<tr>\n<th scope="row"$1>$2</th>');
  }
  return html.replace(/<th([^>]*)><\/th>/g, "<td$1></td>");
}

export function render(source: string): DocumentPage {
  const page: DocumentPage = { title: "", html: "", sections: [] };
  const idOf = uniqueIds();
  const renderer = new marked.Renderer();
  renderer.heading = function ({ tokens, depth }) {
    const inner = this.parser.parseInline(tokens);
    const title = plainText(inner);
    const id = idOf(inner);
    if (depth === 1) page.title = title;
    if (depth === 2 || depth === 3) page.sections.push({ id, title, level: depth });
    return `<h${depth} id="${id}" tabindex="-1">${inner}</h${depth}>\n`;
  };
  renderer.link = function ({ href, title, tokens }) {
    const inner = this.parser.parseInline(tokens);
    const target = pageLink(href);
    if (target === null) return `<span class="file">${inner}</span>`;
    const hint = title ? ` title="${title}"` : "";
    const rel = target.startsWith("http") ? ' rel="noreferrer"' : "";
    return `<a href="${target}"${hint}${rel}>${inner}</a>`;
  };
  // Paths and names of events break where their parts end, in narrow tables above all.
  const plainSpan = renderer.codespan.bind(renderer);
  renderer.codespan = (token) => plainSpan(token).replace(/([\w}*][/._])(?=[\w{])/g, "$1<wbr>");
  const plainCode = renderer.code.bind(renderer);
  renderer.code = (token) =>
    `<div class="code">${plainCode(token).replace("<pre>", '<pre tabindex="0">')}</div>\n`;
  const plainTable = renderer.table.bind(renderer);
  renderer.table = function (token) {
    return `<div class="table-scroll" role="group" aria-label="Table" tabindex="0">${tidyTable(plainTable.call(this, token))}</div>`;
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
