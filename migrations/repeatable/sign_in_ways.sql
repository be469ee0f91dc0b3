-- The identity providers that a sign-in page offers: their names and nothing of how they are set up.
drop function if exists waymark_sign_in_providers();

create function waymark_sign_in_providers() returns table (key text, name text)
language sql stable security definer set search_path = public, pg_temp
as $$ select key, name from oidc_providers order by name, key $$;
