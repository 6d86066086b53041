"""What docker-compose.yml promises, read from the file itself."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.limits import NETWORK_LIMITS, Limits
from core.settings import Settings
from embedded.supervision import read_procfile
from tests.unit.commands import words_of, words_of_procfile
from tests.unit.settings.test_limits import NAMES as LIMIT_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {name.upper() for name in Settings.__dataclass_fields__} - {"LIMITS"} | {*LIMIT_SETTINGS}
OF_CONTAINERS = {
    "HOST",
    "PORT",
    "DATA_DIR",
    "FLOWER_PORT",
    "PUBLISHED_ON_LOOPBACK",
    "PROMETHEUS_MULTIPROC_DIR",
}
"""Settings that say where a container listens and what it keeps, so the file knows them itself."""
yaml: Any = importlib.import_module("yaml")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "schedule", "beat", "flower")
OTHER_WORDS = {"<DATA_DIR>/beat": "/tmp/beat", "--address=127.0.0.1": "--address=0.0.0.0"}
"""Words of the Procfile and what stands in their place in containers: a folder that need not
last, and an address that the container's port is published from."""
SPECIFICATION = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
"""The schema of the Compose Specification, as a development package brings it along."""


def problems_of(compose: object) -> list[str]:
    """Return what the Compose Specification finds wrong with a file."""
    schema = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    found = Draft202012Validator(schema).iter_errors(compose)
    return [f"{problem.json_path}: {problem.message}" for problem in found]


def test_the_file_is_as_the_specification_wants_it() -> None:
    """Every key and every value, and every service has an image to be pulled or built."""
    assert problems_of(COMPOSE) == []
    assert all("image" in service for service in SERVICES.values())


def test_a_typing_mistake_in_a_key_would_be_found() -> None:
    """The schema refuses what it does not know, so the test before means something."""
    broken = deepcopy(COMPOSE)
    broken["services"]["web"]["helthcheck"] = broken["services"]["web"].pop("healthcheck")
    assert any("helthcheck" in problem for problem in problems_of(broken))


def test_every_process_of_the_procfile_is_a_service() -> None:
    """Both ways of running the product run the same."""
    assert set(read_procfile(ROOT / "Procfile")) <= set(SERVICES)
    assert set(SERVICES) == {*OURS, "store", "target", "redis", "prometheus"}


@pytest.mark.parametrize("name", list(read_procfile(ROOT / "Procfile")))
def test_a_service_runs_the_command_of_the_procfile(name: str) -> None:
    """Word for word, but for where beat's file is and whom Flower listens to."""
    own = words_of(SERVICES[name]["command"])
    assert own == [OTHER_WORDS.get(word, word) for word in words_of_procfile(name)]


def test_a_web_process_gets_the_time_that_it_gives_open_requests() -> None:
    """A supervisor that is quicker would cut them off."""
    settings = (ROOT / "web" / "gunicorn_settings.py").read_text()
    (grace,) = re.findall(r"^graceful_timeout = (\d+)$", settings, re.MULTILINE)
    assert int(SERVICES["web"]["stop_grace_period"].removesuffix("s")) > int(grace)


def test_the_optional_prometheus_is_started_on_request_only() -> None:
    """It measures web with the token that web wants, and loads the rules of the repository."""
    service = SERVICES["prometheus"]
    assert service["profiles"] == ["observation"]
    content = yaml.safe_load(COMPOSE["configs"]["prometheus"]["content"])
    (scrape,) = content["scrape_configs"]
    token = SERVICES["web"]["environment"]["METRICS_TOKEN"]
    assert scrape["authorization"]["credentials"] == token
    assert scrape["static_configs"] == [{"targets": ["web:8080"]}]
    (rules,) = content["rule_files"]
    mounted = dict(volume.split(":")[:2][::-1] for volume in service["volumes"])
    assert (ROOT / mounted[rules]).is_file()


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


def given_by(name: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a service's processes are given where `.env` has these variables."""
    environment = SERVICES[name]["environment"]
    return {key: interpolated(str(value), variables) for key, value in environment.items()}


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """Put variables in, from the innermost outwards.

    Source: Compose file reference, "Interpolation": `:-` and `:+` take what is empty for absent.
    """

    def value(found: re.Match[str]) -> str:
        own = variables.get(found[1], "")
        return (own and found[3]) if found[2] == "+" else (own or found[3])

    while (shorter := re.sub(r"\$\{(\w+):([-+])([^${}]*)\}", value, text)) != text:
        text = shorter
    return text


@pytest.mark.parametrize("name", OURS)
def test_the_environment_makes_valid_settings(name: str) -> None:
    """The variables, with the defaults of the file put in, are accepted."""
    given = given_by(name, {})
    settings = Settings.from_environment(given)
    assert settings.published_on_loopback
    assert not settings.trust_network
    assert settings.servers[0].startswith("postgresql://provisioner:")
    assert set(given) <= SETTINGS


def test_every_setting_of_env_arrives() -> None:
    """Compose reads `.env` for itself alone, so what it does not spell out would be lost."""
    variables = {name: f"its {name}" for name in SETTINGS}
    given = given_by("web", variables)
    assert {name for name in SETTINGS if given.get(name) != variables[name]} == OF_CONTAINERS


@pytest.mark.parametrize("name", [name for name in OURS if name != "web"])
def test_all_processes_are_given_the_same_settings(name: str) -> None:
    """But for how many processes serve the API, which is web's affair alone."""
    of_web = SERVICES["web"]["environment"]
    own = SERVICES[name]["environment"]
    assert of_web.items() - own.items() == {
        (key, of_web[key]) for key in ("WEB_PROCESSES", "PROMETHEUS_MULTIPROC_DIR")
    }
    assert own.items() <= of_web.items()


def test_who_asks_for_authentication_gets_the_limits_of_a_network() -> None:
    """As the guide to deployment has it, and no token that others know."""
    variables = {
        "AUTHENTICATION": "required",
        "ALLOWED_HOSTS": "designs.example.org",
        "TRUSTED_PROXIES": "1",
    }
    settings = Settings.from_environment(given_by("web", variables))
    assert settings.authentication == "required"
    assert settings.limits == NETWORK_LIMITS
    assert settings.metrics_token is None


def test_on_a_machine_of_ones_own_nothing_is_limited() -> None:
    """Port 8080 is published on loopback alone, and all requests seem to come from one address."""
    assert Settings.from_environment(given_by("web", {})).limits == Limits()


def test_several_web_processes_add_up_in_a_folder_that_they_can_write() -> None:
    """One variable is enough; the rest of the system is read-only."""
    settings = Settings.from_environment(given_by("web", {"WEB_PROCESSES": "2"}))
    assert settings.web_processes == 2
    assert str(settings.prometheus_multiproc_dir).startswith(f"{SERVICES['web']['tmpfs'][0]}/")


def test_the_number_of_workers_can_be_set() -> None:
    """Replicas come from a variable."""
    assert "WORKERS" in str(SERVICES["worker"]["deploy"]["replicas"])


def test_named_volumes_and_configs_are_declared() -> None:
    """Nothing refers to what is not there."""
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            place = volume.split(":")[0]
            assert place in COMPOSE["volumes"] or (ROOT / place).is_file()
        for config in service.get("configs", ()):
            assert config["source"] in COMPOSE["configs"]
