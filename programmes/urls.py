from django.urls import path

from programmes import views

app_name = "programmes"
urlpatterns = [
    path("programmes/", views.programme_list, name="programme_list"),
    path("programmes/new/", views.programme_create, name="programme_create"),
    path("programmes/shipped/", views.programme_start, name="programme_start"),
    path("programmes/<public:public_id>/", views.programme_detail, name="programme_detail"),
    path("programmes/<public:public_id>/edit/", views.programme_edit, name="programme_edit"),
    path(
        "programmes/<public:public_id>/duplicate/",
        views.programme_duplicate,
        name="programme_duplicate",
    ),
    path("programmes/<public:public_id>/retire/", views.programme_retire, name="programme_retire"),
    path(
        "programmes/<public:public_id>/bring-back/",
        views.programme_bring_back,
        name="programme_bring_back",
    ),
    path("programmes/<public:public_id>/plans/new/", views.plan_create, name="plan_create"),
    path("programmes/<public:public_id>/emails/", views.email_list, name="email_list"),
    path("programmes/<public:public_id>/emails/<slug:kind>/", views.email_edit, name="email_edit"),
    path(
        "programmes/<public:public_id>/emails/<slug:kind>/preview/",
        views.email_preview,
        name="email_preview",
    ),
    path(
        "programmes/<public:public_id>/emails/<slug:kind>/default/",
        views.email_default,
        name="email_default",
    ),
    path("plans/<public:public_id>/", views.plan_edit, name="plan_edit"),
    path("plans/<public:public_id>/move/", views.plan_move, name="plan_move"),
    path("plans/<public:public_id>/delete/", views.plan_delete, name="plan_delete"),
]
