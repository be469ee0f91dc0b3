-- Claims of work. As functions they can carry planner settings, which end with the call: thousands of items may come
-- between two looks of autovacuum, and a plan made from yesterday's statistics would sort them all for each claim.

-- Keys take turns: the walk visits up to `most` keys that have due work, from behind `after` on (null: from the start),
-- and each gives its share. A step of the walk is one descent of ix_work_items_fair, however long a key's own queue is.
-- Where nothing lies behind `after`, a new round begins. Of twins one is enough.
create or replace function waymark_claim_work(wanted text, most int, lease interval, after text)
returns table (id uuid, kind text, args jsonb, fair_key text, dedupe_key text, attempts int, parks_after int, keys bigint)
language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
#variable_conflict use_column
declare
    first text;
    at timestamptz := waymark_now();
begin
    if after is not null then
        select w.fair_key into first from work_items w
        where w.kind = wanted and w.fair_key > after and w.run_at <= at and w.finished_at is null and w.parked_at is null
            and (w.lease_until is null or w.lease_until <= at)
        order by w.fair_key limit 1;
    end if;
    if first is null then
        select w.fair_key into first from work_items w
        where w.kind = wanted and w.run_at <= at and w.finished_at is null and w.parked_at is null
            and (w.lease_until is null or w.lease_until <= at)
        order by w.fair_key limit 1;
    end if;
    return query
    with recursive visited (fair_key, place) as (
        select first, 1 where first is not null
        union all
        select next.fair_key, visited.place + 1 from visited cross join lateral (
            select w.fair_key from work_items w
            where w.kind = wanted and w.fair_key > visited.fair_key and w.run_at <= at
                and w.finished_at is null and w.parked_at is null and (w.lease_until is null or w.lease_until <= at)
            order by w.fair_key limit 1) next
        where visited.place < most
    ), shares as (
        select v.fair_key, count(*) over () as keys, (most + count(*) over () - 1) / count(*) over () as share
        from visited v
    ), picked as materialized (
        select item.*, shares.keys from shares cross join lateral (
            select w.id, w.run_at, w.dedupe_key from work_items w
            -- written as a range, so that only ix_work_items_fair yields the order
            where w.kind = wanted and w.fair_key between shares.fair_key and shares.fair_key and w.run_at <= at
                and w.finished_at is null and w.parked_at is null and (w.lease_until is null or w.lease_until <= at)
            order by w.fair_key, w.run_at limit shares.share for update skip locked) item
        limit most
    ), chosen as (
        select distinct on (coalesce(p.dedupe_key, p.id::text)) p.id, p.keys from picked p
        order by coalesce(p.dedupe_key, p.id::text), p.run_at, p.id
    )
    update work_items w set attempts = w.attempts + 1, lease_until = at + lease
    from chosen where w.id = chosen.id
    returning w.id, w.kind, w.args, w.fair_key, w.dedupe_key, w.attempts, w.parks_after, chosen.keys;
end $$;

-- Those of the kinds that have an item which is due and free.
create or replace function waymark_due_work(kinds text[]) returns setof text
language sql stable
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
    select wanted.kind from unnest(kinds) wanted (kind) cross join lateral (
        select from work_items w
        where w.kind = wanted.kind and w.run_at <= waymark_now() and w.finished_at is null and w.parked_at is null
            and (w.lease_until is null or w.lease_until <= waymark_now())
        order by w.run_at limit 1) due
$$;
