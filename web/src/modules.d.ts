// SPDX-License-Identifier: Apache-2.0
declare module "*.md" {
  const page: import("../build/documents.ts").DocumentPage;
  export default page;
}
