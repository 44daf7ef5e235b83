"""The Celery application. Messages are queued in the database: see docs/decisions/0002."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("convenor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
