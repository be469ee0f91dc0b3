-- What a member is told, in words: those of now, so that they name nobody who was erased since. It reads what its
-- caller may read.
create or replace function waymark_standing_words(model int, wanted text) returns text
language sql stable
as $$
select coalesce((select w.words from health_words w where w.model_version = model and w.band = wanted),
    case wanted when 'GREEN' then 'Going well' when 'YELLOW' then 'Could be better' else 'Needs attention' end)
$$;

create or replace function waymark_told(matter text, facts jsonb) returns text
language sql stable
as $$
select case
    when matter = 'TEAMMATE_JOINED' then concat(coalesce(
        (select coalesce(p.name, p.email) from members m join persons p on p.id = m.person_id
         where m.id = (facts ->> 'member_id')::uuid), 'Somebody'), ' joined your team.')
    when matter = 'PAYMENT_FAILED' then concat('A payment of ', facts ->> 'amount', ' ', facts ->> 'currency', ' failed.')
    when matter = 'STANDING_CHANGED' then concat(
        'You are now at “', waymark_standing_words((facts ->> 'model_version')::int, facts ->> 'after'),
        '”; before it was “', waymark_standing_words((facts ->> 'model_version')::int, facts ->> 'before'), '”.')
    when matter in ('LIMIT_NEAR', 'LIMIT_REACHED') then concat(
        coalesce((select m.name from metrics m where m.key = facts ->> 'metric_key'), 'A limit'),
        case matter when 'LIMIT_REACHED' then ': all ' else ': the ' end,
        rtrim(to_char((facts ->> 'included')::numeric, 'FM999,999,999,999,990.999'), '.'),
        case matter when 'LIMIT_REACHED' then to_char((facts ->> 'month')::date, '" of "FMMonth" are used."')
            else to_char((facts ->> 'reached_on')::date,
                '" of this month will be used up on "FMDD FMMonth" at the present rate."') end)
end
$$;
