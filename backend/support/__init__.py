"""Support facts: tickets and their sentiment."""
