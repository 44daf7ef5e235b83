from django.urls import path

from privacy import views

app_name = "privacy"
urlpatterns = [
    path("who-sees-what/", views.who_sees_what, name="who_sees_what"),
]
