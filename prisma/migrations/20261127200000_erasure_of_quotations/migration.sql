-- An erased member may be quoted where nothing else ever changes: in an audit's details, an approved review, somebody
-- else's event. While a member is erased, words go from there too, and nothing but words.

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and is_erasing() and (
    (tg_table_name = 'task_decision' and same_but(to_jsonb(old), to_jsonb(new), array['note', 'evidence']))
    or (tg_table_name = 'task_note' and same_but(to_jsonb(old), to_jsonb(new), array['detail']))
    or (tg_table_name = 'audit_log' and same_but(to_jsonb(old), to_jsonb(new), array['detail', 'reason'])))
  then
    return new;
  end if;
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;

create or replace function guard_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (new.data <> '{}'::jsonb and not is_erasing())
    or not same_but(to_jsonb(old), to_jsonb(new), case when is_erasing() then array['data', 'source_id'] else array['data'] end)
  then
    raise exception 'event is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace function guard_report() returns trigger language plpgsql as $$
begin
  if is_erasing() and same_but(to_jsonb(old), to_jsonb(new), array['data', 'markdown']) then
    return new;
  end if;
  if new.state < old.state or (old.state = 'approved' and new is distinct from old) then
    raise exception 'report %: it is % already', old.id, old.state using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
