import { Suspense, useEffect, useRef, useState } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router-dom";
import { useAuth } from "@/auth/auth-context";
import { CloseIcon, HomeIcon, ListIcon, MenuIcon, SignOutIcon, UsersIcon } from "@/components/icons";
import { PageSkeleton } from "@/components/page";
import { ThemeButton } from "@/components/theme-button";
import { Button } from "@/components/ui/button";
import { roleLabels, type Role } from "@/lib/names";
import { text } from "@/lib/text";
import { cn } from "@/lib/utils";
import { navigation, type NavigationItem } from "@/navigation";

const icons = { dashboard: HomeIcon, list: ListIcon, roles: UsersIcon } as const;

/** Frame of every page behind the sign-in: navigation, who is signed in, the page itself. */
export function AppShell() {
  const { person, signOut } = useAuth();
  const [menuOpen, setMenuOpen] = useState(false);
  const { pathname } = useLocation();

  const content = useRef<HTMLElement>(null);
  const shown = useRef(pathname);

  useEffect(() => {
    setMenuOpen(false);
    if (shown.current === pathname) return;
    // Like a page load: back to the top, and the keyboard starts at the content.
    shown.current = pathname;
    window.scrollTo(0, 0);
    content.current?.focus();
  }, [pathname]);
  useEffect(() => {
    if (!menuOpen) return;
    const close = (event: KeyboardEvent) => event.key === "Escape" && setMenuOpen(false);
    window.addEventListener("keydown", close);
    return () => window.removeEventListener("keydown", close);
  }, [menuOpen]);

  const roles = person?.roles ?? [];
  const items = navigation.filter((item) => item.roles.some((role) => roles.includes(role)));
  return (
    <div className="min-h-dvh bg-background text-foreground lg:grid lg:grid-cols-[16rem_1fr]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-primary px-4 py-2 text-primary-foreground focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        {text.nav.skip}
      </a>
      <header className="sticky top-0 z-30 flex h-14 items-center justify-between border-b border-border bg-card px-4 lg:hidden">
        <Brand />
        <Button
          variant="ghost"
          size="icon"
          aria-expanded={menuOpen}
          aria-controls="main-navigation"
          aria-label={menuOpen ? text.nav.closeMenu : text.nav.menu}
          onClick={() => setMenuOpen((open) => !open)}
        >
          {menuOpen ? <CloseIcon className="size-5" /> : <MenuIcon className="size-5" />}
        </Button>
      </header>
      <aside
        id="main-navigation"
        className={cn(
          "fixed inset-x-0 top-14 bottom-0 z-20 flex-col border-border bg-card p-4 lg:sticky lg:top-0 lg:flex lg:h-dvh lg:border-r",
          menuOpen ? "flex" : "hidden",
        )}
      >
        <div className="hidden px-2 pt-1 pb-5 lg:block">
          <Brand />
        </div>
        <nav aria-label={text.nav.main} className="-mx-1 flex-1 overflow-y-auto px-1">
          <ul className="flex flex-col gap-1">
            {items.map((item) => (
              <li key={item.to}>
                <NavigationLink item={item} />
              </li>
            ))}
          </ul>
        </nav>
        <div className="mt-4 flex items-center gap-2 border-t border-border pt-4">
          <div className="min-w-0 flex-1 px-2">
            <p className="truncate text-sm font-medium">{person?.name}</p>
            <p className="truncate text-xs text-muted-foreground">{labelsOf(roles)}</p>
          </div>
          <ThemeButton />
          <Button variant="ghost" size="icon" aria-label={text.action.signOut} onClick={() => void signOut()}>
            <SignOutIcon className="size-5" />
          </Button>
        </div>
      </aside>
      <main id="content" ref={content} tabIndex={-1} className="min-w-0 px-4 py-6 outline-none sm:px-8 lg:py-10">
        <div className="mx-auto max-w-5xl">
          <Suspense fallback={<PageSkeleton />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
    </div>
  );
}

function Brand() {
  return (
    <Link
      to="/dashboard"
      className="flex min-w-0 items-center gap-2.5 rounded-md font-semibold tracking-tight focus-visible:outline-2 focus-visible:outline-ring"
    >
      <span
        aria-hidden="true"
        className="grid size-8 shrink-0 place-items-center rounded-md bg-primary text-sm font-bold text-primary-foreground"
      >
        {text.app.name.charAt(0).toUpperCase()}
      </span>
      <span className="truncate">{text.app.name}</span>
    </Link>
  );
}

function NavigationLink({ item }: { item: NavigationItem }) {
  const Icon = icons[item.icon];
  return (
    <NavLink
      to={item.to}
      className={({ isActive }) =>
        cn(
          "flex items-center gap-3 rounded-md px-3 py-2.5 text-sm font-medium transition-colors lg:py-2",
          "focus-visible:outline-2 focus-visible:outline-ring",
          isActive ? "bg-accent text-accent-foreground" : "text-muted-foreground hover:bg-muted hover:text-foreground",
        )
      }
    >
      <Icon className="size-4.5 shrink-0" />
      <span className="truncate">{item.label}</span>
    </NavLink>
  );
}

function labelsOf(roles: readonly Role[]): string {
  return roles.map((role) => roleLabels[role]).join(", ");
}
