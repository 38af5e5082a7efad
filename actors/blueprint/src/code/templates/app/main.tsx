import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router-dom";
import { App } from "@/App";
import { createMemoryServices, type Services } from "@/data/services";
import { applyTheme, storedTheme } from "@/lib/theme";
import "@/index.css";

async function createServices(): Promise<Services> {
  const url = import.meta.env.VITE_SUPABASE_URL;
  const key = import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY;
  if (!url || !key) return createMemoryServices(window.localStorage);
  const { createSupabaseServices } = await import("@/data/supabase-services");
  return createSupabaseServices(url, key);
}

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");
applyTheme(storedTheme());
const services = await createServices();
createRoot(root).render(
  <StrictMode>
    <BrowserRouter>
      <App services={services} />
    </BrowserRouter>
  </StrictMode>,
);
