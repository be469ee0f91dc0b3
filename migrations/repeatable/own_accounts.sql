-- The accounts that the person who asks belongs to: a member's login sees the rows of one account, and this tells them
-- by name which others are theirs to switch to. Of nobody else, and nothing without a person.
drop function if exists waymark_own_accounts();

create function waymark_own_accounts() returns table (account_id uuid, name text, role text)
language sql stable security definer set search_path = public, pg_temp
as $$
    select a.id, a.name, m.role
    from members m
    join accounts a on a.id = m.account_id
    where m.person_id = nullif(current_setting('waymark.person_id', true), '')::uuid and m.state = 'ACTIVE'
    order by a.name, a.id
$$;
