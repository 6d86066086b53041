"""What deploy/kubernetes promises, read from the manifests themselves."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pytest
from jsonschema import Draft202012Validator

from core.settings import Settings
from embedded.supervision import read_procfile
from tests.unit.commands import words_of, words_of_procfile

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
PARTS = ("base", "migrate", "autoscaling")
yaml: Any = importlib.import_module("yaml")  # comes with the tools, and ships no types
KUBERNETES = version("kubernetes-validate").rpartition(".")[0]
"""The version of Kubernetes whose schemas the package brings along."""
OLD_KUBERNETES = "1.30"
"""The oldest version that the manifests are for."""
SCALED_OBJECT = json.loads((Path(__file__).parent / "keda_scaled_object.json").read_text())
"""What KEDA's definition of a ScaledObject says of the fields that are used here.

Source: KEDA documentation, "ScaledObject specification" and the scaler "Prometheus".
"""


def documents(part: str) -> list[dict[str, Any]]:
    """Return every object of a part, in the order of its kustomization."""
    folder = FOLDER / part
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    return [each for name in listed for each in yaml.safe_load_all((folder / name).read_text())]


BASE = documents("base")
(MIGRATE,) = documents("migrate")
(SCALING,) = documents("autoscaling")
SETTINGS: dict[str, str] = dict(
    literal.split("=", 1)
    for literal in yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text())[
        "configMapGenerator"
    ][0]["literals"]
)
"""What every process is given by the map of settings."""


GUIDE = (ROOT / "docs" / "deployment.md").read_text().split("## Kubernetes")[1].split("\n## ")[0]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
OVERLAYS: dict[str, Any] = {
    text.split(maxsplit=2)[1]: yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"
}
"""What the guide has people write, by its path beside a checkout called `schema-builder`."""
COMMANDS = [line.split()[1:] for kind, text in BLOCKS if not kind for line in text.splitlines()]
"""What it has them do, in its order."""


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Return the objects of a kind, by name."""
    return {each["metadata"]["name"]: each for each in BASE if each["kind"] == kind}


DEPLOYMENTS = of_kind("Deployment")
WORKLOADS = {**DEPLOYMENTS, "migrate": MIGRATE}


def pod_of(name: str) -> dict[str, Any]:
    """Return the description of a workload's pods."""
    pod: dict[str, Any] = WORKLOADS[name]["spec"]["template"]["spec"]
    return pod


def container_of(name: str) -> dict[str, Any]:
    """Return the sole container of a workload's pods."""
    (container,) = pod_of(name)["containers"]
    return dict(container)


def probes_of(name: str) -> Iterator[dict[str, Any]]:
    """Yield the probes of a workload."""
    for key, probe in container_of(name).items():
        if key.endswith("Probe"):
            yield probe


@pytest.mark.parametrize("release", [OLD_KUBERNETES, KUBERNETES])
@pytest.mark.parametrize(
    "manifest",
    [*BASE, MIGRATE],
    ids=lambda each: f"{each['kind']}-{each['metadata']['name']}",
)
def test_a_manifest_is_as_kubernetes_wants_it(manifest: dict[str, Any], release: str) -> None:
    """Strictly: a key that Kubernetes does not know is refused."""
    kubernetes_validate.validate(manifest, release, strict=True)


def test_a_typing_mistake_in_a_key_would_be_found() -> None:
    """The schemas refuse what they do not know, so the test before means something."""
    broken = json.loads(json.dumps(DEPLOYMENTS["web"]))
    container = broken["spec"]["template"]["spec"]["containers"][0]
    container["livenesProbe"] = container.pop("livenessProbe")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES, strict=True)


def test_the_scaled_object_is_as_keda_wants_it() -> None:
    """Its fields are those of KEDA's own definition, and it scales what there is."""
    problems = [each.message for each in Draft202012Validator(SCALED_OBJECT).iter_errors(SCALING)]
    assert problems == []
    assert SCALING["spec"]["scaleTargetRef"]["name"] in DEPLOYMENTS
    assert SCALING["spec"]["minReplicaCount"] < SCALING["spec"]["maxReplicaCount"]


