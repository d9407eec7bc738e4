"""Addresses of the account page; allauth's own follow under the same prefix.

The pages that change how a member signs in are allauth's, at allauth's addresses, behind our own questions.
"""

from allauth.account import views as allauth_views
from allauth.decorators import rate_limit
from allauth.mfa.recovery_codes import views as paper_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import path

from apps.accounts import authenticator_app, curtain, operators, views
from apps.accounts.sign_in import freshly, surely, with_an_address

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("sign-out-others/", views.sign_out_others, name="sign_out_others"),
    path("operator/<uuid:pk>/<str:token>/", operators.use_link, name="operator_link"),
    path("curtain/", curtain.curtain, name="curtain"),
    path("still-here/", curtain.still_here, name="still_here"),
    path("support/", views.support, name="support"),
    path("mails/", views.mails, name="mails"),
    path("mails/stop/<str:token>/", views.stop_mails, name="stop_mails"),
    path("policies/", views.policies_page, name="policies"),
    path("activity/", views.activity, name="activity"),
    path("devices/<int:pk>/sign-out/", views.sign_out_one, name="sign_out_one"),
    path("email/", freshly(allauth_views.email), name="email"),
    path("password/strength/", views.judge, name="password_strength"),
    path("password/set/", surely(with_an_address(allauth_views.password_set)), name="set_password"),
    path("2fa/totp/activate/", authenticator_app.activate, name="add_app"),
    path("2fa/totp/deactivate/", authenticator_app.deactivate, name="remove_app"),
    path("2fa/recovery-codes/generate/", freshly(paper_views.generate_recovery_codes), name="make_codes"),
    path(  # each question is kept in a session, whoever asks
        "2fa/webauthn/login/",
        rate_limit(action="passkey_asked", limit_get=True)(passkey_views.login_webauthn),
        name="passkey_sign_in",
    ),
    path("2fa/webauthn/add/", freshly(passkey_views.add_webauthn), name="add_passkey"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.remove_passkey, name="remove_passkey"),
]
