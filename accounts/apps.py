from django.apps import AppConfig
from django.urls import register_converter

from accounts.public_id import PublicIdConverter


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        register_converter(PublicIdConverter, "public")