def test_workers_are_scaled_by_a_measure_that_the_alerts_use_too() -> None:
    """Those are held against what is served, and the query keeps to PromQL's grammar."""
    (trigger,) = SCALING["spec"]["triggers"]
    query = trigger["metadata"]["query"]
    promql_parser.parse(query)
    (measure,) = re.findall(r"schema_builder_\w+", query)
    assert f"{measure} >" in (ROOT / "deploy/observation/alert-rules.yml").read_text()
    assert "replicas" not in DEPLOYMENTS["worker"]["spec"], "or each apply would undo the scaling"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_lists_every_file(part: str) -> None:
    """What is not listed would not be applied."""
    folder = FOLDER / part
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    assert {*listed, "kustomization.yaml"} == {path.name for path in folder.iterdir()}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed here")
@pytest.mark.parametrize("part", PARTS)
def test_kustomize_renders_a_part(part: str) -> None:
    """Kustomize itself takes it, and the image is the one that a deployment names."""
    rendered = subprocess.run(
        ["kubectl", "kustomize", str(FOLDER / part)], capture_output=True, text=True, check=False
    )
    assert rendered.returncode == 0, rendered.stderr
    found = [each for each in yaml.safe_load_all(rendered.stdout) if each]
    assert {each["metadata"].get("namespace", "schema-builder") for each in found} == {
        "schema-builder"
    }
    assert "image: schema-builder\n" not in rendered.stdout


def test_every_process_of_the_procfile_is_a_deployment() -> None:
    """All ways of running the product run the same."""
    assert set(DEPLOYMENTS) == set(read_procfile(ROOT / "Procfile"))


@pytest.mark.parametrize("name", list(DEPLOYMENTS))
def test_a_deployment_runs_the_command_of_the_procfile(name: str) -> None:
    """Word for word."""
    assert words_of(container_of(name)["command"]) == words_of_procfile(name)


def test_migrations_are_made_as_compose_makes_them() -> None:
    """One command leads the store to its new form."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert container_of("migrate")["command"] == compose["services"]["migrate"]["command"]


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_every_variable_is_a_setting(name: str) -> None:
    """A variable that nobody reads would be a promise that nobody keeps."""
    container = container_of(name)
    given = {variable["name"] for variable in container["env"]}
    if "envFrom" in container:
        assert container["envFrom"] == [{"configMapRef": {"name": "settings"}}]
        given |= SETTINGS.keys()
    assert {each.lower() for each in given} <= set(Settings.__dataclass_fields__)


def test_the_settings_are_accepted_together() -> None:
    """With addresses in the place of the secret's, they make a product that may face a network."""
    secret = {
        "DATABASE_URL": "postgresql://store:word@store/schema_builder",
        "REDIS_URL": "rediss://:word@redis/0",
        "SERVERS": "postgresql://provisioner:word@target/postgres",
        "METRICS_TOKEN": "a-token-of-some-length",
    }
    given = {each["name"] for each in container_of("web")["env"] if "valueFrom" in each}
    assert given >= secret.keys()
    settings = Settings.from_environment(SETTINGS | secret)
    assert (settings.authentication, settings.trust_network) == ("required", False)
    assert settings.archive_url, "a folder of one node would be a backup of nothing"


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_secrets_are_named_and_never_spelled(name: str) -> None:
    """What opens something comes out of a Secret, as variable or as file."""
    named = {
        each["name"]: each["valueFrom"]["secretKeyRef"]["name"]
        for each in container_of(name)["env"]
        if "valueFrom" in each
    }
    assert set(named.values()) == {"schema-builder"}
    opens = re.compile(r"PASSWORD|TOKEN|ACCESS_KEY|_URL$|^SERVERS$")
    spelled = {*SETTINGS, *(each["name"] for each in container_of(name)["env"] if "value" in each)}
    assert {each for each in spelled if opens.search(each)} <= {"ARCHIVE_URL"}
    assert "kind: Secret\n" not in "".join(path.read_text() for path in FOLDER.rglob("*.yaml"))
    folder = Path(SETTINGS["SECRET_KEY_FILE"]).parent
    (mount,) = [m for m in container_of(name)["volumeMounts"] if m["mountPath"] == str(folder)]
    assert mount["readOnly"] is True


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_a_pod_has_no_rights_that_it_does_not_need(name: str) -> None:
    """No root, no capability, nothing to write but what is its own, no word with Kubernetes."""
    pod, container = pod_of(name), container_of(name)
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f"--uid {pod['securityContext']['runAsUser']}" in dockerfile
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]
    kinds = {volume["name"]: set(volume) - {"name"} for volume in pod["volumes"]}
    written = [m["name"] for m in container["volumeMounts"] if not m.get("readOnly")]
    assert all(kinds[each] == {"emptyDir"} for each in written)


@pytest.mark.parametrize("name", list(DEPLOYMENTS))
def test_a_process_that_is_stuck_is_found(name: str) -> None:
    """Each has a probe of life, and those that ask over HTTP use a name that is answered."""
    assert "livenessProbe" in container_of(name)
    for probe in probes_of(name):
        if "httpGet" in probe:
            headers = probe["httpGet"]["httpHeaders"]
            assert headers == [{"name": "Host", "value": "127.0.0.1"}]


