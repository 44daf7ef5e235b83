from django.urls import include, path

from accounts import views

account = [
    path("sign-in/again/", views.sign_in_again, name="sign_in_again"),
    path("in/<str:token>/", views.sign_in_link, name="sign_in_link"),
    path("in/<str:token>/use/", views.sign_in_link_use, name="sign_in_link_use"),
    path("in/<str:token>/code/", views.sign_in_link_code, name="sign_in_link_code"),
]

# allauth looks up these URL names without a namespace, so they are not in the namespace
# `accounts`. allauth's pages for signing up and for passwords have no URL here.
urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    path("sign-in/", views.SignInView.as_view(), name="account_request_login_code"),
    path("sign-in/code/", views.CodeView.as_view(), name="account_confirm_login_code"),
    path("sign-out/", views.SignOutView.as_view(), name="account_logout"),
    path("", include((account, "accounts"))),
]
