"""What can be set from outside: read once from the environment, checked, and frozen.

The only place that reads environment variables. Each field is set by the variable of the same
name in capitals; an empty variable counts as absent. Three layers, the later wins: the addresses
that the embedded default writes while it runs, the file `.env`, the process environment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, TypeVar

from dotenv import dotenv_values

from core import setting_values as values
from core.errors import InvalidInputError
from core.limits import Limits, read_limits
from core.setting_files import given_names, with_files
from core.setting_values import is_loopback

EMBEDDED_ADDRESSES_FILE = "embedded.env"
"""File in the data folder where the embedded default leaves its addresses while it runs."""


HOW_TO_LISTEN = (
    "set AUTHENTICATION=required, or use 127.0.0.1; TRUST_NETWORK=true is for a network that is "
    "trusted as a whole, as behind a proxy that asks everybody who they are"
)
"""What to do where others would reach an API that asks nobody who they are."""

T = TypeVar("T")


class InvalidSettingsError(InvalidInputError):
    """Settings that cannot be used; every one of them is named."""

    code = "INVALID_SETTINGS"

    def __init__(self, *, problems: tuple[str, ...]) -> None:
        super().__init__(
            "The settings cannot be used: " + "; ".join(problems) + ".",
            hint="Settings come from the environment and the file .env.",
        )
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, each with its default."""

    host: str = "127.0.0.1"
    """Address on which the API listens. Others than loopback need AUTHENTICATION=required."""
    port: int = 8080
    """Port on which the API listens."""
    data_dir: Path = Path(".data")
    """Folder that the product owns: embedded servers, archive, secret key."""
    database_url: str = field(
        default="postgresql://schema_builder@127.0.0.1:5432/schema_builder", repr=False
    )
    """The store: our own PostgreSQL database."""
    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)
    """The broker, unless BROKER_URL is set, and where processes say that they live."""
    broker_url: str | None = field(default=None, repr=False)
    """The broker, if it is another than REDIS_URL: RabbitMQ or sentinels of Redis."""
    broker_sentinel_master: str | None = None
    """The name of the master, where BROKER_URL leads to sentinels."""
    servers: tuple[str, ...] = field(default=(), repr=False)
    """Accounts on PostgreSQL servers that may create roles and databases."""
    secret_key_file: Path = Path(".data/secret.key")
    """Keys that encrypt stored passwords; made on first start, readable by its owner only."""
    archive_dir: Path = Path(".data/archive")
    """Folder of the backups, unless ARCHIVE_URL is set."""
    archive_url: str | None = None
    """Bucket of the backups: `s3://bucket/prefix?endpoint=https://…&region=…`."""
    archive_access_key_id: str | None = None
    """Who we are to the bucket; without it the usual places of AWS clients are searched."""
    archive_secret_access_key: str | None = field(default=None, repr=False)
    """The proof of that."""
    archive_encryption: bool = True
    """Whether new files of the archive are encrypted with the newest key of SECRET_KEY_FILE."""
    store_backup_hours: float = 24.0
    """Time between two copies of the store itself into the archive; 0 for none."""
    allowed_hosts: tuple[str, ...] = ()
    """Names beside HOST and the loopback ones under which the API answers."""
    cors_origins: tuple[str, ...] = ()
    """Web origins that may call the API from a browser."""
    max_body_bytes: int = 10 * 1024 * 1024
    """Longest request body."""
    request_seconds: int = 30
    """Longest time for a request's body to arrive, and for each part of an answer to be taken."""
    request_statement_seconds: int = 60
    """Longest statement on a user's server while a client waits; jobs have their own limit."""
    limits: Limits = field(default_factory=Limits)
    """How much may be asked; what is left open depends on who can reach the API."""
    limits_redis_url: str | None = field(default=None, repr=False)
    """Where requests are counted; the database of REDIS_URL if absent."""
    trust_network: bool = False
    """Whether HOST may be reached by others though AUTHENTICATION is none, as a proxy asks them."""
    published_on_loopback: bool = False
    """Whether HOST is a container's, whose port is published on loopback of its machine alone."""
    authentication: str = "none"
    """`none`: everybody who can connect may do everything; `required`: only keys and tokens may."""
    oidc_issuer: str | None = None
    """The OpenID Connect provider whose tokens are accepted, as their `iss` spells it."""
    oidc_audience: str | None = None
    """What the `aud` of tokens has to name."""
    oidc_authorized_parties: tuple[str, ...] = ()
    """What the `azp` of tokens may be."""
    oidc_jwks_url: str | None = None
    """Where the provider publishes its keys, if not where its own description says."""
    oidc_public_key_file: Path | None = None
    """The provider's public key in PEM, for installations that cannot reach the provider."""
    trusted_proxies: int = 0
    """Proxies in front of us, each of which adds an address to X-Forwarded-For."""
    postgresql_bin_dirs: tuple[Path, ...] = ()
    """Folders searched first for pg_dump, pg_restore, psql and the server itself."""
    heartbeat_seconds: float = 3.0
    """Time between two proofs of life of a running job."""
    lease_seconds: float = 15.0
    """Silence after which a running job is taken back."""
    announce_grace_seconds: float = 10.0
    """Age at which a queued job that nobody began is announced again."""
    repair_seconds: float = 5.0
    """Time between two rounds of repair."""
    retry_base_seconds: float = 2.0
    """Wait before the second attempt; the base of the backoff."""
    statement_timeout_seconds: int = 600
    """Longest statement on a user's server."""
    lock_timeout_seconds: int = 5
    """Longest wait for a lock on a user's server."""
    lock_patience_seconds: int = 60
    """How long a change of a database waits for others, a moment at a time."""
    set_aside_hours: float = 24.0
    """How long values that a change removed are kept for a revert; with 0 they go at once."""
    drift_check_minutes: float = 60.0
    """Time between two looks of the schedule for changes made by hand; 0 for none."""
    online_from_bytes: int = 16 * 1024 * 1024
    """Size of a table from which on changes take longer ways that hold up nobody."""
    connections_per_login: int = 20
    """Sessions that one login of a generated database may have at a time."""
    log_level: str = "INFO"
    """Least severity that is logged."""
    worker_concurrency: int = 4
    """Jobs that one worker runs at a time."""
    web_threads: int = 32
    """Requests that the web process answers at a time."""
    web_processes: int = 1
    """Web processes; more are wanted only where one processor is not enough."""
    prometheus_multiproc_dir: Path | None = None
    """Folder in which several web processes add up their measures; emptied when they start."""
    metrics_token: str | None = field(default=None, repr=False)
    """What may read /metrics from other machines; without it only this machine may."""
    webhooks_allow_private: bool = False
    """Whether webhooks may lead to addresses that are not on the internet, over HTTP as well."""
    otel_exporter_otlp_endpoint: str | None = None
    """An OpenTelemetry collector that is told of traces; needs requirements-otel.txt."""
    flower_port: int = 5555
    """Port of Flower, on loopback always."""

    @property
    def wants_loopback(self) -> bool:
        """Whether only this machine may reach the API, as nobody is asked who they are."""
        return self.authentication == "none" and not (
            self.trust_network or self.published_on_loopback
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read and check every setting.

        Args:
            environ: variables by name; those of other programs are ignored.

        Raises:
            InvalidSettingsError: for all settings that cannot be used, at once.
        """
        environ, file_problems = with_files(environ)
        reader = _Reader(environ)
        data_dir = reader.read("DATA_DIR", values.path, Path(".data").absolute())
        settings = cls(
            host=reader.read("HOST", str, "127.0.0.1"),
            port=reader.read("PORT", values.port, 8080),
            data_dir=data_dir,
            database_url=reader.read(
                "DATABASE_URL",
                values.postgresql_url,
                "postgresql://schema_builder@127.0.0.1:5432/schema_builder",
            ),
            redis_url=reader.read("REDIS_URL", values.redis_url, "redis://127.0.0.1:6379/0"),
            broker_url=reader.read("BROKER_URL", values.broker_url, None),
            broker_sentinel_master=reader.read("BROKER_SENTINEL_MASTER", str, None),
            servers=reader.read("SERVERS", values.postgresql_urls, ()),
            secret_key_file=reader.read("SECRET_KEY_FILE", values.path, data_dir / "secret.key"),
            archive_dir=reader.read("ARCHIVE_DIR", values.path, data_dir / "archive"),
            archive_url=reader.read("ARCHIVE_URL", values.archive_url, None),
            archive_access_key_id=reader.read("ARCHIVE_ACCESS_KEY_ID", str, None),
            archive_secret_access_key=reader.read("ARCHIVE_SECRET_ACCESS_KEY", str, None),
            archive_encryption=reader.read("ARCHIVE_ENCRYPTION", values.truth, default=True),
            store_backup_hours=reader.read("STORE_BACKUP_HOURS", values.duration_or_none, 24.0),
            allowed_hosts=reader.read("ALLOWED_HOSTS", values.host_names, ()),
            cors_origins=reader.read("CORS_ORIGINS", values.origins, ()),
            max_body_bytes=reader.read("MAX_BODY_BYTES", values.count, 10 * 1024 * 1024),
            request_seconds=reader.read("REQUEST_SECONDS", values.count, 30),
            request_statement_seconds=reader.read("REQUEST_STATEMENT_SECONDS", values.count, 60),
            limits_redis_url=reader.read("LIMITS_REDIS_URL", values.redis_url, None),
            trust_network=reader.read("TRUST_NETWORK", values.truth, default=False),
            published_on_loopback=reader.read("PUBLISHED_ON_LOOPBACK", values.truth, default=False),
            authentication=reader.read("AUTHENTICATION", values.authentication, "none"),
            oidc_issuer=reader.read("OIDC_ISSUER", values.web_url, None),
            oidc_audience=reader.read("OIDC_AUDIENCE", str, None),
            oidc_authorized_parties=reader.read("OIDC_AUTHORIZED_PARTIES", values.names, ()),
            oidc_jwks_url=reader.read("OIDC_JWKS_URL", values.web_url, None),
            oidc_public_key_file=reader.read("OIDC_PUBLIC_KEY_FILE", values.path, None),
            trusted_proxies=reader.read("TRUSTED_PROXIES", values.size, 0),
            postgresql_bin_dirs=reader.read("POSTGRESQL_BIN_DIRS", values.paths, ()),
            heartbeat_seconds=reader.read("HEARTBEAT_SECONDS", values.duration, 3.0),
            lease_seconds=reader.read("LEASE_SECONDS", values.duration, 15.0),
            announce_grace_seconds=reader.read("ANNOUNCE_GRACE_SECONDS", values.duration, 10.0),
            repair_seconds=reader.read("REPAIR_SECONDS", values.duration, 5.0),
            retry_base_seconds=reader.read("RETRY_BASE_SECONDS", values.duration, 2.0),
            statement_timeout_seconds=reader.read("STATEMENT_TIMEOUT_SECONDS", values.count, 600),
            lock_timeout_seconds=reader.read("LOCK_TIMEOUT_SECONDS", values.count, 5),
            lock_patience_seconds=reader.read("LOCK_PATIENCE_SECONDS", values.count, 60),
            set_aside_hours=reader.read("SET_ASIDE_HOURS", values.duration_or_none, 24.0),
            drift_check_minutes=reader.read("DRIFT_CHECK_MINUTES", values.duration_or_none, 60.0),
            online_from_bytes=reader.read("ONLINE_FROM_BYTES", values.size, 16 * 1024 * 1024),
            connections_per_login=reader.read("CONNECTIONS_PER_LOGIN", values.count, 20),
            log_level=reader.read("LOG_LEVEL", values.log_level, "INFO"),
            worker_concurrency=reader.read("WORKER_CONCURRENCY", values.count, 4),
            web_threads=reader.read("WEB_THREADS", values.count, 32),
            web_processes=reader.read("WEB_PROCESSES", values.count, 1),
            prometheus_multiproc_dir=reader.read("PROMETHEUS_MULTIPROC_DIR", values.path, None),
            metrics_token=reader.read("METRICS_TOKEN", values.token, None),
            webhooks_allow_private=reader.read(
                "WEBHOOKS_ALLOW_PRIVATE", values.truth, default=False
            ),
            otel_exporter_otlp_endpoint=reader.read(
                "OTEL_EXPORTER_OTLP_ENDPOINT", values.collector_url, None
            ),
            flower_port=reader.read("FLOWER_PORT", values.port, 5555),
        )
        is_private = (
            settings.authentication == "none"
            and not settings.trust_network
            and (settings.published_on_loopback or is_loopback(settings.host))
        )
        settings = replace(
            settings,
            limits=read_limits(
                lambda name, default: reader.read(name, values.size, default),
                is_private=is_private,
            ),
        )
        problems = [*file_problems, *reader.problems, *_contradictions(settings)]
        if problems:
            raise InvalidSettingsError(problems=tuple(problems))
        return settings


def load_settings() -> Settings:
    """Read the settings of this process."""
    return Settings.from_environment(process_environment())


def process_environment(folder: Path | None = None) -> dict[str, str]:
    """Return the variables of this process on top of `.env` and of the embedded addresses.

    Args:
        folder: where `.env` is looked for; the working folder if absent.
    """
    given = given_environment(folder)
    data_dir = values.path(given.get("DATA_DIR", "").strip() or ".data")
    named = given_names(given)
    embedded = _variables(data_dir / EMBEDDED_ADDRESSES_FILE)
    return {name: value for name, value in embedded.items() if name not in named} | given


def given_environment(folder: Path | None = None) -> dict[str, str]:
    """Return what somebody set: the variables of this process on top of `.env`."""
    dotenv = _variables((folder or Path.cwd()) / ".env")
    own = os.environ.items()  # noqa: TID251 - this is the place
    return dotenv | {name: value for name, value in own if value}


def hand_to_libraries(settings: Settings) -> None:
    """Set in this process what a library reads from the environment itself.

    To be called before that library is loaded, or it does not see what stands in `.env` alone.
    """
    if settings.prometheus_multiproc_dir is not None:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(  # noqa: TID251 - this is the place
            settings.prometheus_multiproc_dir
        )


class _Reader:
    """Reads variables one by one and remembers what was wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return the parsed variable, or the default where it is absent or unusable."""
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return default


def _contradictions(settings: Settings) -> list[str]:
    """Say which settings do not go together."""
    problems = []
    if settings.wants_loopback and not is_loopback(settings.host):
        problems.append(
            f"HOST {settings.host} can be reached from other machines and AUTHENTICATION is none: "
            + HOW_TO_LISTEN
        )
    has_addressee = settings.oidc_audience or settings.oidc_authorized_parties
    if settings.oidc_issuer and not has_addressee:
        problems.append(
            "OIDC_ISSUER needs OIDC_AUDIENCE or OIDC_AUTHORIZED_PARTIES, as the provider makes "
            "tokens for others too"
        )
    if (settings.archive_access_key_id is None) != (settings.archive_secret_access_key is None):
        problems.append("ARCHIVE_ACCESS_KEY_ID and ARCHIVE_SECRET_ACCESS_KEY go together")
    is_sentinel = (settings.broker_url or "").startswith("sentinel:")
    if is_sentinel != (settings.broker_sentinel_master is not None):
        problems.append(
            "BROKER_SENTINEL_MASTER names the master that a BROKER_URL of sentinels leads to:"
            " they go together"
        )
    if settings.lease_seconds < 2 * settings.heartbeat_seconds:
        problems.append("LEASE_SECONDS must be at least twice HEARTBEAT_SECONDS")
    if settings.web_processes > 1 and settings.prometheus_multiproc_dir is None:
        problems.append(
            "WEB_PROCESSES above 1 needs PROMETHEUS_MULTIPROC_DIR, a folder of their own in which "
            "the processes add up their measures"
        )
    return problems


def _variables(file: Path) -> dict[str, str]:
    """Return the variables of a file, none if it is not there."""
    if not file.is_file():
        return {}
    return {name: value for name, value in dotenv_values(file).items() if value}
