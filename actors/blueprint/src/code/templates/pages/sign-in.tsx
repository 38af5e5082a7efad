import { useId, useState, type FormEvent } from "react";
import { Link, Navigate, useLocation } from "react-router-dom";
import { useAuth } from "@/auth/auth-context";
import { useTitle } from "@/components/page";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { useToast } from "@/components/ui/toast";
import { messageOf } from "@/data/repo";
import { useServices } from "@/data/services";
import { text } from "@/lib/text";

const PASSWORD_MIN = 8;

/** Where to go after signing in: back to the page that asked for it, if it is one of ours. */
function useDestination(): string {
  const state: unknown = useLocation().state;
  const from = typeof state === "object" && state !== null && "from" in state ? state.from : undefined;
  return typeof from === "string" && from.startsWith("/") && !from.startsWith("//") ? from : "/dashboard";
}

export default function {{component}}() {
  useTitle(text.action.signIn);
  const { person } = useAuth();
  const { auth } = useServices();
  const destination = useDestination();
  if (person) return <Navigate to={destination} replace />;
  return (
    <main className="grid min-h-dvh place-items-center bg-muted px-4 py-10 text-foreground">
      <div className="w-full max-w-md">
        <Link
          to="/"
          className="mx-auto mb-6 block w-fit max-w-full truncate rounded-md text-center text-lg font-semibold tracking-tight focus-visible:outline-2 focus-visible:outline-ring"
        >
          {text.app.name}
        </Link>
        {auth.demoAccounts.length > 0 ? <DemoAccounts /> : <PasswordForm />}
      </div>
    </main>
  );
}

function DemoAccounts() {
  const { auth } = useServices();
  const { refresh } = useAuth();
  const toast = useToast();
  const enter = async (email: string) => {
    try {
      await auth.signIn(email, "");
      await refresh();
    } catch (error) {
      toast(messageOf(error), "destructive");
    }
  };
  return (
    <Card>
      <CardHeader>
        <h1 className="text-lg font-semibold tracking-tight">{text.signIn.demoTitle}</h1>
        <CardDescription>{text.signIn.demoHint}</CardDescription>
      </CardHeader>
      <CardContent>
        <ul className="flex flex-col gap-2">
          {auth.demoAccounts.map((account) => (
            <li key={account.email}>
              <button
                type="button"
                onClick={() => void enter(account.email)}
                className="flex w-full cursor-pointer items-center gap-3 rounded-md border border-border p-3 text-left transition-colors hover:bg-accent hover:text-accent-foreground focus-visible:outline-2 focus-visible:outline-ring"
              >
                <span
                  aria-hidden="true"
                  className="grid size-10 shrink-0 place-items-center rounded-full bg-primary text-sm font-semibold text-primary-foreground"
                >
                  {account.name.charAt(0)}
                </span>
                <span className="min-w-0">
                  <span className="block truncate text-sm font-medium">{account.role}</span>
                  <span className="block truncate text-xs text-muted-foreground">
                    {account.name} · {account.email}
                  </span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function PasswordForm() {
  const { auth } = useServices();
  const { refresh } = useAuth();
  const toast = useToast();
  const id = useId();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isNew, setNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isNew && password.length < PASSWORD_MIN) {
      setRefused(text.signIn.short);
      return;
    }
    setBusy(true);
    setRefused(null);
    try {
      if (isNew) {
        await auth.signUp(email, password);
        setNew(false);
        toast(text.signIn.checkMail);
      } else {
        await auth.signIn(email, password);
        await refresh();
      }
    } catch (error) {
      setRefused(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card>
      <CardHeader>
        <CardTitle>{isNew ? text.action.signUp : text.signIn.title}</CardTitle>
        <CardDescription>{text.signIn.hint}</CardDescription>
      </CardHeader>
      <CardContent>
        <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
          <div className="flex flex-col gap-2">
            <Label htmlFor={`${id}-email`}>{text.signIn.email}</Label>
            <Input
              id={`${id}-email`}
              type="email"
              required
              autoComplete="email"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </div>
          <div className="flex flex-col gap-2">
            <Label htmlFor={`${id}-password`}>{text.signIn.password}</Label>
            <Input
              id={`${id}-password`}
              type="password"
              required
              autoComplete={isNew ? "new-password" : "current-password"}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </div>
          {refused !== null && (
            <p role="alert" className="text-sm text-destructive">
              {refused}
            </p>
          )}
          <Button type="submit" disabled={busy}>
            {isNew ? text.action.signUp : text.action.signIn}
          </Button>
          <p className="text-center text-sm text-muted-foreground">
            {isNew ? text.signIn.haveAccount : text.signIn.newHere}{" "}
            <Button variant="link" size="sm" className="px-1" onClick={() => setNew((before) => !before)}>
              {isNew ? text.action.signIn : text.action.signUp}
            </Button>
          </p>
        </form>
      </CardContent>
    </Card>
  );
}
