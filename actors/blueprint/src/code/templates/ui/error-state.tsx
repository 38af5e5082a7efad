import { AlertIcon } from "@/components/icons";
import { Button } from "@/components/ui/button";
import { text } from "@/lib/text";

type ErrorStateProps = { title?: string; message: string; onRetry?: () => void };

export function ErrorState({ title = text.error.title, message, onRetry }: ErrorStateProps) {
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <span className="mb-2 grid size-12 place-items-center rounded-full bg-muted text-destructive">
        <AlertIcon className="size-6" />
      </span>
      <p className="text-base font-semibold">{title}</p>
      <p className="max-w-sm text-sm text-muted-foreground">{message}</p>
      {onRetry && (
        <Button variant="outline" className="mt-3" onClick={onRetry}>
          {text.error.retry}
        </Button>
      )}
    </div>
  );
}
