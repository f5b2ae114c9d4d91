// SPDX-License-Identifier: Apache-2.0
/*
 * Express middleware that asks BehalfID before it serves anything.
 *
 *     app.use(siteGuard({ baseUrl: "https://behalfid.example", siteKey: process.env.BEHALFID_SITE_KEY }));
 *
 * It fails closed: whoever is denied gets 403, and when there is no decision (the server is away, slow, or does not
 * accept the key) the answer is 503. It remembers nothing: each request is asked about, so a changed rule counts at once.
 */
import { BehalfID, BehalfIDAPIError } from "@behalfid/sdk";

const SIGNATURE_HEADERS = ["signature-input", "signature", "signature-agent"];

/*
 * The guard judges the path that dots lead to, but Express routes by the path as it was sent: "/admin/../docs" is one of
 * the documents for the one and of the administrators for the other. So such paths, which no browser sends, are denied.
 */
const DOT_SEGMENT = /\/(\.|%2e){1,2}(\/|$)/i;

/** A header as one text; Node has joined repeated ones with ", ". */
function header(request, name) {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** The path as it was sent, and the query with its question mark. */
function split(request) {
  const start = request.originalUrl.indexOf("?");
  if (start < 0) return [request.originalUrl, ""];
  return [request.originalUrl.slice(0, start), request.originalUrl.slice(start)];
}

function describe(request) {
  const [path, query] = split(request);
  const inquiry = { path, userAgent: header(request, "user-agent") ?? "" };
  const identifier = header(request, "x-behalfid-agent");
  if (identifier !== undefined) inquiry.agentIdentifier = identifier;
  if (header(request, "signature-input") === undefined && header(request, "signature") === undefined) return inquiry;
  const headers = {};
  for (const name of [...SIGNATURE_HEADERS, "user-agent"]) {
    const value = header(request, name);
    if (value !== undefined) headers[name] = value;
  }
  return {
    ...inquiry,
    method: request.method,
    scheme: request.protocol,
    authority: header(request, "host") ?? "",
    query,
    headers,
  };
}

/*
 * Which refusals are the visitor's doing: those of what came from it. All others say that this middleware, its key or
 * the server is not set up right, and somebody has to know.
 */
const VISITORS_MISTAKE = /^(path|userAgent|headers|method|scheme|authority|query) must /;

/** The decision; throws when there is none. */
async function ask(guard, timeoutMs, inquiry) {
  try {
    return await guard.check(inquiry, { timeoutMs });
  } catch (error) {
    const isVisitors =
      error instanceof BehalfIDAPIError && error.status === 400 && VISITORS_MISTAKE.test(error.message);
    if (isVisitors) return { allowed: false, reason: error.message };
    throw error;
  }
}

const tell = (error) => console.error("site guard:", error.message);

/**
 * @param {object} options
 * @param {string} options.baseUrl where BehalfID listens
 * @param {string} options.siteKey a key of the site, "bhf_site_..."
 * @param {number} [options.timeoutMs] how long to wait for a decision; 2000 when left out
 * @param {boolean} [options.allowInsecureHttp] permit a baseUrl with http:// that is not of this machine
 * @param {(error: Error) => void} [options.onError] told why there was no decision
 * @returns {import("express").RequestHandler}
 */
export function siteGuard({ baseUrl, siteKey, timeoutMs = 2000, allowInsecureHttp, onError = tell }) {
  if (!baseUrl) throw new Error("siteGuard needs baseUrl.");
  if (!siteKey?.startsWith?.("bhf_site_")) throw new Error("siteGuard needs a siteKey, which begins with bhf_site_.");
  const { siteGuard: site } = new BehalfID({ baseUrl, siteKey, allowInsecureHttp });
  return async function guard(request, response, next) {
    let decision;
    try {
      if (DOT_SEGMENT.test(split(request)[0])) decision = { reason: "The path has dot segments." };
      else decision = await ask(site, timeoutMs, describe(request));
    } catch (error) {
      onError(error);
      response.set("Cache-Control", "no-store").status(503).json({ error: "Access could not be checked." });
      return;
    }
    if (decision?.allowed !== true) {
      const denial = { error: "Access denied.", reason: decision?.reason, requestId: decision?.requestId };
      response.set("Cache-Control", "no-store").status(403).json(denial);
      return;
    }
    request.siteGuard = decision;
    next();
  };
}
