import { chromium } from "playwright-core";
const b = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const p = await b.newPage({ viewport: { width: 1440, height: 900 } });
await p.goto("http://127.0.0.1:18436/docs/readme", { waitUntil: "networkidle" });
console.log(
  await p.evaluate(() =>
    [...document.querySelectorAll("details a")]
      .map((e) => JSON.stringify(e.getBoundingClientRect()) + getComputedStyle(e).display)
      .join("\n"),
  ),
);
await b.close();
