"""Settings that are read from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.setting_files import IN_FILES, given_names
from core.settings import (
    EMBEDDED_ADDRESSES_FILE,
    InvalidSettingsError,
    Settings,
    process_environment,
)

ROOT = Path(__file__).resolve().parents[3]

VALUES = {
    "DATABASE_URL": "postgresql://a:hidden@db/store",
    "REDIS_URL": "redis://:hidden@broker/0",
    "BROKER_URL": "amqp://a:hidden@rabbit:5672//",
    "LIMITS_REDIS_URL": "redis://:hidden@counters/3",
    "SERVERS": "postgresql://a:hidden@one/postgres\npostgresql://b:hidden@two/postgres\n",
    "ARCHIVE_URL": "s3://bucket/prefix",
    "ARCHIVE_ACCESS_KEY_ID": "hidden-id",
    "ARCHIVE_SECRET_ACCESS_KEY": "hidden",
    "METRICS_TOKEN": "hidden-hidden-hidden",
}
"""A value for each."""


def files(folder: Path) -> dict[str, str]:
    """Write each value into a file, and return the variables that name the files."""
    named = {}
    for name, value in VALUES.items():
        (folder / name).write_text(f"{value}\n")
        named[f"{name}_FILE"] = str(folder / name)
    return named


def test_every_secret_setting_can_be_a_file(tmp_path: Path) -> None:
    """The settings are those that the values themselves would make."""
    plain = VALUES | {"SERVERS": ",".join(VALUES["SERVERS"].split())}
    from_files = Settings.from_environment(files(tmp_path))
    assert set(VALUES) == set(IN_FILES)
    assert from_files == Settings.from_environment(plain)
    assert len(from_files.servers) == 2


def test_no_setting_that_is_hidden_is_left_out() -> None:
    """What `repr` does not show is a secret, and can be a file."""
    hidden = {
        name.upper() for name, field in Settings.__dataclass_fields__.items() if not field.repr
    }
    assert hidden <= set(IN_FILES)


def test_a_value_and_a_file_for_it_are_too_much(tmp_path: Path) -> None:
    """Nobody has to guess which one counts."""
    given = files(tmp_path) | {"METRICS_TOKEN": VALUES["METRICS_TOKEN"]}
    with pytest.raises(InvalidSettingsError, match="METRICS_TOKEN and METRICS_TOKEN_FILE") as shown:
        Settings.from_environment(given)
    assert "hidden" not in str(shown.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe\xff", "is no text"),
        (b"a\0b", "is no text"),
        (b"x" * 70_000, "far too long"),
    ],
    ids=["missing", "empty", "blank", "binary", "zero byte", "huge"],
)
def test_a_file_that_has_no_value_is_named(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """With what is wrong with it, and its path."""
    file = tmp_path / "value"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidSettingsError, match=reason) as shown:
        Settings.from_environment({"REDIS_URL_FILE": str(file)})
    assert f"REDIS_URL_FILE names {file}" in str(shown.value)


def test_a_folder_is_no_value(tmp_path: Path) -> None:
    """It is told like any file that cannot be read."""
    with pytest.raises(InvalidSettingsError, match="Is a directory"):
        Settings.from_environment({"SERVERS_FILE": str(tmp_path)})


def test_a_value_that_is_wrong_is_not_repeated(tmp_path: Path) -> None:
    """It is told like a wrong variable, and stays secret."""
    (tmp_path / "url").write_text("mysql://u:hidden@h/x")
    with pytest.raises(InvalidSettingsError, match="DATABASE_URL must be a URL") as shown:
        Settings.from_environment({"DATABASE_URL_FILE": str(tmp_path / "url")})
    assert "hidden" not in str(shown.value)


def test_a_file_wins_over_the_address_of_an_embedded_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a value does: what somebody gave replaces the embedded part."""
    named = files(tmp_path)
    (tmp_path / EMBEDDED_ADDRESSES_FILE).write_text("DATABASE_URL=postgresql://embedded@h/x\n")
    monkeypatch.setenv("DATABASE_URL_FILE", named["DATABASE_URL_FILE"])
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    environ = process_environment(tmp_path)
    assert Settings.from_environment(environ).database_url == VALUES["DATABASE_URL"]
    assert "DATABASE_URL" in given_names(environ)


def test_the_example_file_names_them() -> None:
    """Whoever looks for a way to give a secret finds it."""
    text = (ROOT / ".env.example").read_text()
    paragraph = text.partition("NAME_FILE")[0]
    assert all(name in paragraph for name in IN_FILES)
