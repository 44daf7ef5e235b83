from django.urls import include, path

from sets.views import apart, meetings, moves, proposals, sets, tables

app_name = "sets"
urlpatterns = [
    path("", include("sets.introductions.urls")),
    path("cohorts/<public:public_id>/sets/", proposals.set_list, name="set_list"),
    path("cohorts/<public:public_id>/sets/make/", proposals.sets_make, name="sets_make"),
    path("cohorts/<public:public_id>/sets/apart/", apart.keep_apart_list, name="keep_apart_list"),
    path(
        "keep-apart/<public:public_id>/delete/", apart.keep_apart_delete, name="keep_apart_delete"
    ),
    path("cohorts/<public:public_id>/change/", sets.wish_edit, name="wish_edit"),
    path("groupings/<public:public_id>/publish/", proposals.sets_publish, name="sets_publish"),
    path("groupings/<public:public_id>/discard/", proposals.sets_discard, name="sets_discard"),
    path(
        "groupings/<public:public_id>/people/<public:member_id>/",
        moves.person_move,
        name="person_move",
    ),
    path(
        "groupings/<public:public_id>/people/<public:member_id>/swap/",
        moves.person_swap,
        name="person_swap",
    ),
    path(
        "groupings/<public:public_id>/people/<public:member_id>/place/",
        moves.person_place,
        name="person_place",
    ),
    path(
        "groupings/<public:public_id>/people/<public:member_id>/pin/",
        moves.person_pin,
        name="person_pin",
    ),
    path("workshops/<public:public_id>/tables/", tables.table_list, name="table_list"),
    path("workshops/<public:public_id>/tables/make/", tables.tables_make, name="tables_make"),
    path("workshops/<public:public_id>/tables/screen/", tables.tables_screen, name="tables_screen"),
    path("sets/<public:public_id>/", sets.set_detail, name="set_detail"),
    path("sets/<public:public_id>/name/", sets.set_rename, name="set_rename"),
    path("sets/<public:public_id>/notes/", sets.note_create, name="note_create"),
    path("set-notes/<public:public_id>/delete/", sets.note_delete, name="note_delete"),
    path("sets/<public:public_id>/meetings/new/", meetings.meeting_create, name="meeting_create"),
    path("meetings/<public:public_id>/edit/", meetings.meeting_edit, name="meeting_edit"),
    path("meetings/<public:public_id>/cancel/", meetings.meeting_cancel, name="meeting_cancel"),
]
