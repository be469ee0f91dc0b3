-- Why a score changed, as lines that add up to the change exactly, in micro-points.
--
-- The contribution of a leaf goes from the one day's to the other's in four steps; the difference of each step is a line:
--   MODEL        the same facts under the later day's anchors and nominal weights
--   COVERAGE     the later day's effective weight, since other leaves came or went; all of a leaf that came or went itself
--   VALUE        the later numerator over the earlier denominator
--   DENOMINATOR  what remains: the later denominator
-- The steps telescope, so the lines of a leaf sum to the difference of its two contributions whatever the rounding between.
drop function if exists waymark_health_change_sentence(uuid, date, date);
drop function if exists waymark_customer_health_change_sentence(uuid, date, date);
drop function if exists waymark_customer_health_change_in_words(uuid, date, date);
drop function if exists waymark_health_change(uuid, date, date);
drop function if exists waymark_customer_health_change(uuid, date, date);
drop function if exists waymark_change_sentence(date, date, int, int, text[], bigint[]);
drop function if exists waymark_change_lines(
    boolean, int, int, text, float8[], float8[], int[], int[], int[], int, int, text, float8[], float8[], int[], int[], int[]);

create or replace function waymark_normalised(value float8, poor float8, healthy float8) returns bigint
language sql immutable parallel safe
as $$ select round(least(greatest((value - poor) / (healthy - poor), 0), 1) * 100000000)::bigint $$;

create or replace function waymark_signed(number numeric) returns text
language sql immutable parallel safe
as $$
select case sign(round(number, 1)) when -1 then '−' when 1 then '+' else '±' end || to_char(abs(number), 'FM999999990.0')
$$;

create or replace function waymark_counted(number float8) returns text
language sql immutable parallel safe
as $$ select case when number < 0 then '−' else '+' end || trim_scale(round(abs(number)::numeric, 1))::text $$;

create or replace function waymark_day(day date, beside date) returns text
language sql immutable parallel safe
as $$
select to_char(day, case when extract(year from day) = extract(year from beside) then 'FMDD FMMonth' else 'FMDD FMMonth YYYY' end)
$$;

create function waymark_change_lines(
    for_customers boolean,
    model_0 int, profile_0 int, statuses_0 text, numerators_0 float8[], denominators_0 float8[],
    normalised_0 int[], weights_0 int[], contributions_0 int[],
    model_1 int, profile_1 int, statuses_1 text, numerators_1 float8[], denominators_1 float8[],
    normalised_1 int[], weights_1 int[], contributions_1 int[]
) returns table (place int, key text, name text, cause text, delta bigint, phrase text, denominator_change float8, about text)
language sql stable
as $$
with earlier as (
    select l.*, (row_number() over (order by l.position))::int as place from health_leaves l
    where l.model_version = model_0 and l.profile = profile_0 and (l.is_customer_visible or not for_customers)
), later as (
    select l.*, (row_number() over (order by l.position))::int as place from health_leaves l
    where l.model_version = model_1 and l.profile = profile_1 and (l.is_customer_visible or not for_customers)
), leaf as (
    select coalesce(b.place, 1000 + a.place) as place, coalesce(b.key, a.key) as key, coalesce(b.name, a.name) as name,
           coalesce(b.change_phrase, a.change_phrase) as value_phrase,
           coalesce(nullif(coalesce(b.change_denominator, a.change_denominator), ''), b.change_phrase, a.change_phrase)
               as denominator_phrase,
           a.key is null or b.key is null as came_or_went,
           (a.poor, a.healthy, a.weight) is distinct from (b.poor, b.healthy, b.weight) as is_remodelled,
           a.weight as nominal_0, b.weight as nominal_1, b.poor, b.healthy,
           substr(statuses_0, a.place, 1) as status_0, substr(statuses_1, b.place, 1) as status_1,
           numerators_0[a.place] as n_0, denominators_0[a.place] as d_0, normalised_0[a.place]::bigint as norm_0,
           weights_0[a.place]::bigint as w_0, coalesce(contributions_0[a.place], 0)::bigint as c_0,
           numerators_1[b.place] as n_1, denominators_1[b.place] as d_1, normalised_1[b.place]::bigint as norm_1,
           weights_1[b.place]::bigint as w_1, coalesce(contributions_1[b.place], 0)::bigint as c_1
    from earlier a full join later b on b.key = a.key
), modelled as (
    select leaf.*,
           case when not is_remodelled or status_0 = 'Z' or n_0 is null then norm_0
                else waymark_normalised(n_0 / coalesce(nullif(d_0, 0), 1), poor, healthy) end as norm_m,
           case when nominal_0 > 0 then w_0 * nominal_1 / nominal_0 else w_0 end as w_m
    from leaf
), stepped as (
    select modelled.*,
           case when came_or_went then c_1
                when not is_remodelled or norm_0 is null then c_0
                else norm_m * w_m / 1000000 end as c_model
    from modelled
), covered as (
    select stepped.*,
           case when came_or_went then c_1
                when norm_0 is null or norm_1 is null then c_1
                when not is_remodelled and w_0 = w_1 then c_model
                else norm_m * w_1 / 1000000 end as c_coverage
    from stepped
), valued as (
    select covered.*,
           case when came_or_went or norm_0 is null or norm_1 is null then c_1
                when d_0 is not distinct from d_1 or d_0 is null or d_1 is null or d_0 = 0
                    or status_0 = 'Z' or status_1 = 'Z' then c_1
                when n_0 = n_1 then c_coverage
                else waymark_normalised(n_1 / d_0, poor, healthy) * w_1 / 1000000 end as c_value
    from covered
)
select v.place, v.key, v.name, line.cause, line.delta, line.phrase,
       case when line.cause = 'DENOMINATOR' and v.denominator_phrase <> v.value_phrase then v.d_1 - v.d_0 end,
       v.value_phrase
