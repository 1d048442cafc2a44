"""The page of sign-in: passkey, password, and the buttons of the district's own identity providers."""

from typing import Any

from allauth.account.views import LoginView
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from watchbell.district.accounts.queries import districts_of
from watchbell.district.identity.queries import staff_buttons
from watchbell.line import config

COOKIE = f"watchbell_home_{config.port()}"
YEAR = 365 * 86400


class SignIn(LoginView):
    """Which district's buttons: the only one's, else the one whose domain an address had, which this browser keeps."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self._has_no_role(request):
            return render(request, "account/no_role.html", status=403)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        code = request.GET.get("district", "")
        if code and code.replace("-", "").replace("_", "").isalnum() and hasattr(answer, "set_cookie"):
            answer.set_cookie(COOKIE, code[:40], max_age=YEAR, httponly=True, samesite="Lax",
                              secure=config.public_url().startswith("https"))  # fmt: skip
        return answer

    def _has_no_role(self, request: HttpRequest) -> bool:
        """Signed in, and no district to act in: the home page would send them here again, and so on for ever."""
        if not request.user.is_authenticated or getattr(request, "actor", None) is not None:
            return False
        return bool(request.session.get("identity")) or not districts_of(request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET.get("district", "")
        buttons, has_several = staff_buttons(asked or self.request.COOKIES.get(COOKIE, ""))
        return {
            **super().get_context_data(**kwargs), "providers": buttons, "has_several": has_several,
            "is_unknown": bool(asked) and not buttons, "is_required": any(one.is_required for one in buttons),
        }  # fmt: skip
