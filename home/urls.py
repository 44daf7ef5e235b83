from django.urls import path, register_converter
from django.urls.converters import IntConverter

from home import health
from home.views import dashboards, messages, reflections


class NumberConverter(IntConverter):
    """A path converter for integers of at most 18 digits, which fit into a 64-bit column."""

    regex = "[0-9]{1,18}"


register_converter(NumberConverter, "number")

app_name = "home"
urlpatterns = [
    path("", dashboards.today, name="today"),
    path("cohorts/", dashboards.cohort_list, name="cohort_list"),
    path("cohorts/<public:public_id>/", dashboards.cohort_detail, name="cohort_detail"),
    path(
        "cohorts/<public:public_id>/reflections/",
        reflections.cohort_reflections,
        name="cohort_reflections",
    ),
    path("cohorts/<public:public_id>/messages/", messages.message_list, name="message_list"),
    path(
        "cohorts/<public:public_id>/messages/<slug:kind>/<number:subject_id>/",
        messages.message_line,
        name="message_line",
    ),
    path(
        "cohorts/<public:public_id>/messages/<slug:kind>/<number:subject_id>"
        "/preview/<public:member_id>/",
        messages.message_preview,
        name="message_preview",
    ),
    path(
        "cohorts/<public:public_id>/messages/<slug:kind>/<number:subject_id>/note/",
        messages.message_note,
        name="message_note",
    ),
    path(
        "cohorts/<public:public_id>/messages/<slug:kind>/<number:subject_id>/skip/",
        messages.message_skip,
        name="message_skip",
    ),
    path(
        "cohorts/<public:public_id>/messages/<slug:kind>/<number:subject_id>/send-after-all/",
        messages.message_send_after_all,
        name="message_send_after_all",
    ),
    path(
        "cohorts/<public:public_id>/messages/<slug:kind>/<number:subject_id>/send-now/",
        messages.message_send_now,
        name="message_send_now",
    ),
    path("messages/<public:public_id>/", messages.message_detail, name="message_detail"),
    path("sending/", dashboards.sending, name="sending"),
    path("health/live", health.health_live, name="health_live"),
    path("health/ready", health.health_ready, name="health_ready"),
]
