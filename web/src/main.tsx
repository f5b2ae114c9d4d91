// SPDX-License-Identifier: Apache-2.0
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { createQueryClient } from "./api/queries.ts";
import { followOtherPages } from "./api/session.ts";
import { keepFocus } from "./layout/keepFocus.ts";
import { applyTheme, storedTheme } from "./layout/theme.ts";
import { Pages } from "./routes.tsx";
import "./style/base.css";
import { Notices } from "./ui/Notices.tsx";
import { Trouble } from "./ui/Trouble.tsx";

applyTheme(storedTheme());
keepFocus();
const client = createQueryClient();
followOtherPages(client);
const root = document.getElementById("root");
if (root === null) throw new Error("no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <BrowserRouter>
        <Notices>
          <Trouble>
            <Pages />
          </Trouble>
        </Notices>
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);
