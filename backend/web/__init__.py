"""What the HTTP side needs beside GraphQL: health checks, headers, access logs, the front page."""
