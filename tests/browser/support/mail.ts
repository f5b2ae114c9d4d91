// SPDX-License-Identifier: Apache-2.0
/** A mail server on this machine that keeps what it gets. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class MailSink {
  private readonly mails: string[] = [];
  private server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((socket) => this.talk(socket));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    this.server = server;
    return this;
  }

  stop(): void {
    this.server?.close();
  }

  /** What `behalf serve` is configured with. */
  get environment(): Record<string, string> {
    const { port } = this.server?.address() as AddressInfo;
    return { BEHALFID_SMTP_URL: `smtp://127.0.0.1:${port}`, BEHALFID_SMTP_FROM: "behalf@example.test" };
  }

  /** The link in the mail of that number, as soon as it has come. */
  link(number: number, path: string): string | undefined {
    const text = this.mails[number]?.replaceAll("=\r\n", "").replaceAll("=3D", "=");
    return new RegExp(`http\\S+${path}#token=\\S+`).exec(text ?? "")?.[0];
  }

  private talk(socket: Socket): void {
    let pending = "";
    let inData = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      pending += bytes.toString();
      for (;;) {
        const end = inData ? pending.indexOf("\r\n.\r\n") : pending.indexOf("\r\n");
        if (end < 0) return;
        const text = pending.slice(0, end);
        pending = pending.slice(end + (inData ? 5 : 2));
        if (inData) {
          inData = false;
          this.mails.push(text);
          say("250 kept");
        } else if (/^DATA/i.test(text)) {
          inData = true;
          say("354 go on");
        } else if (/^QUIT/i.test(text)) {
          say("221 bye");
          socket.end();
        } else say("250 ok");
      }
    });
    say("220 sink");
  }
}
