from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created
from django.urls import register_converter

from accounts.encryption import check_keys
from accounts.public_id import PublicIdConverter
from accounts.search_text import create_sqlite_function


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        connection_created.connect(create_sqlite_function, dispatch_uid="accounts.search_text")
        register_converter(PublicIdConverter, "public")
        check_keys(settings.REFLECTION_KEYS)
