"""The access table: which role gets which response at which URL.

The columns are a visitor, an outsider (signed in, in no cohort), a participant, a facilitator of
another cohort, the cohort's facilitator, and an administrator. `in` means a redirect to the sign-in
page; a number is the status of the response.

A route whose URLs begin with the kind of object has a line for each kind, which follows an @.
"""

from dataclasses import dataclass

ROLES = ("visitor", "outsider", "participant", "other facilitator", "facilitator", "administrator")

TABLE = """
GET  account_login                       200 302 302 302 302 302
GET  account_request_login_code          200 302 302 302 302 302
GET  account_confirm_login_code          302 302 302 302 302 302
GET  account_logout                      in  200 200 200 200 200
GET  accounts:sign_in_link               200 200 302 200 200 200
POST accounts:sign_in_link_use           302 302 302 302 302 302
POST accounts:sign_in_link_code          302 302 302 302 302 302
GET  accounts:sign_in_again              in  200 200 200 200 200
GET  outbox:choices                      in  200 200 200 200 200
GET  outbox:choices_by_link              200 200 200 200 200 200
GET  outbox:refuse_by_link               200 200 200 200 200 200
POST outbox:delivery_events              404 404 404 404 404 404
GET  home:today                          in  200 200 200 200 302
GET  home:cohort_list                    in  200 200 200 200 200
GET  home:cohort_detail                  in  404 200 404 200 200
GET  home:cohort_reflections             in  404 200 404 200 404
GET  home:message_list                   in  404 403 404 200 200
GET  home:message_line                   in  404 403 404 200 200
GET  home:message_preview                in  404 403 404 200 200
POST home:message_note                   in  404 403 404 302 302
GET  home:message_skip                   in  404 403 404 200 200
POST home:message_send_after_all         in  404 403 404 302 302
GET  home:message_send_now               in  404 403 404 200 200
GET  home:message_detail                 in  404 200 404 200 200
GET  home:sending                        in  403 403 403 403 200
GET  home:health_live                    200 200 200 200 200 200
GET  home:health_ready                   503 503 503 503 503 503
GET  programmes:programme_list           in  200 200 200 200 200
GET  programmes:programme_create         in  403 403 403 403 200
POST programmes:programme_start          in  403 403 403 403 302
GET  programmes:programme_detail         in  200 200 200 200 200
GET  programmes:programme_edit           in  403 403 403 403 200
GET  programmes:email_list               in  403 403 403 403 200
GET  programmes:email_edit               in  403 403 403 403 200
POST programmes:email_preview            in  403 403 403 403 200
POST programmes:email_default            in  403 403 403 403 302
POST programmes:programme_duplicate      in  403 403 403 403 302
GET  programmes:programme_retire         in  403 403 403 403 200
POST programmes:programme_bring_back     in  403 403 403 403 302
GET  programmes:plan_create              in  403 403 403 403 200
GET  programmes:plan_edit                in  403 403 403 403 200
POST programmes:plan_move                in  403 403 403 403 302
GET  programmes:plan_delete              in  403 403 403 403 200
GET  cohorts:cohort_edit                 in  404 403 404 200 200
GET  cohorts:cohort_archive              in  404 403 404 200 200
GET  cohorts:cohort_restore              in  404 403 404 302 302
GET  cohorts:email_list                  in  404 403 404 200 200
GET  cohorts:email_edit                  in  404 403 404 200 200
POST cohorts:email_preview               in  404 403 404 200 200
POST cohorts:email_default               in  404 403 404 302 302
GET  cohorts:member_list                 in  404 200 404 200 200
GET  cohorts:member_add                  in  404 403 404 200 200
GET  cohorts:member_remove               in  404 403 404 200 200
POST cohorts:member_remove_confirm       in  404 403 404 302 302
GET  cohorts:member_edit                 in  404 403 404 200 200
GET  cohorts:member_address              in  404 403 404 200 200
POST cohorts:member_address_right        in  404 403 404 302 302
GET  cohorts:member_move                 in  404 403 404 200 200
GET  cohorts:member_leave                in  404 403 404 200 200
GET  cohorts:needs_edit                  in  404 200 404 200 403
GET  cohorts:venue_needs                 in  404 403 404 200 200
GET  cohorts:people_file_upload          in  404 403 404 200 200
GET  cohorts:people_file_detail          in  404 403 404 200 200
GET  cohorts:people_file_row             in  404 403 404 200 200
POST cohorts:people_file_confirm         in  404 403 404 302 302
GET  cohorts:people_file_undo            in  404 403 404 302 302
POST cohorts:people_file_discard         in  404 403 404 302 302
GET  cohorts:people_file_wrong           in  404 403 404 200 200
GET  cohorts:member_export               in  404 403 404 200 200
GET  cohorts:person_export               in  403 403 200 200 200
GET  cohorts:person_list                 in  403 403 200 200 200
GET  cohorts:organisation_list           in  403 403 200 200 200
POST cohorts:organisation_sectors        in  403 403 200 200 200
GET  cohorts:organisation_edit           in  403 403 404 200 200
GET  cohorts:organisation_duplicates     in  403 403 403 403 200
GET  cohorts:organisation_merge          in  403 403 403 403 200
GET  cohorts:organisation_merge_undo     in  403 403 403 403 200
GET  workshops:cohort_create             in  403 403 200 200 200
GET  workshops:series_plan               in  404 403 404 200 200
POST workshops:series_confirm            in  404 403 404 200 200
GET  workshops:availability_answer       in  404 200 404 200 403
GET  workshops:availability_poll         in  404 403 404 200 200
GET  workshops:availability_close        in  404 403 404 200 200
GET  workshops:availability_by_link      200 200 200 200 200 200
GET  workshops:closed_days_list          in  404 403 404 200 200
GET  workshops:closed_days_add           in  404 403 404 200 200
GET  workshops:closed_days_import        in  404 403 404 200 200
POST workshops:closed_days_import_save   in  404 403 404 302 302
GET  workshops:closed_days_edit          in  404 403 404 200 200
GET  workshops:closed_days_delete        in  404 403 404 200 200
GET  workshops:announcement_create       in  404 403 404 200 200
GET  workshops:announcement_detail       in  404 403 404 200 200
GET  workshops:announcement_preview      in  404 403 404 200 200
GET  workshops:announcement_edit         in  404 403 404 200 200
POST workshops:announcement_send         in  404 403 404 302 302
POST workshops:announcement_cancel       in  404 403 404 302 302
GET  workshops:announcement_delete       in  404 403 404 200 200
GET  workshops:workshop_detail           in  404 200 404 200 200
GET  workshops:workshop_edit             in  404 403 404 200 200
GET  workshops:workshop_move             in  404 403 404 200 200
GET  workshops:workshop_cancel           in  404 403 404 200 200
POST workshops:workshop_reinstate        in  404 403 404 302 302
GET  workshops:workshop_answer           in  404 200 404 403 403
POST workshops:answer_note               in  404 403 404 302 302
GET  workshops:answer                    200 200 200 200 200 200
GET  workshops:material_add              in  404 403 404 200 200
GET  workshops:material_download         in  404 200 404 200 200
GET  workshops:material_delete           in  404 403 404 200 200
GET  workshops:calendar_settings         in  200 200 200 200 200
GET  workshops:calendar_feed             200 200 200 200 200 200
POST workshops:calendar_make             in  302 302 302 302 302
POST workshops:calendar_replace          in  302 302 302 302 302
POST workshops:calendar_stop             in  302 302 302 302 302
GET  workshops:register                  in  404 403 404 200 200
POST workshops:register_rest             in  404 403 404 302 302
POST workshops:register_marks            in  404 403 404 400 400
GET  workshops:register_state            in  404 403 404 200 200
GET  workshops:register_walk_in          in  404 403 404 200 200
POST workshops:register_walk_in_known    in  404 403 404 404 404
GET  workshops:sign_in_sheet             in  404 403 404 200 200
GET  reflections:reflection_list         in  200 200 200 200 200
GET  reflections:reflection_search       in  200 200 200 200 200
GET  reflections:keepsake_detail         in  404 200 404 200 404
GET  reflections:keepsake_pdf            in  404 200 404 200 404
GET  reflections:keepsake_text           in  404 200 404 200 404
GET  reflections:reflection_create       in  403 200 200 200 403
GET  reflections:reflection_detail       in  404 200 404 200 404
GET  reflections:reflection_edit         in  404 200 404 403 404
GET  reflections:reflection_share        in  404 200 404 403 404
GET  reflections:reflection_history      in  404 200 404 403 404
GET  reflections:reflection_delete       in  404 200 404 403 404
GET  reflections:draft_device            401 200 200 200 200 200
POST reflections:draft_save              401 404 200 404 404 404
POST reflections:draft_leave             in  404 302 404 404 404
GET  reflections:draft_compare           in  404 302 404 404 404
GET  reflections:draft_discard           in  404 200 404 404 404
POST reflections:reply_create            in  404 200 404 200 404
POST reflections:reply_delete            in  404 403 404 302 404
GET  reflections:experiment_create       in  403 200 200 200 403
GET  reflections:experiment_detail       in  404 200 404 200 404
GET  reflections:experiment_edit         in  404 200 404 403 404
GET  reflections:experiment_answer       in  404 200 404 403 404
GET  reflections:experiment_share        in  404 200 404 403 404
GET  reflections:experiment_delete       in  404 200 404 403 404
GET  reflections:cohort_experiments      in  404 200 404 200 404
GET  surveys:survey_start                200 200 200 200 200 200
GET  surveys:survey_room                 200 200 200 200 200 200
GET  surveys:survey_qr                   in  404 403 404 200 200
GET  surveys:survey_answer               200 200 200 200 200 200
GET  surveys:survey_thanks               200 200 200 200 200 200
GET  surveys:survey_results              in  404 200 404 200 200
GET  surveys:survey_close                in  404 403 404 200 200
GET  surveys:question_list@programmes      in  403 403 403 403 200
GET  surveys:question_list@plans           in  403 403 403 403 200
GET  surveys:question_list@cohorts         in  404 403 404 200 200
GET  surveys:question_list@workshops       in  404 403 404 200 200
GET  surveys:question_add@programmes       in  403 403 403 403 200
GET  surveys:question_add@plans            in  403 403 403 403 200
GET  surveys:question_add@cohorts          in  404 403 404 200 200
GET  surveys:question_add@workshops        in  404 403 404 200 200
POST surveys:question_add_ready@programmes in  403 403 403 403 302
POST surveys:question_add_ready@plans      in  403 403 403 403 302
POST surveys:question_add_ready@cohorts    in  404 403 404 302 302
POST surveys:question_add_ready@workshops  in  404 403 404 302 302
GET  surveys:question_edit@programmes      in  403 403 403 403 200
GET  surveys:question_edit@plans           in  403 403 403 403 200
GET  surveys:question_edit@cohorts         in  404 403 404 200 200
GET  surveys:question_edit@workshops       in  404 403 404 200 200
POST surveys:question_move@programmes      in  403 403 403 403 302
POST surveys:question_move@plans           in  403 403 403 403 302
POST surveys:question_move@cohorts         in  404 403 404 302 302
POST surveys:question_move@workshops       in  404 403 404 302 302
GET  surveys:question_delete@programmes    in  403 403 403 403 200
GET  surveys:question_delete@plans         in  403 403 403 403 200
GET  surveys:question_delete@cohorts       in  404 403 404 200 200
GET  surveys:question_delete@workshops     in  404 403 404 200 200
GET  surveys:question_preview@programmes   in  403 403 403 403 200
GET  surveys:question_preview@plans        in  403 403 403 403 200
GET  surveys:question_preview@cohorts      in  404 403 404 200 200
GET  surveys:question_preview@workshops    in  404 403 404 200 200
GET  surveys:feedback_settings@programmes  in  403 403 403 403 200
GET  surveys:feedback_settings@cohorts     in  404 403 404 200 200
GET  surveys:reply_edit                  in  404 403 404 302 302
GET  surveys:cohort_feedback             in  404 200 404 200 200
POST surveys:surveys_every_set           in  404 403 404 302 302
GET  surveys:comment_list                in  403 403 403 403 200
GET  surveys:comment_review              in  404 403 404 403 200
GET  surveys:wave_start                  200 200 200 200 200 200
GET  surveys:wave_answer                 200 200 200 200 200 200
GET  surveys:wave_thanks                 200 200 200 200 200 200
GET  surveys:colleague_start             200 200 200 200 200 200
GET  surveys:colleague_answer            200 200 200 200 200 200
GET  surveys:colleague_thanks            200 200 200 200 200 200
GET  surveys:before_after                in  404 200 404 200 200
GET  surveys:colleague_edit              in  404 200 404 403 403
POST surveys:colleague_withdraw          in  404 302 404 403 403
GET  relationships:round_start           200 200 200 200 200 200
GET  relationships:round_answer          200 200 200 200 200 200
GET  relationships:round_save            200 200 200 200 200 200
GET  relationships:round_finish          200 200 200 200 200 200
GET  relationships:round_leave           200 200 200 200 200 200
GET  relationships:round_return          200 200 200 200 200 200
GET  relationships:round_thanks          200 200 200 200 200 200
GET  relationships:round_list            in  404 403 404 200 200
POST relationships:round_open            in  404 403 404 302 302
GET  relationships:your_network          in  404 200 404 403 403
POST relationships:your_network_change   in  404 200 404 403 403
GET  relationships:cohort_relationships  in  404 200 404 200 200
GET  sets:set_list                       in  404 403 404 200 403
POST sets:sets_make                      in  404 403 404 302 403
POST sets:sets_publish                   in  404 403 404 302 403
GET  sets:sets_discard                   in  404 403 404 200 403
GET  sets:person_move                    in  404 403 404 200 403
POST sets:person_swap                    in  404 403 404 404 403
POST sets:person_place                   in  404 403 404 404 403
POST sets:person_pin                     in  404 403 404 302 403
GET  sets:keep_apart_list                in  404 403 404 200 403
POST sets:keep_apart_delete              in  404 403 404 302 403
GET  sets:table_list                     in  404 403 404 200 403
POST sets:tables_make                    in  404 403 404 302 403
GET  sets:tables_screen                  in  404 403 404 200 403
GET  sets:set_detail                     in  404 200 404 200 403
GET  sets:set_rename                     in  404 200 404 403 403
POST sets:note_create                    in  404 200 404 403 403
GET  sets:note_delete                    in  404 200 404 404 404
GET  sets:meeting_create                 in  404 200 404 403 403
GET  sets:meeting_edit                   in  404 200 404 403 403
GET  sets:meeting_cancel                 in  404 200 404 403 403
GET  sets:wish_edit                      in  404 200 404 403 403
GET  sets:introduction_list              in  404 200 404 200 200
GET  sets:introduction_join              in  404 200 404 403 403
POST sets:introduction_leave             in  404 302 404 403 403
GET  sets:introduction_start             200 200 200 200 200 200
POST sets:introduction_answer            404 404 404 404 404 404
POST sets:introduction_stop              404 404 404 404 404 404
GET  partnerships:check_answer           200 200 200 200 200 200
GET  partnerships:check_thanks           200 200 200 200 200 200
GET  partnerships:party_start            200 200 200 200 200 200
POST partnerships:party_agree            404 404 404 404 404 404
POST partnerships:party_decline          404 404 404 404 404 404
POST partnerships:party_stop_asking      404 404 404 404 404 404
GET  partnerships:partnership_list       in  404 200 404 200 200
GET  partnerships:partnership_create     in  404 200 404 200 403
GET  partnerships:partnership_detail     in  404 200 404 200 200
GET  partnerships:partnership_edit       in  404 200 404 200 200
GET  partnerships:partnership_stop       in  404 200 404 200 200
GET  partnerships:partnership_withdraw   in  404 200 404 200 200
GET  partnerships:party_add              in  404 200 404 200 200
GET  partnerships:party_remove           in  404 200 404 200 200
GET  partnerships:ripple_list            in  404 200 404 200 200
GET  partnerships:ripple_screen          in  404 200 404 200 200
GET  partnerships:ripple_lines           in  404 200 404 200 200
GET  partnerships:ripple_delete          in  404 200 404 200 200
GET  reports:report_list                 in  403 403 200 200 200
GET  reports:report_detail               in  404 403 404 200 200
GET  reports:report_csv                  in  404 403 404 200 200
GET  reports:report_xlsx                 in  404 403 404 200 200
GET  reports:report_pdf                  in  404 403 404 302 302
POST reports:report_pdf_request          in  404 403 404 302 302
GET  reports:report_pdf_wait             in  404 403 404 200 200
GET  reports:report_freeze               in  404 403 404 200 200
GET  reports:report_versions             in  404 403 404 200 200
GET  reports:quote_offer                 in  404 302 404 403 404
GET  reports:work_quote_offer            in  404 302 404 403 403
GET  reports:quote_ask                   in  404 403 404 200 404
GET  reports:quote_list                  in  404 403 404 200 403
POST reports:quote_choose                in  404 403 404 302 404
POST reports:quote_leave_out             in  404 403 404 302 404
GET  reports:quote_withdraw              in  404 200 404 404 404
GET  privacy:who_sees_what               200 200 200 200 200 200
GET  privacy:my_data                     in  200 200 200 200 200
POST privacy:my_data_download            in  302 302 302 302 302
GET  privacy:my_words_delete             in  302 302 302 302 302
GET  privacy:my_data_delete              in  302 302 302 302 302
GET  privacy:person_data                 in  403 403 403 403 200
POST privacy:person_data_send            in  403 403 403 403 302
GET  privacy:person_erase                in  403 403 403 403 302
GET  privacy:erasure_list                in  403 403 403 403 200
GET  privacy:cohort_delete               in  404 403 404 403 200
GET  privacy:retention_edit              in  404 403 404 200 200
POST demo:enter                          404 404 404 404 404 404
GET  demo:mail_list                      200 200 200 200 200 200
GET  demo:mail_detail                    404 404 404 404 404 404
GET  demo:mail_html                      404 404 404 404 404 404
GET  demo:mail_attachment                404 404 404 404 404 404
"""
# The bounce webhook is not in the table, because it has a URL only if it is configured; see
# tests/outbox/bounces/test_webhooks.py. The demo's pages return 404 or are empty here, because
# these tests create no demo. The tests in tests/home/demo open them with its people and e-mails.


@dataclass(frozen=True)
class Route:
    """A line of the table: the HTTP method, the URL name, and the response to each role."""

    method: str
    name: str
    answers: tuple[str, ...]


def url_name(name: str) -> str:
    """Return the URL name of a line's name, which may have a kind of object after an @."""
    return name.partition("@")[0]


def read_table() -> dict[str, Route]:
    routes = (line.split() for line in TABLE.strip().splitlines())
    return {name: Route(method, name, tuple(answers)) for method, name, *answers in routes}


ACCESS = read_table()
