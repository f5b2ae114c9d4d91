// SPDX-License-Identifier: Apache-2.0
/** One document. Its HTML was made when the dashboard was built, from files of this repository alone. */
import { useQuery } from "@tanstack/react-query";
import { memo, useEffect, useRef, useState, type RefObject } from "react";
import { createPortal } from "react-dom";
import { Navigate, useNavigate, useParams } from "react-router";
import type { DocumentPage } from "../../../build/documents.ts";
import { CopyButton } from "../../ui/Copy.tsx";
import { Answer } from "../../ui/States.tsx";
import styles from "./Document.module.css";
import { DocumentFrame } from "./DocumentFrame.tsx";
import NotFound from "./NotFound.tsx";
import { ReadOn } from "./ReadOn.tsx";
import { loaderOf, OTHER_NAMES } from "./documents.ts";
import { useHash } from "./useHash.ts";

/** Links of the document stay in this page: the router takes them. */
function useInnerLinks(ref: RefObject<HTMLElement | null>) {
  const navigate = useNavigate();
  useEffect(() => {
    const article = ref.current;
    if (article === null) return;
    const go = (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      const href = link?.getAttribute("href") ?? "";
      if (!/^(?:#|\/(?!\/))/.test(href)) return;
      event.preventDefault();
      void navigate(href);
    };
    article.addEventListener("click", go);
    return () => article.removeEventListener("click", go);
  }, [ref, navigate]);
}

/** A button for each block of code. */
function CopyButtons({ article }: { article: RefObject<HTMLElement | null> }) {
  const [blocks, setBlocks] = useState<{ place: Element; code: string }[]>([]);
  useEffect(() => {
    const found = [...(article.current?.querySelectorAll("div.code") ?? [])];
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the blocks exist only once the HTML is in the page
    setBlocks(found.map((place) => ({ place, code: place.querySelector("pre")?.textContent ?? "" })));
  }, [article]);
  return blocks.map(({ place, code }, number) =>
    createPortal(
      <div className={styles.copy}>
        <CopyButton text={code} />
      </div>,
      place,
      String(number),
    ),
  );
}

/** Drawn once: what is done to the elements afterwards stays. */
const Body = memo(function Body({ html, at }: { html: string; at: RefObject<HTMLElement | null> }) {
  return <article ref={at} className={styles.body} dangerouslySetInnerHTML={{ __html: html }} />;
});

function Read({ name, page }: { name: string; page: DocumentPage }) {
  const article = useRef<HTMLElement>(null);
  useInnerLinks(article);
  useHash(page);
  return (
    <DocumentFrame sections={page.sections}>
      <title>{`${page.title} · BehalfID`}</title>
      <div className={styles.text}>
        <Body html={page.html} at={article} />
        <CopyButtons article={article} />
        <ReadOn name={name} />
      </div>
    </DocumentFrame>
  );
}

export default function Document() {
  const { name = "" } = useParams();
  const load = loaderOf(name);
  const page = useQuery({
    queryKey: ["documents", name],
    queryFn: () => load?.() ?? Promise.reject(new Error("There is no such document.")),
    enabled: load !== null,
    staleTime: Infinity,
    retry: false,
  });
  const other = OTHER_NAMES.get(name);
  if (other !== undefined) return <Navigate to={`/docs/${other}`} replace />;
  if (load === null) return <NotFound />;
  return (
    <Answer query={page} lines={10}>
      {(loaded) => <Read key={name} name={name} page={loaded} />}
    </Answer>
  );
}
