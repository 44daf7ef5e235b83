"""URLs of the demo: signing in, and its mailbox. Included only if settings.DEMO is on."""

from django.urls import path

from home.demo import views

app_name = "demo"
urlpatterns = [
    path("enter/<slug:role>/", views.enter, name="enter"),
    path("mail/", views.mail_list, name="mail_list"),
    path("mail/<slug:key>/", views.mail_detail, name="mail_detail"),
    path("mail/<slug:key>/html/", views.mail_html, name="mail_html"),
    path("mail/<slug:key>/<int:number>/", views.mail_attachment, name="mail_attachment"),
]
