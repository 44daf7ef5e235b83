from django.urls import path

from partnerships.views import by_link, parties, partnerships, ripples

app_name = "partnerships"
COHORT = "cohorts/<public:public_id>/together/"
ONE = "together/<public:public_id>/"
urlpatterns = [
    path("together/answer/", by_link.check_answer, name="check_answer"),
    path("together/answer/thanks/", by_link.check_thanks, name="check_thanks"),
    path("together/agree/", by_link.party_agree, name="party_agree"),
    path("together/decline/", by_link.party_decline, name="party_decline"),
    path("together/stop-asking/", by_link.party_stop_asking, name="party_stop_asking"),
    path("together/link/<str:token>/", by_link.party_start, name="party_start"),
    path(COHORT, partnerships.partnership_list, name="partnership_list"),
    path(f"{COHORT}start/", partnerships.partnership_create, name="partnership_create"),
    path(f"{COHORT}timeline/", ripples.ripple_list, name="ripple_list"),
    path(f"{COHORT}timeline/screen/", ripples.ripple_screen, name="ripple_screen"),
    path(f"{COHORT}timeline/lines/", ripples.ripple_lines, name="ripple_lines"),
    path(ONE, partnerships.partnership_detail, name="partnership_detail"),
    path(f"{ONE}edit/", partnerships.partnership_edit, name="partnership_edit"),
    path(f"{ONE}stop/", partnerships.partnership_stop, name="partnership_stop"),
    path(f"{ONE}withdraw/", partnerships.partnership_withdraw, name="partnership_withdraw"),
    path(f"{ONE}people/add/", parties.party_add, name="party_add"),
    path("together/people/<public:public_id>/remove/", parties.party_remove, name="party_remove"),
    path(
        "together/timeline/<public:public_id>/delete/", ripples.ripple_delete, name="ripple_delete"
    ),
]
