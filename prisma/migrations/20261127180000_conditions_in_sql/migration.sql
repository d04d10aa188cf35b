-- What conditions read of an attribute, as the evaluator reads it: a value of another type is no answer (null).
-- Invariant: none of these raises, whatever has been written into an attribute.

create function text_in(value jsonb) returns text language sql immutable parallel safe as $$
  select case jsonb_typeof(value) when 'string' then value #>> '{}' end
$$;

create function boolean_in(value jsonb) returns boolean language sql immutable parallel safe as $$
  select case jsonb_typeof(value) when 'boolean' then value = 'true'::jsonb end
$$;

create function number_in(value jsonb) returns float8 language sql immutable parallel safe as $$
  select case when jsonb_typeof(value) = 'number' and abs(value::numeric) <= 1e300 then value::float8 end
$$;

-- A value that fields may have; null is none at all.
create function is_field_value(value jsonb) returns boolean language plpgsql immutable parallel safe as $$
begin
  return case coalesce(jsonb_typeof(value), 'boolean')
    when 'boolean' then true
    when 'string' then char_length(value #>> '{}') <= 100000
    when 'number' then abs(value::numeric) <= 1e300
    when 'array' then jsonb_array_length(value) <= 200
      and not jsonb_path_exists(value, 'strict $[*] ? (@.type() <> "string")')
    else false
  end;
end $$;

-- Milliseconds of a moment in the years 1 to 9999: a whole number of them, or RFC 3339 as engine/instant.ts reads it.
create function instant_in(value jsonb) returns float8 language plpgsql immutable parallel safe as $$
declare
  parts text[];
  y bigint; m bigint; d bigint; days bigint; ms bigint; shift bigint;
begin
  if jsonb_typeof(value) = 'number' then
    return case when value::numeric = trunc(value::numeric) and value::numeric between -62135596800000 and 253402300799999
      then value::float8 end;
  elsif jsonb_typeof(value) is distinct from 'string' then
    return null;
  end if;
  parts := regexp_match(value #>> '{}',
    '^([0-9]{4}|[+-][0-9]{6})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$');
  if parts is null or parts[1] = '-000000' then
    return null;
  end if;
  y := parts[1]::bigint; m := parts[2]::bigint; d := parts[3]::bigint;
  if m not between 1 and 12 or d < 1 or parts[4]::int > 23 or parts[5]::int > 59 or coalesce(parts[6], '0')::int > 59
    or coalesce(parts[9], '0')::int > 23 or coalesce(parts[10], '0')::int > 59
    or d > (case when m = 2 then case when y % 4 = 0 and (y % 100 <> 0 or y % 400 = 0) then 29 else 28 end
      when m in (4, 6, 9, 11) then 30 else 31 end)
  then
    return null;
  end if;
  -- Years that begin in March put the leap day last; eras of 400 years repeat exactly.
  if m <= 2 then
    y := y - 1;
  end if;
  days := floor(y / 400.0)::bigint * 146097 - 719468
    + (y - floor(y / 400.0)::bigint * 400) * 365 + (y - floor(y / 400.0)::bigint * 400) / 4
    - (y - floor(y / 400.0)::bigint * 400) / 100
    + (153 * (m + case when m > 2 then -3 else 9 end) + 2) / 5 + d - 1;
  shift := coalesce(parts[9], '0')::bigint * 3600000 + coalesce(parts[10], '0')::bigint * 60000;
  ms := days * 86400000 + parts[4]::bigint * 3600000 + parts[5]::bigint * 60000 + coalesce(parts[6], '0')::bigint * 1000
    + rpad(left(coalesce(parts[7], ''), 3), 3, '0')::bigint - case when parts[8] = '-' then -shift else shift end;
  return case when ms between -62135596800000 and 253402300799999 then ms::float8 end;
end $$;
