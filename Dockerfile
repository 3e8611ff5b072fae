# One image for the web server and the worker. Build: docker build -t marquee .
FROM python:3.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
# With what Web Push needs, so that two keys in the environment are all it takes. One small library of it comes as source.
COPY requirements/push.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: --no-binary http-ece -r /tmp/requirements.txt

FROM python:3.11-slim-bookworm

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app:/app/site \
    DJANGO_SETTINGS_MODULE=config.settings \
    MARQUEE_MODE=production \
    MARQUEE_VAR=/var/lib/marquee
RUN groupadd --system --gid 10001 marquee \
    && useradd --system --uid 10001 --gid marquee --home-dir /var/lib/marquee --create-home marquee
COPY --from=build /opt/venv /opt/venv
COPY --chown=root:root . /app
WORKDIR /app
# Static files and compiled translations belong to the image. The values below satisfy the checks of the
# settings for these two commands only; nothing of them is stored.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgres://build@build.invalid/build EMAIL_URL=smtp://build.invalid \
    DEFAULT_FROM_EMAIL=build@build.invalid MARQUEE_VAR=/app/var \
    sh -c 'python manage.py compile_translations && python manage.py collectstatic --no-input --verbosity 0' \
    && mkdir -p /var/lib/marquee/models /var/lib/marquee/activity && cp -r /app/var/static /var/lib/marquee/static \
    && chown -R marquee:marquee /var/lib/marquee
USER marquee
EXPOSE 8000
VOLUME /var/lib/marquee/models /var/lib/marquee/activity
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
# Granian ends on SIGTERM after the requests under way are answered.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "4", "--backpressure", "16", "--workers-kill-timeout", "30s", "config.wsgi:application"]
