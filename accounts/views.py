from typing import Any, cast

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.views import ConfirmLoginCodeView, LogoutView, RequestLoginCodeView
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.adapter import AccountAdapter
from accounts.models import SignInLink, User
from accounts.recent_sign_in import record_sign_in
from accounts.requests import AuthenticatedRequest, require_get_or_post, sign_in


@method_decorator(login_not_required, name="dispatch")
class SignInView(RequestLoginCodeView):
    """The view that sends a sign-in code. Its page is the same for known and unknown addresses.

    The number of queries and the response time are the same too: the code is sent after the
    response.
    """

    template_name = "accounts/sign_in.html"

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = cast(HttpResponse, super().form_valid(form))
        if form._user is None:  # type: ignore[attr-defined]
            AccountAdapter().send_decoy(form.cleaned_data["email"])
        return response


@method_decorator(login_not_required, name="dispatch")
class CodeView(ConfirmLoginCodeView):
    """The view that checks a sign-in code, and signs the user in. It can send another code.

    For an address without an account it does the same work, so that the response time does not
    reveal which addresses have an account.
    """

    template_name = "accounts/sign_in_code.html"

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response = cast(HttpResponse, super().dispatch(*args, **kwargs))
        stage = getattr(self, "stage", None)
        if stage and stage.login.user is None:
            User.objects.filter(pk=0).first()  # allauth makes this query if there is a user.
        return response

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response = cast(HttpResponse, super().form_valid(form))
        if self._action == "resend" and self.stage.login.user is None:
            AccountAdapter().send_decoy(self.stage.state["email"])
        if self.request.user.is_authenticated:
            record_sign_in(self.request)
        return response

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Show the error. After too many wrong codes, redirect to the sign-in page and say why."""
        response = cast(HttpResponse, super().form_invalid(form))
        if response.status_code == 302:
            messages.error(
                self.request,
                _(
                    "You entered a wrong code too many times, so that code no longer works. "
                    "Enter your e-mail address to get a new one."
                ),
            )
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return cast(
            dict[str, Any], super().get_context_data(email=self.stage.state.get("email"), **kwargs)
        )


class SignOutView(LogoutView):
    """The view that signs out, and has the browser clear its cache and storage for this site."""

    template_name = "accounts/sign_out.html"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response = cast(HttpResponse, super().post(*args, **kwargs))
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


@login_not_required
@require_safe
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button that signs the link's user in.

    A GET signs nobody in, because mail scanners open links.
    """
    link = SignInLink.objects.from_token(token)
    if link and request.user == link.user:
        return redirect("home:today")
    is_open = bool(link and link.is_open(timezone.now()))
    return render(
        request,
        "accounts/sign_in_link.html",
        {"link": link, "is_open": is_open},
        status=200 if link else 404,
    )


@login_not_required
@require_POST
def sign_in_link_use(request: HttpRequest, token: str) -> HttpResponse:
    """Sign the link's user in, once, after ending any open session in this browser."""
    link = SignInLink.objects.from_token(token)
    if not link or not link.use(at=timezone.now()):
        return redirect("accounts:sign_in_link", token=token)
    sign_in(request, link.user)
    return redirect("home:today")


@login_not_required
@require_POST
def sign_in_link_code(request: HttpRequest, token: str) -> HttpResponse:
    """Send a sign-in code to the link's user, because the link has been used or has expired."""
    link = SignInLink.objects.from_token(token)
    if not link or not link.user.is_active:
        return redirect("account_login")
    return send_code(request, link.user)


@require_get_or_post
def sign_in_again(request: AuthenticatedRequest) -> HttpResponse:
    """Show a button that sends the signed-in user a code; on POST, send it.

    Views that require a recent sign-in redirect to this one. `next` is the URL to return to.
    """
    then = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(then, allowed_hosts=None):
        then = reverse("home:today")
    if request.method == "POST":
        return send_code(request, request.user, then=then)
    return render(request, "accounts/sign_in_again.html", {"then": then})


def send_code(request: HttpRequest, user: User, *, then: str = "") -> HttpResponse:
    """Sign out, e-mail the user a sign-in code, and redirect to the page that asks for the code.

    Shares the sign-in page's rate limit, so that an old link can't be used to flood a mailbox. If
    the limit is exceeded, redirects to the sign-in page. `then` is the URL to open after the
    sign-in.
    """
    if not ratelimit.consume(request, action="request_login_code", key=user.email):
        return redirect("account_login")
    logout(request)
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=user.email)
    return redirect(
        reverse("account_confirm_login_code") + (f"?{urlencode({'next': then})}" if then else "")
    )
