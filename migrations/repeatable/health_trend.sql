-- The trend of a series of scores by Theil–Sen and Mann–Kendall; backend/health/rules.py says how, and is its reference.
create or replace function waymark_trend(days int[], scores int[]) returns text
language plpgsql immutable parallel safe
as $$
declare
    n int := coalesce(cardinality(scores), 0);
    slopes float8[] := '{}';
    s bigint := 0;
    pairs int;
    change float8;
    variance float8;
begin
    if n < 10 then
        return 'UNKNOWN';
    end if;
    select array_agg((scores[b] - scores[a])::float8 / (days[b] - days[a]) order by (scores[b] - scores[a])::float8 / (days[b] - days[a])),
           sum(sign(scores[b] - scores[a]))
    into slopes, s
    from generate_series(1, n) a join generate_series(1, n) b on b > a;
    pairs := cardinality(slopes);
    change := case when pairs % 2 = 1 then slopes[pairs / 2 + 1] else (slopes[pairs / 2] + slopes[pairs / 2 + 1]) / 2 end * 27;
    select (n * (n - 1) * (2 * n + 5) - coalesce(sum(t * (t - 1) * (2 * t + 5)), 0))::float8 / 18 into variance
    from (select count(*) as t from unnest(scores) as score group by score) ties;
    if abs(change) < 5000000 or variance = 0
       or greatest(abs(s) - 1, 0) / sqrt(variance) <= 1.9599639845400536::float8 then
        return 'STEADY';
    end if;
    return case when change > 0 then 'RISING' else 'FALLING' end;
end $$;
