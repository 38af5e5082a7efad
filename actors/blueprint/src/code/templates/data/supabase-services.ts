import { SupabaseAuth } from "@/auth/supabase-auth";
import { createSupabaseRepos } from "@/data/repos-supabase";
import type { Services } from "@/data/services";
import { createSupabaseClient } from "@/integrations/supabase/client";

/** The real thing: rows, accounts and rules in a Supabase project. */
export function createSupabaseServices(url: string, publishableKey: string): Services {
  const client = createSupabaseClient(url, publishableKey);
  return { auth: new SupabaseAuth(client), repos: createSupabaseRepos(client) };
}
