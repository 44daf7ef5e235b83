from django.urls import path

from reflections.views import drafts, experiments, journal, keepsake, reflections, writing

app_name = "reflections"
urlpatterns = [
    path("reflections/", journal.reflection_list, name="reflection_list"),
    path("reflections/find/", journal.reflection_search, name="reflection_search"),
    path("reflections/new/", writing.reflection_create, name="reflection_create"),
    path("reflections/device/", drafts.draft_device, name="draft_device"),
    path("reflections/drafts/<public:entry>/", drafts.draft_save, name="draft_save"),
    path("reflections/drafts/<public:entry>/later/", drafts.draft_leave, name="draft_leave"),
    path("reflections/drafts/<public:entry>/compare/", drafts.draft_compare, name="draft_compare"),
    path("reflections/drafts/<public:entry>/discard/", drafts.draft_discard, name="draft_discard"),
    path(
        "reflections/<public:public_id>/", reflections.reflection_detail, name="reflection_detail"
    ),
    path("reflections/<public:public_id>/edit/", writing.reflection_edit, name="reflection_edit"),
    path(
        "reflections/<public:public_id>/readers/",
        reflections.reflection_share,
        name="reflection_share",
    ),
    path(
        "reflections/<public:public_id>/history/",
        reflections.reflection_history,
        name="reflection_history",
    ),
    path(
        "reflections/<public:public_id>/delete/",
        reflections.reflection_delete,
        name="reflection_delete",
    ),
    path("reflections/<public:public_id>/replies/", reflections.reply_create, name="reply_create"),
    path("replies/<public:public_id>/delete/", reflections.reply_delete, name="reply_delete"),
    path("experiments/new/", experiments.experiment_create, name="experiment_create"),
    path(
        "experiments/<public:public_id>/", experiments.experiment_detail, name="experiment_detail"
    ),
    path(
        "experiments/<public:public_id>/edit/", experiments.experiment_edit, name="experiment_edit"
    ),
    path(
        "experiments/<public:public_id>/answer/",
        experiments.experiment_answer,
        name="experiment_answer",
    ),
    path(
        "experiments/<public:public_id>/readers/",
        experiments.experiment_share,
        name="experiment_share",
    ),
    path(
        "experiments/<public:public_id>/delete/",
        experiments.experiment_delete,
        name="experiment_delete",
    ),
    path("cohorts/<public:public_id>/keepsake/", keepsake.keepsake_detail, name="keepsake_detail"),
    path("cohorts/<public:public_id>/keepsake.pdf", keepsake.keepsake_pdf, name="keepsake_pdf"),
    path("cohorts/<public:public_id>/keepsake.md", keepsake.keepsake_text, name="keepsake_text"),
    path(
        "cohorts/<public:public_id>/experiments/",
        experiments.cohort_experiments,
        name="cohort_experiments",
    ),
]
