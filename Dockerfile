# The image that serves Convenor: its pages, its worker and its beat differ by the command alone (docker-compose.yml).
FROM python:3.12-slim AS packages

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/base.txt /tmp/base.txt
# Every package is checked against the hash it was locked with.
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/base.txt


FROM python:3.12-slim

ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# What WeasyPrint draws letters with, a family of them, and the emoji that people write.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
       fonts-noto-core fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin convenor
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Static files are gathered under hashed names while the image is made. The settings insist on what production needs,
# so they are told of a site that never serves anybody; none of it stays in the image, and that key seals nothing.
RUN mkdir var && SECRET_KEY=build REFLECTION_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
      BASE_URL=http://build.invalid ALLOWED_HOSTS=build.invalid DATABASE_URL=sqlite:////tmp/build.sqlite3 \
      EMAIL_URL=consolemail:// HOST_CONTACT=nobody \
      python manage.py collectstatic --no-input --verbosity 0 \
    && rm -f /tmp/build.sqlite3 && chown -R convenor var

USER convenor
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000"]
