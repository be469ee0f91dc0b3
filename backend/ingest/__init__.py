"""Events and imports: how facts come in, and what was refused."""
