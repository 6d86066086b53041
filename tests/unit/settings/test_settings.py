"""Reading settings from variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.limits import NETWORK_LIMITS, Limits
from core.setting_values import is_loopback
from core.settings import (
    EMBEDDED_ADDRESSES_FILE,
    InvalidSettingsError,
    Settings,
    load_settings,
    process_environment,
)
from tests.unit.settings.test_limits import NAMES as LIMIT_SETTINGS

ROOT = Path(__file__).resolve().parents[3]


def test_everything_has_a_default() -> None:
    """No variable is needed."""
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.data_dir == Path(".data").absolute()
    assert settings.secret_key_file == settings.data_dir / "secret.key"
    assert settings.archive_dir == settings.data_dir / "archive"
    assert settings.max_body_bytes == 10 * 1024 * 1024


def test_every_field_is_read_from_the_variable_of_its_name() -> None:
    """Each variable reaches its field, as the field's type."""
    settings = Settings.from_environment(
        {
            "HOST": "::1",
            "PORT": "9000",
            "DATA_DIR": "/srv/sb",
            "DATABASE_URL": "postgres://a:b@db:5433/store",
            "REDIS_URL": "rediss://:x@broker:6380/1",
            "BROKER_URL": "sentinel://:x@one:26379;sentinel://:x@two:26379",
            "BROKER_SENTINEL_MASTER": "main",
            "SERVERS": "postgresql://a@one/postgres, postgresql://b@two/postgres",
            "SECRET_KEY_FILE": "/run/key",
            "ARCHIVE_DIR": "/backups",
            "ARCHIVE_URL": "s3://bucket/folder?endpoint=http://minio:9000",
            "ARCHIVE_ACCESS_KEY_ID": "key",
            "ARCHIVE_SECRET_ACCESS_KEY": "secret",
            "ARCHIVE_ENCRYPTION": "no",
            "STORE_BACKUP_HOURS": "1.5",
            "ALLOWED_HOSTS": "API.example, [fd00::1]",
            "CORS_ORIGINS": "https://a.example/, http://localhost:3000",
            "MAX_BODY_BYTES": "1000",
            "REQUEST_SECONDS": "7",
            "REQUEST_STATEMENT_SECONDS": "8",
            "LIMITS_REDIS_URL": "redis://counters/3",
            "TRUST_NETWORK": "yes",
            "PUBLISHED_ON_LOOPBACK": "yes",
            "POSTGRESQL_BIN_DIRS": "/a/bin:/b/bin",
            "HEARTBEAT_SECONDS": "0.5",
            "LEASE_SECONDS": "2",
            "ANNOUNCE_GRACE_SECONDS": "1",
            "REPAIR_SECONDS": "1.5",
            "RETRY_BASE_SECONDS": "0.1",
            "STATEMENT_TIMEOUT_SECONDS": "60",
            "LOCK_TIMEOUT_SECONDS": "3",
            "LOG_LEVEL": "debug",
            "WORKER_CONCURRENCY": "8",
            "WEB_THREADS": "16",
            "FLOWER_PORT": "5556",
        }
    )
    assert settings == Settings(
        host="::1",
        port=9000,
        data_dir=Path("/srv/sb"),
        database_url="postgresql://a:b@db:5433/store",
        redis_url="rediss://:x@broker:6380/1",
        broker_url="sentinel://:x@one:26379;sentinel://:x@two:26379",
        broker_sentinel_master="main",
        servers=("postgresql://a@one/postgres", "postgresql://b@two/postgres"),
        secret_key_file=Path("/run/key"),
        archive_dir=Path("/backups"),
        archive_url="s3://bucket/folder?endpoint=http://minio:9000",
        archive_access_key_id="key",
        archive_secret_access_key="secret",
        archive_encryption=False,
        store_backup_hours=1.5,
        allowed_hosts=("api.example", "[fd00::1]"),
        cors_origins=("https://a.example", "http://localhost:3000"),
        max_body_bytes=1000,
        request_seconds=7,
        request_statement_seconds=8,
        limits_redis_url="redis://counters/3",
        limits=NETWORK_LIMITS,
        trust_network=True,
        published_on_loopback=True,
        postgresql_bin_dirs=(Path("/a/bin"), Path("/b/bin")),
        heartbeat_seconds=0.5,
        lease_seconds=2.0,
        announce_grace_seconds=1.0,
        repair_seconds=1.5,
        retry_base_seconds=0.1,
        statement_timeout_seconds=60,
        lock_timeout_seconds=3,
        log_level="DEBUG",
        worker_concurrency=8,
        web_threads=16,
        flower_port=5556,
    )


