from django.urls import path

from workshops import views

app_name = "workshops"
urlpatterns = [
    path("cohorts/new/", views.cohort_create, name="cohort_create"),
    path("cohorts/<public:public_id>/plan/", views.series_plan, name="series_plan"),
    path("workshops/<public:public_id>/", views.workshop_detail, name="workshop_detail"),
    path("workshops/<public:public_id>/edit/", views.workshop_edit, name="workshop_edit"),
    path("workshops/<public:public_id>/cancel/", views.workshop_cancel, name="workshop_cancel"),
    path("workshops/<public:public_id>/reinstate/", views.workshop_reinstate, name="workshop_reinstate"),
    path("workshops/<public:public_id>/answer/", views.workshop_answer, name="workshop_answer"),
    path("workshops/<public:public_id>/register/", views.register, name="register"),
    path("workshops/<public:public_id>/register/rest/", views.register_rest, name="register_rest"),
    path(
        "workshops/<public:public_id>/register/<public:member_id>/", views.register_mark, name="register_mark"
    ),
]
