// SPDX-License-Identifier: Apache-2.0
// A server that answers as a conformance case says, and keeps what it got.
import { createServer } from "node:http";

/** Starts it. answers: see sdk/conformance/README.md. */
export async function startScripted(answers) {
  const requests = [];
  let clockMs = 0;
  const server = createServer(async (request, response) => {
    const answer = answers[requests.length];
    const seen = { method: request.method, path: request.url, headers: request.headers, body: "" };
    requests.push(seen);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    seen.body = Buffer.concat(chunks).toString("utf8");
    clockMs = answer?.at ?? clockMs;
    if (answer === undefined) respond(response, { status: 500, text: "no answer is left" });
    else if (answer.fault === undefined) respond(response, answer);
    else fail(answer.fault, request.socket, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    clockMs: () => clockMs,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function respond(response, { status, headers = {}, body, text, spaces = 0 }) {
  const content = body === undefined ? (text ?? "") : " ".repeat(spaces) + JSON.stringify(body);
  const bodiless = status === 204 || status === 304;
  const length = bodiless ? {} : { "Content-Length": Buffer.byteLength(content) };
  response.writeHead(status, {
    "Content-Type": "application/json",
    Connection: "close",
    ...length,
    ...headers,
  });
  response.end(bodiless ? undefined : content);
}

const HALF = '{"requestId":"req_1","allowed":true,"approvalRequired":false,';

function fail(fault, socket, response) {
  if (fault === "hang") return;
  if (fault === "close") socket.destroy();
  else if (fault === "reset") socket.resetAndDestroy();
  else {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": HALF.length * 2 });
    response.write(HALF, () => {
      if (fault === "truncate") socket.end();
      else if (fault !== "hang_body") throw new Error(`no such fault: ${fault}`);
    });
  }
}
