-- Both were declared immutable over stable operators, which keeps PostgreSQL from putting them in place: every row of
-- a bulk statement started an executor of its own. Over immutable ones they cost what the arithmetic costs.

create or replace function instant_of(ms bigint) returns timestamptz language sql immutable strict parallel safe as $$
  select ('1970-01-01'::timestamp + ms * interval '1 millisecond') at time zone 'UTC'
$$;

create or replace function ms_of(at timestamptz) returns bigint language sql immutable strict parallel safe as $$
  select (date_part('epoch', at at time zone 'UTC') * 1000)::bigint
$$;