def test_an_empty_variable_counts_as_absent() -> None:
    """Compose files pass empty variables on."""
    assert Settings.from_environment({"PORT": "", "SERVERS": " "}) == Settings.from_environment({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "٣"),
        ("HEARTBEAT_SECONDS", "soon"),
        ("HEARTBEAT_SECONDS", "nan"),
        ("LEASE_SECONDS", "inf"),
        ("TRUST_NETWORK", "perhaps"),
        ("AUTHENTICATION", "sometimes"),
        ("OIDC_ISSUER", "http://issuer.example"),
        ("OIDC_ISSUER", "https://"),
        ("OIDC_JWKS_URL", "file:///etc/passwd"),
        ("TRUSTED_PROXIES", "-1"),
        ("ALLOWED_HOSTS", "https://api.example:8080"),
        ("LOG_LEVEL", "loud"),
        ("ARCHIVE_URL", "https://bucket"),
        ("ARCHIVE_URL", "s3://"),
        ("ARCHIVE_URL", "s3://bucket?endpoint=minio:9000"),
        ("ARCHIVE_URL", "s3://bucket?host=minio"),
        ("ARCHIVE_ACCESS_KEY_ID", "without the other"),
        ("DATABASE_URL", "mysql://a@b/c"),
        ("DATABASE_URL", "postgresql:///only_a_socket"),
        ("DATABASE_URL", "postgresql://h:notaport/x"),
        ("REDIS_URL", "redis://[broken"),
        ("REDIS_URL", "amqp://guest@broker//"),
        ("BROKER_URL", "https://broker"),
        ("BROKER_URL", "sentinel://one:26379;two:26379"),
        ("CORS_ORIGINS", "*"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    """The sentence names the variable."""
    with pytest.raises(InvalidSettingsError, match=name):
        Settings.from_environment({name: value})


def test_all_problems_are_said_at_once() -> None:
    """Nobody has to start five times to find five mistakes."""
    with pytest.raises(InvalidSettingsError) as caught:
        Settings.from_environment({"PORT": "x", "LOG_LEVEL": "y", "HOST": "0.0.0.0"})
    assert len(caught.value.problems) == 3


def test_an_address_others_can_reach_needs_trust() -> None:
    """Without authentication only loopback is served unless somebody says otherwise."""
    with pytest.raises(InvalidSettingsError, match=r"set AUTHENTICATION=required, or .* TRUST_NET"):
        Settings.from_environment({"HOST": "0.0.0.0"})
    assert Settings.from_environment({"HOST": "0.0.0.0", "TRUST_NETWORK": "1"}).trust_network


def test_an_address_others_can_reach_needs_no_trust_where_everybody_is_asked() -> None:
    """Then it is not the network that is trusted."""
    settings = Settings.from_environment({"HOST": "0.0.0.0", "AUTHENTICATION": "Required"})
    assert (settings.authentication, settings.trust_network) == ("required", False)


def test_a_container_that_is_published_on_loopback_is_as_good_as_loopback() -> None:
    """It listens for all, and only its own machine gets through."""
    published = {"HOST": "0.0.0.0", "PUBLISHED_ON_LOOPBACK": "true"}
    settings = Settings.from_environment(published)
    assert (settings.limits, settings.wants_loopback) == (Limits(), False)
    for outside in ({"TRUST_NETWORK": "true"}, {"AUTHENTICATION": "required"}):
        assert Settings.from_environment(published | outside).limits == NETWORK_LIMITS


def test_a_provider_needs_to_be_told_from_its_other_customers() -> None:
    """A token for somebody else's application is not for us."""
    issuer = {"OIDC_ISSUER": "https://issuer.example"}
    with pytest.raises(InvalidSettingsError, match="OIDC_AUDIENCE"):
        Settings.from_environment(issuer)
    chosen = Settings.from_environment(
        {
            **issuer,
            "OIDC_AUTHORIZED_PARTIES": "https://a.example, https://b.example",
            "OIDC_JWKS_URL": "http://127.0.0.1:9/keys",
            "OIDC_PUBLIC_KEY_FILE": "/run/provider.pem",
            "TRUSTED_PROXIES": "2",
        }
    )
    assert chosen.oidc_authorized_parties == ("https://a.example", "https://b.example")
    assert chosen.oidc_jwks_url == "http://127.0.0.1:9/keys"
    assert chosen.oidc_public_key_file == Path("/run/provider.pem")
    assert chosen.trusted_proxies == 2
    assert Settings.from_environment({**issuer, "OIDC_AUDIENCE": "us"}).oidc_audience == "us"


def test_a_lease_shorter_than_two_heartbeats_is_refused() -> None:
    """One late heartbeat must not cost the lease."""
    with pytest.raises(InvalidSettingsError, match="LEASE_SECONDS"):
        Settings.from_environment({"HEARTBEAT_SECONDS": "10"})


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("example.org", False),
    ],
)
def test_loopback_is_recognised(host: str, *, expected: bool) -> None:
    """Names other than localhost count as reachable."""
    assert is_loopback(host) is expected


