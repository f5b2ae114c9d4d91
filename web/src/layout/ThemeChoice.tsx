// SPDX-License-Identifier: Apache-2.0
import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/Button.tsx";
import { chooseTheme, storedTheme, type Theme } from "./theme.ts";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICONS: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon };

export function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme);
  const Icon = ICONS[theme];
  const turn = () => {
    chooseTheme(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  return (
    <Button look="quiet" onClick={turn} aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}.`}>
      <Icon size={18} aria-hidden />
    </Button>
  );
}
