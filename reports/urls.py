from django.urls import path

from reports.views import freezing, quotes, reports

app_name = "reports"
urlpatterns = [
    path("reports/", reports.report_list, name="report_list"),
    path("cohorts/<public:public_id>/report/", reports.report_detail, name="report_detail"),
    path("cohorts/<public:public_id>/report.csv", reports.report_csv, name="report_csv"),
    path("cohorts/<public:public_id>/report.xlsx", reports.report_xlsx, name="report_xlsx"),
    path("cohorts/<public:public_id>/report.pdf", reports.report_pdf, name="report_pdf"),
    path("cohorts/<public:public_id>/report/pdf/", reports.report_pdf_wait, name="report_pdf_wait"),
    path(
        "cohorts/<public:public_id>/report/pdf/request/",
        reports.report_pdf_request,
        name="report_pdf_request",
    ),
    path("cohorts/<public:public_id>/report/freeze/", freezing.report_freeze, name="report_freeze"),
    path(
        "cohorts/<public:public_id>/report/versions/",
        freezing.report_versions,
        name="report_versions",
    ),
    path("cohorts/<public:public_id>/report/words/", quotes.quote_list, name="quote_list"),
    path("reflections/<public:public_id>/offer/", quotes.quote_offer, name="quote_offer"),
    path("together/<public:public_id>/offer/", quotes.work_quote_offer, name="work_quote_offer"),
    path("reflections/<public:public_id>/ask/", quotes.quote_ask, name="quote_ask"),
    path("quotes/<public:public_id>/choose/", quotes.quote_choose, name="quote_choose"),
    path("quotes/<public:public_id>/leave-out/", quotes.quote_leave_out, name="quote_leave_out"),
    path("quotes/<public:public_id>/withdraw/", quotes.quote_withdraw, name="quote_withdraw"),
]
