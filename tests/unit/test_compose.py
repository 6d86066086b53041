"""What docker-compose.yml promises, read from the file itself."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from embedded.supervision import read_procfile

ROOT = Path(__file__).resolve().parents[2]
yaml: Any = importlib.import_module("yaml")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "schedule", "beat", "flower")
KEYS = {
    "build", "image", "init", "restart", "read_only", "tmpfs", "cap_drop", "security_opt",
    "volumes", "environment", "healthcheck", "configs", "command", "depends_on", "ports",
    "stop_grace_period", "deploy",
}  # fmt: skip
"""Keys of a service in the Compose Specification that this file uses."""


def test_the_file_has_only_parts_of_the_specification() -> None:
    """Extensions begin with x-; a typing mistake in a key is found."""
    top = {key for key in COMPOSE if not key.startswith("x-")}
    assert top == {"name", "services", "configs", "volumes"}
    for name, service in SERVICES.items():
        assert set(service) <= KEYS, name
        assert "image" in service, name


def test_every_process_of_the_procfile_is_a_service() -> None:
    """Both ways of running the product run the same."""
    assert set(read_procfile(ROOT / "Procfile")) <= set(SERVICES)
    assert set(SERVICES) == {*OURS, "store", "target", "redis"}


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    """What does not answer is seen and restarted."""
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= set(check)


@pytest.mark.parametrize("name", list(SERVICES))
def test_ports_are_published_on_loopback_only(name: str) -> None:
    """Nobody else on the network reaches an API without authentication."""
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_privileges(name: str) -> None:
    """They run without capabilities on a read-only system."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_the_image_does_not_run_as_root() -> None:
    """The last USER of the Dockerfile is the product's own account."""
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users[-1] == "schema_builder"


def test_everything_waited_for_is_a_service_that_can_be_waited_for() -> None:
    """A health condition needs a health check, an end needs a one-shot."""
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            needed = how["condition"]
            if needed == "service_healthy":
                assert "healthcheck" in SERVICES[name]
            else:
                assert (name, needed) == ("migrate", "service_completed_successfully")


def test_the_environment_makes_valid_settings() -> None:
    """The variables, with the defaults of the file put in, are accepted."""
    given = {
        key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
        for key, value in SERVICES["web"]["environment"].items()
    }
    settings = Settings.from_environment(given)
    assert settings.trust_network
    assert settings.servers[0].startswith("postgresql://provisioner:")
    assert {key.lower() for key in given} <= set(Settings.__dataclass_fields__)


def test_the_number_of_workers_can_be_set() -> None:
    """Replicas come from a variable."""
    assert "WORKERS" in str(SERVICES["worker"]["deploy"]["replicas"])


def test_named_volumes_and_configs_are_declared() -> None:
    """Nothing refers to what is not there."""
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            assert volume.split(":")[0] in COMPOSE["volumes"]
        for config in service.get("configs", ()):
            assert config["source"] in COMPOSE["configs"]
