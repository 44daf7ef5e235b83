"""The root URLconf. Every page requires a login unless its view says otherwise."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("outbox.urls")),
    path("", include("home.urls")),
    path("", include("programmes.urls")),
    path("", include("cohorts.urls")),
    path("", include("workshops.urls")),
    path("", include("reflections.urls")),
    path("", include("surveys.urls")),
    path("", include("sets.urls")),
    path("", include("relationships.urls")),
    path("", include("partnerships.urls")),
    path("", include("reports.urls")),
    path("", include("privacy.urls")),
    path("back-office/", admin.site.urls),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("home.demo.urls")))
