import { useCallback, useEffect, useState } from "react";
import { messageOf } from "@/data/repo";

export type Loaded<T> =
  | { status: "loading" }
  | { status: "failed"; message: string }
  | { status: "ready"; value: T };

/**
 * Runs `load` when it changes, and again on `reload`. Answers that arrive after a newer question are dropped. `load`
 * must be made with `useCallback`.
 */
export function useLoad<T>(load: () => Promise<T>): Loaded<T> & { reload: () => void } {
  const [state, setState] = useState<Loaded<T>>({ status: "loading" });
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    let current = true;
    setState((before) => (before.status === "ready" ? before : { status: "loading" }));
    load().then(
      (value) => current && setState({ status: "ready", value }),
      (error: unknown) => current && setState({ status: "failed", message: messageOf(error) }),
    );
    return () => {
      current = false;
    };
  }, [load, turn]);

  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return { ...state, reload };
}
