// SPDX-License-Identifier: Apache-2.0
/** A real receiver of webhooks on this machine, and the way to have its failures over with. */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from "node:http";
import { join } from "node:path";
import type { Json, Server } from "./server.ts";
import { changeStore } from "./store.ts";

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  event: Json;
}

export class Receiver {
  /** What it answers from now on. */
  status = 200;
  readonly received: Received[] = [];
  url = "";
  private readonly server: HttpServer;

  constructor() {
    this.server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        const body = Buffer.concat(pieces).toString();
        this.received.push({ headers: request.headers, body, event: JSON.parse(body) as Json });
        response.statusCode = this.status;
        response.end();
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    this.url = `http://127.0.0.1:${address.port}/behalfid`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  ofType(type: string): Received[] {
    return this.received.filter((one) => one.event["type"] === type);
  }
}

/** Is the request signed with this secret? `header` without its prefix: "signature" or "signature-previous". */
export function isSigned(one: Received, secret: string, header = "signature"): boolean {
  const key = createHash("sha256").update(secret).digest("hex");
  const text = `${String(one.headers["behalfid-timestamp"])}.${one.body}`;
  const wanted = `v1=${createHmac("sha256", key).update(text).digest("hex")}`;
  return one.headers[`behalfid-${header}`] === wanted;
}

async function openEvents(server: Server): Promise<Json[]> {
  const { events } = await server.call("GET", "/api/dashboard/webhook-events?limit=100");
  return (events as Json[]).filter(
    (event) => event["status"] === "pending" || event["status"] === "processing",
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    if (await condition()) return;
    await new Promise((soon) => setTimeout(soon, 50));
  }
  throw new Error("it did not happen in time");
}

/** Each event that is not delivered fails once, and at once for the last time: nobody waits for ten minutes. */
export async function letDie(server: Server): Promise<void> {
  await until(async () => (await openEvents(server)).every((event) => event["lastError"] !== null));
  await changeStore(
    join(server.folder, "data"),
    "UPDATE delivery SET attempts = 4, next_attempt_at = 1 WHERE status = 'pending'",
    "UPDATE outbox_state SET version = version + 1",
  );
  await until(async () => (await openEvents(server)).length === 0);
}
