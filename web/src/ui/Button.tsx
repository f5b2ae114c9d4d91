// SPDX-License-Identifier: Apache-2.0
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Link, type LinkProps } from "react-router";
import styles from "./Button.module.css";

export type ButtonLook = "primary" | "plain" | "danger" | "quiet";

interface Look {
  look?: ButtonLook;
  /** Stands before the text; decoration only. */
  icon?: ReactNode;
  wide?: boolean;
}

function classes({ look = "plain", wide = false }: Look): string {
  return [styles.button, styles[look], wide ? styles.wide : ""].join(" ");
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, Look {
  ref?: Ref<HTMLButtonElement>;
  /** The action runs: the button says so and takes no second click. */
  busy?: boolean;
  /** Has the focus when the window that holds it opens. */
  "data-autofocus"?: boolean;
}

export function Button({ look, icon, wide, busy = false, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy}
      className={classes({ ...(look && { look }), ...(wide && { wide }) })}
    >
      {busy ? <span className={styles.spinner} aria-hidden /> : icon}
      {children}
    </button>
  );
}

export function ButtonLink({ look, icon, wide, children, ...rest }: LinkProps & Look) {
  return (
    <Link {...rest} className={classes({ ...(look && { look }), ...(wide && { wide }) })}>
      {icon}
      {children}
    </Link>
  );
}
