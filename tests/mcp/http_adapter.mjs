// SPDX-License-Identifier: Apache-2.0
// Stands between the conformance runner, which speaks HTTP only, and a server on standard input and output:
// node http_adapter.mjs COMMAND ARGUMENT... prints its URL. One process per session; a POST is a line, and the line with
// the same id is its answer. It changes no message.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import http from "node:http";
import readline from "node:readline";

const [command, ...args] = process.argv.slice(2);
const sessions = new Map();

function open() {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const session = { id: randomUUID(), child, waiting: new Map() };
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = session.waiting.get(JSON.stringify(JSON.parse(line).id));
    if (answer !== undefined) answer(line);
  });
  sessions.set(session.id, session);
  return session;
}

function post(request, response, body) {
  const message = JSON.parse(body);
  const session = sessions.get(request.headers["mcp-session-id"]) ?? open();
  const headers = { "Content-Type": "application/json", "Mcp-Session-Id": session.id };
  session.child.stdin.write(JSON.stringify(message) + "\n");
  if (message.id === undefined) {
    response.writeHead(202, headers).end();
    return;
  }
  session.waiting.set(JSON.stringify(message.id), (line) => response.writeHead(200, headers).end(line));
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    if (request.method === "POST") post(request, response, Buffer.concat(pieces).toString());
    else response.writeHead(405).end();
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
process.on("SIGTERM", () => {
  for (const session of sessions.values()) session.child.stdin.end();
  process.exit(0);
});
