from django.urls import path

from reports import extract_views, freezing_views, views

app_name = "reports"
urlpatterns = [
    path("reports/", views.report_list, name="report_list"),
    path("cohorts/<public:public_id>/report/", views.report_detail, name="report_detail"),
    path("cohorts/<public:public_id>/report.csv", views.report_csv, name="report_csv"),
    path("cohorts/<public:public_id>/report.xlsx", views.report_xlsx, name="report_xlsx"),
    path("cohorts/<public:public_id>/report.pdf", views.report_pdf, name="report_pdf"),
    path("cohorts/<public:public_id>/report/freeze/", freezing_views.report_freeze, name="report_freeze"),
    path("cohorts/<public:public_id>/report/words/", extract_views.extract_list, name="extract_list"),
    path("reflections/<public:public_id>/offer/", extract_views.extract_offer, name="extract_offer"),
    path("reflections/<public:public_id>/ask/", extract_views.extract_ask, name="extract_ask"),
    path("extracts/<public:public_id>/choose/", extract_views.extract_choose, name="extract_choose"),
    path("extracts/<public:public_id>/leave-out/", extract_views.extract_leave_out, name="extract_leave_out"),
    path("extracts/<public:public_id>/withdraw/", extract_views.extract_withdraw, name="extract_withdraw"),
]
