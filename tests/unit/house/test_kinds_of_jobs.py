"""Every kind of job can be carried out: it has facts, one task and one runner."""

from __future__ import annotations

from pathlib import Path

from core.bootstrap import build
from core.jobs.kinds import KINDS
from core.jobs.model import JobKind
from core.jobs.queue import task_name
from core.settings import Settings
from tests.fakes.announcer import FakeAnnouncer
from worker.app import make_app


def test_every_kind_has_facts_one_task_and_one_runner(tmp_path: Path) -> None:
    """A kind that lacks one of them would wait for ever."""
    settings = Settings(data_dir=tmp_path, secret_key_file=tmp_path / "secret.key")
    application = build(settings, announcer=FakeAnnouncer())
    tasks = [name for name in make_app(settings).tasks if name.startswith("job.")]
    application.close()
    assert set(KINDS) == set(JobKind)
    assert set(application.runners) == set(JobKind)
    assert sorted(tasks) == sorted(task_name(kind) for kind in JobKind)


def test_every_step_of_a_kind_has_a_name_of_its_own() -> None:
    """Steps are recorded by name."""
    for facts in KINDS.values():
        assert facts.steps
        assert len(set(facts.steps)) == len(facts.steps)
