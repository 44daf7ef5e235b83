from django.urls import path

from reports.views import freezing, quotes, reports

app_name = "reports"
urlpatterns = [
    path("reports/", reports.report_list, name="report_list"),
    path("cohorts/<public:public_id>/report/", reports.report_detail, name="report_detail"),
    path("cohorts/<public:public_id>/report.csv", reports.report_csv, name="report_csv"),
    path("cohorts/<public:public_id>/report.xlsx", reports.report_xlsx, name="report_xlsx"),
    path("cohorts/<public:public_id>/report.pdf", reports.report_pdf, name="report_pdf"),
    path("cohorts/<public:public_id>/report/freeze/", freezing.report_freeze, name="report_freeze"),
    path("cohorts/<public:public_id>/report/words/", quotes.extract_list, name="extract_list"),
    path("reflections/<public:public_id>/offer/", quotes.extract_offer, name="extract_offer"),
    path("reflections/<public:public_id>/ask/", quotes.extract_ask, name="extract_ask"),
    path("extracts/<public:public_id>/choose/", quotes.extract_choose, name="extract_choose"),
    path(
        "extracts/<public:public_id>/leave-out/", quotes.extract_leave_out, name="extract_leave_out"
    ),
    path("extracts/<public:public_id>/withdraw/", quotes.extract_withdraw, name="extract_withdraw"),
]
