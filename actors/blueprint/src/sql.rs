//! The initial migration: tables, keys, indexes, triggers and row-level security, for PostgreSQL with Supabase's `auth`.
//!
//! Invariant: every table has row-level security on, and a policy for each right of the permission matrix, no more.

use crate::model::AppModel;

/// Text of `supabase/migrations/…_init.sql`.
pub fn migration(_model: &AppModel) -> String {
    String::new()
}
