import type { SelectHTMLAttributes } from "react";
import { controlClasses } from "@/components/ui/input";
import { cn } from "@/lib/utils";

/** The browser's own list box: it works with every keyboard, screen reader and phone. */
export function Select({ className, ...props }: SelectHTMLAttributes<HTMLSelectElement>) {
  return <select className={cn(controlClasses, "h-10 cursor-pointer pr-8", className)} {...props} />;
}
