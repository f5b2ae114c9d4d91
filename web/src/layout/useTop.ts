// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "react";
import { NavigationType, useLocation, useNavigationType } from "react-router";

/** A page that a link leads to is read from its top. Going back returns to where one was: the browser knows. */
export function useTop(): void {
  const { pathname, hash } = useLocation();
  const kind = useNavigationType();
  useEffect(() => {
    if (kind !== NavigationType.Pop && hash === "") scrollTo(0, 0);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a hash alone is for the page that knows its parts
  }, [pathname]);
}
