-- Erasing a member: what is append-only stays so for everybody but the erasure, and for it but for what people have written.
-- The setting is local to the erasing transaction (workers/store/erase.ts).

create function is_erasing() returns boolean language sql stable as $$
  select coalesce(current_setting('kindling.erasing', true), '') = 'on'
$$;

-- Compares two rows without these columns.
create function same_but(old_row jsonb, new_row jsonb, columns text[]) returns boolean language sql immutable as $$
  select (old_row - columns) = (new_row - columns)
$$;

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and is_erasing() and (
    (tg_table_name = 'task_decision' and same_but(to_jsonb(old), to_jsonb(new), array['note', 'evidence']))
    or (tg_table_name = 'task_note' and same_but(to_jsonb(old), to_jsonb(new), array['detail'])))
  then
    return new;
  end if;
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;

create or replace function guard_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.data <> '{}'::jsonb
    or not same_but(to_jsonb(old), to_jsonb(new), case when is_erasing() then array['data', 'source_id'] else array['data'] end)
  then
    raise exception 'event is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create or replace function guard_notice() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or not same_but(to_jsonb(old), to_jsonb(new),
    case when is_erasing() then array['seen_at', 'text', 'detail'] else array['seen_at'] end)
  then
    raise exception 'notice is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

-- The reasons of an erased member's decisions go, the decisions stay.
create or replace function guard_ledger() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or (new.run_id, new.node, new.ordinal, new.lap, new.call, new.team_id)
      is distinct from (old.run_id, old.node, old.ordinal, old.lap, old.call, old.team_id)
    or not (old.state, new.state) in (('intended', 'done'), ('intended', 'doubt'), ('doubt', 'done'), ('intended', 'released'),
      ('doubt', 'released'), ('released', 'intended'), ('released', 'done'))
  then
    if tg_op = 'UPDATE' and is_erasing() and new.why is null and same_but(to_jsonb(old), to_jsonb(new), array['why']) then
      return new;
    end if;
    raise exception 'ledger is append-only: % of a row that is % refused', lower(tg_op), old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
