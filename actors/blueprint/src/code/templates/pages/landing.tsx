import { Link } from "react-router-dom";
import { useAuth } from "@/auth/auth-context";
import { CheckIcon } from "@/components/icons";
import { useTitle } from "@/components/page";
import { ThemeButton } from "@/components/theme-button";
import { buttonVariants } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { about } from "@/lib/about";
import { text } from "@/lib/text";

/** The public start page. */
export default function {{component}}() {
  useTitle(text.app.name);
  const { person } = useAuth();
  const start = person ? { to: "/dashboard", label: text.landing.open } : { to: "/sign-in", label: text.action.signIn };
  return (
    <div className="flex min-h-dvh flex-col bg-background text-foreground">
      <header className="mx-auto flex w-full max-w-5xl items-center justify-between gap-4 px-4 py-4 sm:px-8">
        <p className="flex min-w-0 items-center gap-2.5 font-semibold tracking-tight">
          <span
            aria-hidden="true"
            className="grid size-8 shrink-0 place-items-center rounded-md bg-primary text-sm font-bold text-primary-foreground"
          >
            {text.app.name.charAt(0).toUpperCase()}
          </span>
          <span className="truncate">{text.app.name}</span>
        </p>
        <div className="flex items-center gap-2">
          <ThemeButton />
          <Link to={start.to} className={buttonVariants({ variant: "outline" })}>
            {start.label}
          </Link>
        </div>
      </header>
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 pt-4 pb-20 sm:px-8 sm:pt-8">
        <section className="rounded-lg bg-accent px-6 py-12 text-accent-foreground sm:px-14 sm:py-24">
          <h1 className="max-w-3xl text-4xl font-semibold tracking-tight text-balance break-words sm:text-6xl">{text.app.name}</h1>
          <p className="mt-5 max-w-2xl text-lg text-pretty sm:text-xl">{text.app.tagline}</p>
          <div className="mt-8 flex flex-wrap gap-3">
            <Link to={start.to} className={buttonVariants({ size: "lg" })}>
              {start.label}
            </Link>
          </div>
        </section>
        {about.features.length > 0 && (
          <section aria-labelledby="features" className="mt-16">
            <h2 id="features" className="text-xl font-semibold tracking-tight">
              {text.landing.features}
            </h2>
            <ul className="mt-6 grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
              {about.features.map((feature, index) => (
                <li key={index} className="flex gap-3 rounded-lg border border-border bg-card p-5 text-card-foreground">
                  <CheckIcon className="mt-0.5 size-5 shrink-0 text-primary" />
                  <span className="min-w-0 text-sm leading-relaxed break-words">{feature}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
        <div className="mt-6 grid items-start gap-4 sm:grid-cols-2">
          {about.problem && (
            <Card>
              <CardHeader>
                <CardTitle>{text.landing.problem}</CardTitle>
              </CardHeader>
              <CardContent className="text-sm leading-relaxed text-muted-foreground">{about.problem}</CardContent>
            </Card>
          )}
          {about.audience.length > 0 && (
            <Card>
              <CardHeader>
                <CardTitle>{text.landing.roles}</CardTitle>
              </CardHeader>
              <CardContent>
                <ul className="flex flex-col gap-3 text-sm">
                  {about.audience.map((role, index) => (
                    <li key={index}>
                      <p className="font-medium">{role.label}</p>
                      <p className="text-muted-foreground">{role.description}</p>
                    </li>
                  ))}
                </ul>
              </CardContent>
            </Card>
          )}
        </div>
      </main>
      <footer className="border-t border-border px-4 py-6 text-center text-sm text-muted-foreground">{text.app.name}</footer>
    </div>
  );
}
