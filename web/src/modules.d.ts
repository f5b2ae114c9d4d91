// SPDX-License-Identifier: Apache-2.0
declare module "*.md" {
  const page: import("../build/documents.ts").DocumentPage;
  export default page;
}

declare module "virtual:openapi" {
  const document: import("./pages/reference/openapi.ts").OpenApi;
  export default document;
}