def test_a_deploy_gives_everybody_the_time_to_go_in_good_order() -> None:
    """Web gets what it gives open requests, after the load balancers forgot it."""
    gunicorn = (ROOT / "web" / "gunicorn_settings.py").read_text()
    (grace,) = re.findall(r"^graceful_timeout = (\d+)$", gunicorn, re.MULTILINE)
    *_, seconds = container_of("web")["lifecycle"]["preStop"]["exec"]["command"]
    assert pod_of("web")["terminationGracePeriodSeconds"] > int(grace) + int(seconds)
    assert DEPLOYMENTS["web"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert pod_of("worker")["terminationGracePeriodSeconds"] >= 60


def test_flower_is_reached_by_nobody_but_operators() -> None:
    """It listens on its pod's loopback, and only web has a Service."""
    assert "--address=127.0.0.1" in words_of(container_of("flower")["command"])
    assert set(of_kind("Service")) == {"web"}
    assert of_kind("Service")["web"]["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_everything_that_is_not_allowed_is_forbidden_on_the_network() -> None:
    """One policy forbids all; only web is reached; the cloud's metadata is reached by nobody."""
    policies = of_kind("NetworkPolicy")
    assert policies["nothing"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    reached = [
        each["spec"]["podSelector"] for each in policies.values() if "ingress" in each["spec"]
    ]
    assert reached == [{"matchLabels": {"app.kubernetes.io/name": "web"}}]
    for policy in policies.values():
        for rule in policy["spec"].get("egress", ()):
            for peer in rule["to"]:
                if "ipBlock" in peer:
                    assert peer["ipBlock"]["except"] in (["169.254.0.0/16"], ["fe80::/10"])


@pytest.mark.parametrize("name", ["web", "worker", "schedule"])
def test_emptying_nodes_takes_one_at_a_time(name: str) -> None:
    """The budget selects the pods of its deployment."""
    budget = of_kind("PodDisruptionBudget")[name]["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == DEPLOYMENTS[name]["spec"]["selector"]


@pytest.mark.parametrize("name", list(DEPLOYMENTS))
def test_a_deployment_selects_its_own_pods(name: str) -> None:
    """By the name alone, which the policies and budgets use as well."""
    spec = DEPLOYMENTS[name]["spec"]
    assert spec["selector"]["matchLabels"] == {"app.kubernetes.io/name": name}
    assert spec["template"]["metadata"]["labels"]["app.kubernetes.io/part-of"] == "schema-builder"


def in_checkout(path: str) -> Path:
    """Return what the guide calls so, or a place that is not there."""
    return ROOT / Path(path).relative_to("schema-builder")


@pytest.mark.parametrize("file", list(OVERLAYS))
def test_an_overlay_of_the_guide_refers_to_what_there_is(file: str) -> None:
    """Its part is there, and the image that it replaces is the one that the part names."""
    overlay = OVERLAYS[file]
    part, *_ = overlay["resources"]
    found = in_checkout(os.path.normpath(Path(file).parent / part))
    kustomization = yaml.safe_load((found / "kustomization.yaml").read_text())
    assert overlay["namespace"] == kustomization["namespace"]
    assert [each["name"] for each in overlay["images"]] == [
        each["newName"] for each in kustomization["images"]
    ]
    for generator in overlay.get("configMapGenerator", ()):
        named = {literal.split("=")[0] for literal in generator["literals"]}
        assert named <= SETTINGS.keys()


def test_the_commands_of_the_guide_need_nothing_that_comes_later() -> None:
    """The namespace, what is in it, the form of the store, and what needs all of them."""
    applied = [words[2] for words in COMMANDS if words[0] == "apply"]
    namespace, migrate, rest = applied
    manifest = yaml.safe_load(in_checkout(namespace).read_text())
    assert (manifest["kind"], manifest["metadata"]["name"]) == ("Namespace", "schema-builder")
    assert [f"{folder}/kustomization.yaml" for folder in (rest, migrate)] == list(OVERLAYS)
    assert COMMANDS[1] == ["config", "set-context", "--current", "--namespace=schema-builder"]
    verbs = [words[0] for words in COMMANDS]
    assert verbs.index("create") > verbs.index("config")
    assert COMMANDS.index(["apply", "-k", migrate]) > max(
        place for place, verb in enumerate(verbs) if verb == "create"
    )


def test_the_commands_of_the_guide_make_every_secret_that_is_needed() -> None:
    """With every key that a pod cannot start without."""
    made = {
        words[3]: {word.partition("=")[2] for word in words[4:]}
        for words in COMMANDS
        if words[:3] == ["create", "secret", "generic"]
    }
    needed = {
        reference["key"]
        for name in WORKLOADS
        for variable in container_of(name)["env"]
        if (reference := variable.get("valueFrom", {}).get("secretKeyRef"))
        and not reference.get("optional")
    }
    key_file = Path(SETTINGS["SECRET_KEY_FILE"]).name
    assert made == {"schema-builder": needed, "schema-builder-keys": {key_file}}
