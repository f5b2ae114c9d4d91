// SPDX-License-Identifier: Apache-2.0
import express from "express";
import { siteGuard } from "./site-guard.mjs";

const app = express();
app.use(siteGuard({ baseUrl: process.env.BEHALFID_BASE_URL, siteKey: process.env.BEHALFID_SITE_KEY }));
app.use("/admin", (_request, response) => response.send("admin"));
app.use((request, response) => response.send(`served ${request.siteGuard.verifiedAgent ?? "nobody"}`));

const port = Number(process.env.PORT ?? 3000);
app.listen(port, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${port}/`));
