from django.urls import path

from outbox import views
from outbox.bounces import webhooks

app_name = "outbox"
urlpatterns = [
    path("anymail/<slug:service>/tracking/", webhooks.delivery_events, name="delivery_events"),
    path("e-mails/", views.choices, name="choices"),
    path("e-mails/to/<str:token>/", views.choices_by_link, name="choices_by_link"),
    path("e-mails/stop/<str:token>/", views.refuse_by_link, name="refuse_by_link"),
]
