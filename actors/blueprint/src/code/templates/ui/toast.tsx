import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { AlertIcon, CheckIcon, CloseIcon } from "@/components/icons";
import { text } from "@/lib/text";
import { cn } from "@/lib/utils";

type ToastVariant = "default" | "destructive";
type Toast = { id: number; message: string; variant: ToastVariant };
type ShowToast = (message: string, variant?: ToastVariant) => void;

const SHOWN_MS = 5000;
const SHOWN_MAX = 3;

const ToastContext = createContext<ShowToast>(() => undefined);

/** Shows a short message at the edge of the screen. */
export function useToast(): ShowToast {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const nextId = useRef(1);
  const timers = useRef(new Set<number>());

  const dismiss = useCallback((id: number) => {
    setToasts((shown) => shown.filter((toast) => toast.id !== id));
  }, []);

  const show = useCallback<ShowToast>(
    (message, variant = "default") => {
      const id = nextId.current++;
      setToasts((shown) => [...shown, { id, message, variant }].slice(-SHOWN_MAX));
      const timer = window.setTimeout(() => {
        timers.current.delete(timer);
        dismiss(id);
      }, SHOWN_MS);
      timers.current.add(timer);
    },
    [dismiss],
  );

  useEffect(() => {
    const running = timers.current;
    return () => running.forEach((timer) => window.clearTimeout(timer));
  }, []);

  const value = useMemo(() => show, [show]);
  return (
    <ToastContext value={value}>
      {children}
      <div
        role="status"
        aria-live="polite"
        className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-end gap-2 sm:left-auto sm:w-96"
      >
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onDismiss={() => dismiss(toast.id)} />
        ))}
      </div>
    </ToastContext>
  );
}

function ToastCard({ toast, onDismiss }: { toast: Toast; onDismiss: () => void }) {
  const failed = toast.variant === "destructive";
  return (
    <div className="pointer-events-auto flex w-full items-center gap-3 rounded-lg border border-border bg-popover p-4 text-sm text-popover-foreground shadow-lg">
      {failed ? (
        <AlertIcon className="size-5 shrink-0 text-destructive" />
      ) : (
        <CheckIcon className={cn("size-5 shrink-0 text-success")} />
      )}
      <p className="flex-1">{toast.message}</p>
      <button
        type="button"
        onClick={onDismiss}
        aria-label={text.action.dismiss}
        className="cursor-pointer rounded-sm p-1 text-muted-foreground hover:text-foreground focus-visible:outline-2 focus-visible:outline-ring"
      >
        <CloseIcon className="size-4" />
      </button>
    </div>
  );
}
