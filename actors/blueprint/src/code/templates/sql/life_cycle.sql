create function public.{{function}}() returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  if auth.uid() is null then
    return new;
  end if;
  if tg_op = 'INSERT' then
    if new.{{column}} <> {{initial}} then
      raise exception 'a new row starts in its first state';
    end if;
    return new;
  end if;
  if new.{{column}} is not distinct from old.{{column}} then
    return new;
  end if;
  if {{moves}}
  then
    return new;
  end if;
  raise exception 'this change of state is not allowed';
end
$$;
create trigger check_state before insert or update on public.{{table}}
  for each row execute function public.{{function}}();
