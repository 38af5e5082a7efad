import { useState } from "react";
import { MoonIcon, SunIcon } from "@/components/icons";
import { Button } from "@/components/ui/button";
import { text } from "@/lib/text";
import { chooseTheme, storedTheme } from "@/lib/theme";

export function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  const other = theme === "dark" ? "light" : "dark";
  const choose = () => {
    chooseTheme(other);
    setTheme(other);
  };
  return (
    <Button variant="ghost" size="icon" aria-label={other === "dark" ? text.nav.dark : text.nav.light} onClick={choose}>
      {other === "dark" ? <MoonIcon className="size-5" /> : <SunIcon className="size-5" />}
    </Button>
  );
}
