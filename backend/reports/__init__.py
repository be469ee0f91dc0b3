"""Numbers over many accounts."""
