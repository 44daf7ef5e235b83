"""The demo's door and its letter box. These addresses exist only where settings.DEMO is on."""

from django.urls import path

from home import demo_views

app_name = "demo"
urlpatterns = [
    path("enter/<slug:role>/", demo_views.enter, name="enter"),
    path("mail/", demo_views.mail_list, name="mail_list"),
    path("mail/<slug:key>/", demo_views.mail_detail, name="mail_detail"),
]
