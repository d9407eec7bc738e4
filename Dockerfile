# syntax=docker/dockerfile:1
# Two stages: the first builds, the second holds only what runs. The base is named by a tag, which moves: whoever has to
# build the same image again adds its digest (@sha256:...).
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.production.lock ./
# Behind a proxy that reads TLS: the secret `ca_bundle`, a file of authorities, which stays out of the image.
RUN --mount=type=secret,id=ca_bundle,target=/run/secrets/ca_bundle \
    if [ -e /run/secrets/ca_bundle ]; then export PIP_CERT=/run/secrets/ca_bundle; fi \
    && python -m venv /venv && /venv/bin/pip install --require-hashes --only-binary :all: -r requirements.production.lock \
    && /venv/bin/pip uninstall --yes pip
COPY manage.py gunicorn.conf.py ./
COPY config config
COPY apps apps
COPY templates templates
COPY static static
# Throw-away values: collectstatic needs settings that parse, and nothing of them stays in the image.
RUN SECRET_KEY=build-only SITE_URL=http://localhost \
    VAULT_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= DATABASE_URL=sqlite:///:memory: \
    STATIC_ROOT=/app/staticfiles VAR_DIR=/tmp/build /venv/bin/python manage.py collectstatic --noinput

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="Plainclaim" \
    org.opencontainers.image.description="What your health plan covers, paid and leaves to you, in plain words" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="0.2.0"
# What packets and evidence name; `make image` gives it.
ARG COMMIT=""
LABEL org.opencontainers.image.revision=$COMMIT
ENV COMMIT=$COMMIT PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings STATIC_ROOT=/app/staticfiles VAR_DIR=/var/lib/plainclaim PORT=8000
RUN useradd --system --uid 10001 --home-dir /var/lib/plainclaim --create-home --shell /usr/sbin/nologin plainclaim
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001
VOLUME /var/lib/plainclaim
EXPOSE 8000
# With the site's own Host header: any other is refused.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-m", "config.healthcheck"]
CMD ["sh", "-c", "exec gunicorn config.wsgi --bind 0.0.0.0:$PORT --workers ${WEB_CONCURRENCY:-2} --threads 8 --access-logfile /dev/null --worker-tmp-dir /dev/shm"]