from valued v
cross join lateral (values
    ('MODEL', v.c_model - v.c_0, v.value_phrase),
    ('COVERAGE', v.c_coverage - v.c_model, v.value_phrase),
    ('VALUE', v.c_value - v.c_coverage, v.value_phrase),
    ('DENOMINATOR', v.c_1 - v.c_value, v.denominator_phrase)
) as line (cause, delta, phrase)
where line.delta <> 0
order by abs(line.delta) desc, v.place, line.cause
$$;

-- The sentence of a change: its rounded parts add up to its rounded whole (largest remainder), the largest parts first.
create function waymark_change_sentence(
    before date, after date, score_0 int, score_1 int, words text[], deltas bigint[]
) returns text
language sql stable
as $$
with part as (
    select p.words, p.delta, p.delta / 100000.0 as tenths, floor(p.delta / 100000.0) as base
    from unnest(words, deltas) as p (words, delta)
), rounded as (
    select part.words, part.delta,
           part.base + case when row_number() over (order by part.tenths - part.base desc, part.words)
                            <= round((score_1 - score_0) / 100000.0) - sum(part.base) over () then 1 else 0 end as tenths
    from part
), shown as (
    select waymark_signed(tenths / 10) as number, words, row_number() over (order by abs(delta) desc, words) as rank
    from rounded where tenths <> 0
)
select case
    when before is null or after is null then null
    when score_0 is null then 'There was not enough data on ' || waymark_day(before, after) || '.'
    when score_1 is null then 'There is not enough data now.'
    when not exists (select 1 from shown) then 'No change since ' || waymark_day(before, after) || '.'
    else waymark_signed(round((score_1 - score_0) / 100000.0) / 10) || ' since ' || waymark_day(before, after) || ' = '
         || (select string_agg(case when words ~ ' [+−][0-9.]+$' then words || ' (' || number || ')'
                                    else words || ' ' || number end, ', ' order by rank) from shown)
    end
$$;

create function waymark_health_change(account uuid, before date, after date)
returns table (place int, key text, name text, cause text, delta bigint, phrase text, denominator_change float8, about text)
language sql stable
as $$
with found as not materialized (
    select s.account_id, s.day, s.revision, s.score, s.model_version, s.profile, s.statuses, s.numerators, s.denominators,
           s.normalised, s.weights, s.contributions
    from health_snapshots s where s.account_id = account
    union all
    select c.account_id, c.day, 32767, c.score, c.model_version, c.profile, c.statuses, c.numerators, c.denominators,
           c.normalised, c.weights, c.contributions
    from current_health c where c.account_id = account
), a as (
    select * from found where day <= before order by day desc, revision desc limit 1
), b as (
    select * from found where day <= after order by day desc, revision desc limit 1
)
select l.* from a cross join b cross join lateral waymark_change_lines(
    false,
    a.model_version, a.profile, a.statuses, a.numerators, a.denominators, a.normalised, a.weights, a.contributions,
    b.model_version, b.profile, b.statuses, b.numerators, b.denominators, b.normalised, b.weights, b.contributions) l
where a.score is not null and b.score is not null
$$;

