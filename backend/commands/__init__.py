"""Commands of `waymark`, one module a subject: an outer layer like jobs, so it may import any feature."""
