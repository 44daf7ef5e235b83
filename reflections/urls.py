from django.urls import path

from reflections import views

app_name = "reflections"
urlpatterns = [
    path("reflections/", views.reflection_list, name="reflection_list"),
    path("reflections/new/", views.reflection_create, name="reflection_create"),
    path("reflections/<public:public_id>/", views.reflection_detail, name="reflection_detail"),
    path("reflections/<public:public_id>/edit/", views.reflection_edit, name="reflection_edit"),
    path("reflections/<public:public_id>/readers/", views.reflection_share, name="reflection_share"),
    path("reflections/<public:public_id>/history/", views.reflection_history, name="reflection_history"),
    path("reflections/<public:public_id>/delete/", views.reflection_delete, name="reflection_delete"),
    path("reflections/<public:public_id>/replies/", views.reply_create, name="reply_create"),
    path("replies/<public:public_id>/delete/", views.reply_delete, name="reply_delete"),
]
