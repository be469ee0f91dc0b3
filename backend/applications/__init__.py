"""Applications: front ends that are built on the API, with their origins, documents and points."""
