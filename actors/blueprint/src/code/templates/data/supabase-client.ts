import { createClient, type SupabaseClient } from "@supabase/supabase-js";

/** A client with the publishable key. That key is public: row-level security guards the data. */
export function createSupabaseClient(url: string, publishableKey: string): SupabaseClient {
  return createClient(url, publishableKey, {
    auth: { persistSession: true, autoRefreshToken: true },
  });
}
