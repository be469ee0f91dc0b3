-- How many people of an account were active on a day of a range, whoever asks: members may not see which of their
-- colleagues was active when, so this answers with a number alone, to members for their own account.
-- Distinct members where sources tell persons apart; where they only count, the largest count of a day, a lower bound.
create or replace function waymark_active_people(account uuid, first date, last date) returns int
language sql stable security definer set search_path = public, pg_temp
as $$
    select greatest(
        (select count(distinct d.person_id) from member_days d where d.account_id = account and d.day between first and last),
        (select max(counted.users) from (
            select sum(u.users) as users from usage_daily u
            where u.account_id = account and u.day between first and last group by u.day, u.metric_id) counted)
    )::int
    where session_user in ('waymark_staff', 'waymark_system')
       or account = nullif(current_setting('waymark.account_id', true), '')::uuid
$$;
