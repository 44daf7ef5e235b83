from django.apps import AppConfig
from django.conf import settings
from django.urls import register_converter

from accounts.encryption import check_keys
from accounts.public_id import PublicIdConverter


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        register_converter(PublicIdConverter, "public")
        check_keys(settings.REFLECTION_KEYS)
