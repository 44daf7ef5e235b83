from django.urls import path

from reflections import (
    draft_views,
    experiment_views,
    keepsake_views,
    looking_back_views,
    views,
    writing_views,
)

app_name = "reflections"
urlpatterns = [
    path("reflections/", looking_back_views.reflection_list, name="reflection_list"),
    path("reflections/find/", looking_back_views.reflection_search, name="reflection_search"),
    path("reflections/new/", writing_views.reflection_create, name="reflection_create"),
    path("reflections/device/", draft_views.draft_device, name="draft_device"),
    path("reflections/drafts/<public:entry>/", draft_views.draft_save, name="draft_save"),
    path("reflections/drafts/<public:entry>/later/", draft_views.draft_leave, name="draft_leave"),
    path("reflections/drafts/<public:entry>/choose/", draft_views.draft_choose, name="draft_choose"),
    path("reflections/drafts/<public:entry>/discard/", draft_views.draft_discard, name="draft_discard"),
    path("reflections/<public:public_id>/", views.reflection_detail, name="reflection_detail"),
    path("reflections/<public:public_id>/edit/", writing_views.reflection_edit, name="reflection_edit"),
    path("reflections/<public:public_id>/readers/", views.reflection_share, name="reflection_share"),
    path("reflections/<public:public_id>/history/", views.reflection_history, name="reflection_history"),
    path("reflections/<public:public_id>/delete/", views.reflection_delete, name="reflection_delete"),
    path("reflections/<public:public_id>/replies/", views.reply_create, name="reply_create"),
    path("replies/<public:public_id>/delete/", views.reply_delete, name="reply_delete"),
    path("experiments/new/", experiment_views.experiment_create, name="experiment_create"),
    path("experiments/<public:public_id>/", experiment_views.experiment_detail, name="experiment_detail"),
    path("experiments/<public:public_id>/edit/", experiment_views.experiment_edit, name="experiment_edit"),
    path(
        "experiments/<public:public_id>/answer/", experiment_views.experiment_answer, name="experiment_answer"
    ),
    path(
        "experiments/<public:public_id>/readers/", experiment_views.experiment_share, name="experiment_share"
    ),
    path(
        "experiments/<public:public_id>/delete/", experiment_views.experiment_delete, name="experiment_delete"
    ),
    path("cohorts/<public:public_id>/keepsake/", keepsake_views.keepsake_detail, name="keepsake_detail"),
    path("cohorts/<public:public_id>/keepsake.pdf", keepsake_views.keepsake_pdf, name="keepsake_pdf"),
    path("cohorts/<public:public_id>/keepsake.md", keepsake_views.keepsake_text, name="keepsake_text"),
    path(
        "cohorts/<public:public_id>/experiments/",
        experiment_views.cohort_experiments,
        name="cohort_experiments",
    ),
]
