import type { InputHTMLAttributes } from "react";
import { cn } from "@/lib/utils";

/** Look that input, textarea and select share. */
export const controlClasses = cn(
  "w-full rounded-md border border-input bg-card px-3 text-base text-foreground shadow-xs transition-colors sm:text-sm",
  "placeholder:text-muted-foreground",
  "focus-visible:outline-2 focus-visible:outline-offset-1 focus-visible:outline-ring",
  "disabled:cursor-not-allowed disabled:opacity-60",
  "aria-invalid:border-destructive aria-invalid:outline-destructive",
);

export function Input({ className, type = "text", ...props }: InputHTMLAttributes<HTMLInputElement>) {
  return <input type={type} className={cn(controlClasses, "h-10", className)} {...props} />;
}
