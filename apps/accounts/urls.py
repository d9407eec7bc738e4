"""Addresses of the account page; allauth's own follow under the same prefix.

The pages that change how a member signs in are allauth's, at allauth's addresses, behind our own questions.
"""

from allauth.account import views as allauth_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import path

from apps.accounts import views
from apps.accounts.signing_in import freshly, surely, with_an_address

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("sign-out-others/", views.sign_out_others, name="sign_out_others"),
    path("email/", freshly(allauth_views.email), name="email"),
    path("password/set/", surely(with_an_address(allauth_views.password_set)), name="set_password"),
    path("2fa/webauthn/add/", freshly(passkey_views.add_webauthn), name="add_passkey"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.remove_passkey, name="remove_passkey"),
]
