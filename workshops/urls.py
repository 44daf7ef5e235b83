from django.urls import path

from workshops.views import (
    announcements,
    availability,
    calendars,
    closed_days,
    cohorts,
    materials,
    plan,
    register,
    rescheduling,
    rsvp,
    walk_ins,
    workshops,
)

app_name = "workshops"
urlpatterns = [
    path("cohorts/new/", cohorts.cohort_create, name="cohort_create"),
    path("cohorts/<public:public_id>/plan/", plan.series_plan, name="series_plan"),
    path("cohorts/<public:public_id>/plan/confirm/", plan.series_confirm, name="series_confirm"),
    path(
        "cohorts/<public:public_id>/free/",
        availability.availability_answer,
        name="availability_answer",
    ),
    path(
        "cohorts/<public:public_id>/free/ask/",
        availability.availability_poll,
        name="availability_poll",
    ),
    path(
        "cohorts/<public:public_id>/free/close/",
        availability.availability_close,
        name="availability_close",
    ),
    path("free/<str:token>/", availability.availability_by_link, name="availability_by_link"),
    path(
        "cohorts/<public:public_id>/closed-days/",
        closed_days.closed_days_list,
        name="closed_days_list",
    ),
    path(
        "cohorts/<public:public_id>/closed-days/add/",
        closed_days.closed_days_add,
        name="closed_days_add",
    ),
    path(
        "cohorts/<public:public_id>/closed-days/import/",
        closed_days.closed_days_import,
        name="closed_days_import",
    ),
    path(
        "cohorts/<public:public_id>/closed-days/import/save/",
        closed_days.closed_days_import_save,
        name="closed_days_import_save",
    ),
    path(
        "cohorts/<public:public_id>/closed-days/<public:closed_id>/edit/",
        closed_days.closed_days_edit,
        name="closed_days_edit",
    ),
    path(
        "cohorts/<public:public_id>/closed-days/<public:closed_id>/remove/",
        closed_days.closed_days_delete,
        name="closed_days_delete",
    ),
    path(
        "cohorts/<public:public_id>/announcements/new/",
        announcements.announcement_create,
        name="announcement_create",
    ),
    path(
        "announcements/<public:public_id>/",
        announcements.announcement_detail,
        name="announcement_detail",
    ),
    path(
        "announcements/<public:public_id>/preview/<public:member_id>/",
        announcements.announcement_preview,
        name="announcement_preview",
    ),
    path(
        "announcements/<public:public_id>/edit/",
        announcements.announcement_edit,
        name="announcement_edit",
    ),
    path(
        "announcements/<public:public_id>/send/",
        announcements.announcement_send,
        name="announcement_send",
    ),
    path(
        "announcements/<public:public_id>/cancel/",
        announcements.announcement_cancel,
        name="announcement_cancel",
    ),
    path(
        "announcements/<public:public_id>/delete/",
        announcements.announcement_delete,
        name="announcement_delete",
    ),
    path("workshops/<public:public_id>/", workshops.workshop_detail, name="workshop_detail"),
    path("workshops/<public:public_id>/edit/", workshops.workshop_edit, name="workshop_edit"),
    path("workshops/<public:public_id>/move/", rescheduling.workshop_move, name="workshop_move"),
    path(
        "workshops/<public:public_id>/cancel/", rescheduling.workshop_cancel, name="workshop_cancel"
    ),
    path(
        "workshops/<public:public_id>/reinstate/",
        rescheduling.workshop_reinstate,
        name="workshop_reinstate",
    ),
    path("workshops/<public:public_id>/answer/", rsvp.workshop_answer, name="workshop_answer"),
    path(
        "workshops/<public:public_id>/answers/<public:member_id>/",
        rsvp.answer_note,
        name="answer_note",
    ),
    path("calendar/", calendars.calendar_settings, name="calendar_settings"),
    path("calendar/<str:token>.ics", calendars.calendar_feed, name="calendar_feed"),
    path("calendar/<slug:kind>/make/", calendars.calendar_make, name="calendar_make"),
    path("calendar/<slug:kind>/replace/", calendars.calendar_replace, name="calendar_replace"),
    path("calendar/<slug:kind>/stop/", calendars.calendar_stop, name="calendar_stop"),
    path("coming/<str:token>/", rsvp.answer, name="answer"),
    path(
        "workshops/<public:public_id>/materials/add/", materials.material_add, name="material_add"
    ),
    path("materials/<public:public_id>/", materials.material_download, name="material_download"),
    path("materials/<public:public_id>/delete/", materials.material_delete, name="material_delete"),
    path("workshops/<public:public_id>/register/", register.register, name="register"),
    path(
        "workshops/<public:public_id>/register/rest/", register.register_rest, name="register_rest"
    ),
    path(
        "workshops/<public:public_id>/register/walk-in/",
        walk_ins.register_walk_in,
        name="register_walk_in",
    ),
    path(
        "workshops/<public:public_id>/register/walk-in/known/",
        walk_ins.register_walk_in_known,
        name="register_walk_in_known",
    ),
    path(
        "workshops/<public:public_id>/register/sheet/", register.sign_in_sheet, name="sign_in_sheet"
    ),
    path(
        "workshops/<public:public_id>/register/marks/",
        register.register_marks,
        name="register_marks",
    ),
    path(
        "workshops/<public:public_id>/register/state/",
        register.register_state,
        name="register_state",
    ),
]
