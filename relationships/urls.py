from django.urls import path

from relationships.views import answering, network, results, rounds

app_name = "relationships"
ANSWER = "who-do-you-know/answer/"
COHORT = "cohorts/<public:public_id>/"
urlpatterns = [
    path("who-do-you-know/thanks/", answering.round_thanks, name="round_thanks"),
    path(ANSWER, answering.round_answer, name="round_answer"),
    path(f"{ANSWER}save/", answering.round_save, name="round_save"),
    path(f"{ANSWER}finish/", answering.round_finish, name="round_finish"),
    path(f"{ANSWER}leave/", answering.round_leave, name="round_leave"),
    path(f"{ANSWER}return/", answering.round_return, name="round_return"),
    path("who-do-you-know/<str:token>/", answering.round_start, name="round_start"),
    path(f"{COHORT}relationships/", results.cohort_relationships, name="cohort_relationships"),
    path(f"{COHORT}rounds/", rounds.round_list, name="round_list"),
    path(f"{COHORT}rounds/<slug:occasion>/open/", rounds.round_open, name="round_open"),
    path(f"{COHORT}your-network/", network.your_network, name="your_network"),
    path(f"{COHORT}your-network/change/", network.your_network_change, name="your_network_change"),
]
