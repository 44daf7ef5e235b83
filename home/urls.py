from django.urls import path

from home import health, views

app_name = "home"
urlpatterns = [
    path("", views.today, name="today"),
    path("cohorts/", views.cohort_list, name="cohort_list"),
    path("cohorts/<public:public_id>/", views.cohort_detail, name="cohort_detail"),
    path("cohorts/<public:public_id>/messages/", views.message_list, name="message_list"),
    path("messages/<public:public_id>/", views.message_detail, name="message_detail"),
    path("health/live", health.health_live, name="health_live"),
    path("health/ready", health.health_ready, name="health_ready"),
]
