import type { TextareaHTMLAttributes } from "react";
import { controlClasses } from "@/components/ui/input";
import { cn } from "@/lib/utils";

export function Textarea({ className, rows = 4, ...props }: TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <textarea rows={rows} className={cn(controlClasses, "min-h-24 py-2", className)} {...props} />;
}