def test_passwords_are_not_in_the_representation() -> None:
    """A logged settings value gives nothing away."""
    settings = Settings.from_environment(
        {
            "DATABASE_URL": "postgresql://u:hunter2@h/d",
            "REDIS_URL": "redis://:hunter2@h/0",
            "SERVERS": "postgresql://u:hunter2@h/d",
        }
    )
    assert "hunter2" not in repr(settings)


def test_a_bad_url_is_not_repeated_in_the_error() -> None:
    """Its password would end up in a log."""
    with pytest.raises(InvalidSettingsError) as caught:
        Settings.from_environment({"DATABASE_URL": "oracle://u:hunter2@h/d"})
    assert "hunter2" not in caught.value.sentence


def test_layers_win_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process wins over .env, and .env over what the embedded servers left."""
    (tmp_path / "data").mkdir()
    (tmp_path / ".env").write_text("DATA_DIR=data\nPORT=1111\nREDIS_URL=redis://dotenv/0\n")
    (tmp_path / "data" / EMBEDDED_ADDRESSES_FILE).write_text(
        "REDIS_URL=redis://embedded/0\nDATABASE_URL=postgresql://embedded/x\n"
    )
    for name in ("DATA_DIR", "REDIS_URL", "DATABASE_URL", "SERVERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", "2222")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.port == 2222
    assert settings.redis_url == "redis://dotenv/0"
    assert settings.database_url == "postgresql://embedded/x"


def test_a_home_folder_is_meant_the_same_way_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The addresses are looked for where DATA_DIR=~/… lets them be written."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / EMBEDDED_ADDRESSES_FILE).write_text("REDIS_URL=redis://embedded/0\n")
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATA_DIR", "~/data")
    assert process_environment(tmp_path)["REDIS_URL"] == "redis://embedded/0"
    assert Settings.from_environment({"DATA_DIR": "~/data"}).data_dir == tmp_path / "data"


def test_without_files_the_process_alone_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither file is needed."""
    monkeypatch.setenv("PORT", "3333")
    monkeypatch.setenv("HOST", "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    environ = process_environment(tmp_path)
    assert environ["PORT"] == "3333"
    assert "HOST" not in environ


def test_the_example_file_names_every_setting() -> None:
    """Nobody has to read the code to learn what can be set."""
    text = (ROOT / ".env.example").read_text()
    named = {line.split("=")[0].lstrip("# ") for line in text.splitlines() if "=" in line}
    fields = {name.upper() for name in Settings.__dataclass_fields__}
    assert named == fields - {"LIMITS"} | set(LIMIT_SETTINGS)