create function waymark_health_change_sentence(account uuid, before date, after date) returns text
language sql stable
as $$
with found as not materialized (
    select day, revision, score from health_snapshots where account_id = account
    union all
    select day, 32767, score from current_health where account_id = account
), a as (
    select day, score from found where day <= before order by day desc, revision desc limit 1
), b as (
    select day, score from found where day <= after order by day desc, revision desc limit 1
)
select waymark_change_sentence((select day from a), (select day from b), (select score from a), (select score from b),
                               array_agg(part.words order by part.place), array_agg(part.delta order by part.place))
from (
    select case l.cause
               when 'COVERAGE' then 'what is measured'
               when 'MODEL' then 'the model'
               when 'DENOMINATOR' then concat_ws(' ', l.phrase, waymark_counted(l.denominator_change))
               else l.phrase end as words,
           sum(l.delta)::bigint as delta, min(l.place) as place
    from waymark_health_change(account, before, after) l group by 1
) part
$$;

create function waymark_customer_health_change(account uuid, before date, after date)
returns table (place int, key text, name text, cause text, delta bigint, phrase text, denominator_change float8, about text)
language sql stable
as $$
with found as not materialized (
    select s.account_id, s.day, s.revision, s.score, s.model_version, s.profile, s.statuses, s.numerators, s.denominators,
           s.normalised, s.weights, s.contributions
    from customer_health_snapshots s where s.account_id = account
    union all
    select c.account_id, c.day, 32767, c.score, c.model_version, c.profile, c.statuses, c.numerators, c.denominators,
           c.normalised, c.weights, c.contributions
    from current_customer_health c where c.account_id = account
), a as (
    select * from found where day <= before order by day desc, revision desc limit 1
), b as (
    select * from found where day <= after order by day desc, revision desc limit 1
)
select l.* from a cross join b cross join lateral waymark_change_lines(
    true,
    a.model_version, a.profile, a.statuses, a.numerators, a.denominators, a.normalised, a.weights, a.contributions,
    b.model_version, b.profile, b.statuses, b.numerators, b.denominators, b.normalised, b.weights, b.contributions) l
where a.score is not null and b.score is not null
$$;

create function waymark_customer_health_change_sentence(account uuid, before date, after date) returns text
language sql stable
as $$
with found as not materialized (
    select day, revision, score from customer_health_snapshots where account_id = account
    union all
    select day, 32767, score from current_customer_health where account_id = account
), a as (
    select day, score from found where day <= before order by day desc, revision desc limit 1
), b as (
    select day, score from found where day <= after order by day desc, revision desc limit 1
)
select waymark_change_sentence((select day from a), (select day from b), (select score from a), (select score from b),
                               array_agg(part.words order by part.place), array_agg(part.delta order by part.place))
from (
    select case l.cause
               when 'COVERAGE' then 'what is measured'
               when 'MODEL' then 'the model'
               when 'DENOMINATOR' then concat_ws(' ', l.phrase, waymark_counted(l.denominator_change))
               else l.phrase end as words,
           sum(l.delta)::bigint as delta, min(l.place) as place
    from waymark_customer_health_change(account, before, after) l group by 1
) part
$$;

-- The same for customers who see words alone: no number, and one word a leaf, whether what it counts moved or what it is
-- measured against. The largest parts first.
create function waymark_customer_health_change_in_words(account uuid, before date, after date) returns text
language sql stable
as $$
with found as (
    select day, revision, score from customer_health_snapshots where account_id = account
    union all
    select day, 32767, score from current_customer_health where account_id = account
), a as (
    select day, score from found where day <= before order by day desc, revision desc limit 1
), b as (
    select day, score from found where day <= after order by day desc, revision desc limit 1
), part as (
    select case l.cause
               when 'COVERAGE' then 'what is measured'
               when 'MODEL' then 'how it is worked out'
               else l.about end as words,
           sum(l.delta)::bigint as delta, min(l.place) as place
    from waymark_customer_health_change(account, before, after) l group by 1
), told as (
    select string_agg(words, ', ' order by delta desc, place) filter (where delta >= 50000) as better,
           string_agg(words, ', ' order by delta, place) filter (where delta <= -50000) as worse
    from part
)
select case
    when a.score is null then 'There was not enough data on ' || waymark_day(a.day, b.day) || '.'
    when b.score is null then 'There is not enough data now.'
    when told.better is null and told.worse is null then 'No change since ' || waymark_day(a.day, b.day) || '.'
    else case
        when abs(b.score - a.score) < 50000 then 'About the same since '
        when b.score > a.score then 'Better since ' else 'Lower since ' end
        || waymark_day(a.day, b.day) || ' ('
        || concat_ws('; ', 'better: ' || told.better, 'lower: ' || told.worse) || ').'
    end
from a cross join b cross join told
$$;
