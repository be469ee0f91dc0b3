"""Database: engines and pools, Base, ids, roles and policies, the clock, the embedded servers."""
