-- The person with an address, made where nobody has it. A member who invites somebody may not see who else is known to
-- the organization, so this answers with an id alone, and the same way whether there was such a person or not.
create or replace function waymark_person_of(key text, address text, called text) returns uuid
language sql volatile security definer set search_path = public, pg_temp
as $$
    insert into persons (name, email, email_key) values (called, address, key) on conflict (email_key) do nothing;
    select id from persons where email_key = key;
$$;
