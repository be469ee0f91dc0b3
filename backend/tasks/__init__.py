"""Tasks: what staff have to do, alone or for an account."""
