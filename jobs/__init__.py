"""Dramatiq actors and their plumbing. Nothing imports this package."""
