-- Accounts and roles. A new account gets its row, and the role for new people, when it is made.
create table public.{{users}} (
  id uuid primary key references auth.users (id) on delete cascade,
  email text not null,
  display_name text not null,
  created_at timestamptz not null default now()
);

create table public.{{roles}} (
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ({{role_ids}})),
  created_at timestamptz not null default now(),
  primary key (user_id, role)
);

-- Whether the signed-in person has the role. It runs with the rights of its owner, because policies of the table of
-- roles use it themselves; it answers about nobody but the person who asks.
create function public.has_role(wanted text) returns boolean
  language sql stable security definer set search_path = ''
  as $$
    select exists (
      select from public.{{roles}} as given where given.user_id = auth.uid() and given.role = wanted
    )
  $$;
revoke execute on function public.has_role(text) from public, anon;
grant execute on function public.has_role(text) to authenticated;

create function public.welcome_new_user() returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  insert into public.{{users}} (id, email, display_name)
  values (new.id, coalesce(new.email, ''), split_part(coalesce(new.email, ''), '@', 1));
{{give_role}}  return new;
end
$$;
revoke execute on function public.welcome_new_user() from public, anon, authenticated;
create trigger welcome_new_user after insert on auth.users
  for each row execute function public.welcome_new_user();

alter table public.{{users}} enable row level security;
revoke all on public.{{users}} from anon, authenticated;
grant select on public.{{users}} to authenticated;
create policy self_or_admin_select on public.{{users}} for select to authenticated
  using (id = (select auth.uid()) or {{is_admin}});

alter table public.{{roles}} enable row level security;
revoke all on public.{{roles}} from anon, authenticated;
grant select, insert, update, delete on public.{{roles}} to authenticated;
create policy self_or_admin_select on public.{{roles}} for select to authenticated
  using (user_id = (select auth.uid()) or {{is_admin}});
create policy admin_insert on public.{{roles}} for insert to authenticated
  with check ({{is_admin}});
create policy admin_update on public.{{roles}} for update to authenticated
  using ({{is_admin}}) with check ({{is_admin}});
create policy admin_delete on public.{{roles}} for delete to authenticated
  using ({{is_admin}});
