from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.report_list, name="report_list"),
    path("cohorts/<public:public_id>/report/", views.report_detail, name="report_detail"),
    path("cohorts/<public:public_id>/report.csv", views.report_csv, name="report_csv"),
    path("cohorts/<public:public_id>/report.xlsx", views.report_xlsx, name="report_xlsx"),
    path("cohorts/<public:public_id>/report.pdf", views.report_pdf, name="report_pdf"),
]
