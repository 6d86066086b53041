"""Running the lines of a plan with a journal, so that whoever comes next knows where to go on.

The journal is the database's own comment, so it can never say more than is in effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.databases.engine import Session
from core.databases.migration import Migration
from core.databases.names import Direction, Marker, MigrationProgress
from core.dialects.statement import Line
from core.jobs.running import JobRun
from core.planning.plan import Plan, Return

Watch = Callable[[str, float | None], None]
"""Told what goes on; what it raises ends the work between two lines or within one."""


def silent(_words: str, _share: float | None) -> None:
    """Tell nobody what goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A plan on its way through one database."""

    session: Session
    """The session that runs it; it has its turn."""
    migration: Migration
    """The migration."""
    plan: Plan
    """Its plan."""
    before_each: Callable[[], None] = lambda: None
    """Called before each line; what it raises ends the work there."""
    watch: Watch = silent
    """Told what goes on."""
    last_look: Callable[[Line], Line] = lambda line: line
    """Given each line down before it runs; returns the line that runs in its place."""

    def marker(self) -> Marker:
        """Read the journal."""
        marker = Marker.read(self.session.journal())
        if marker is not None:
            return marker
        return Marker(
            job_id="",
            schema_id=self.migration.schema_id,
            version_number=self.migration.from_version or 0,
        )

    def progress(self) -> MigrationProgress | None:
        """Return how far this migration is, None when the journal does not speak of it."""
        return progress_of(self.marker(), self.migration)

    def is_under_way(self) -> bool:
        """Tell whether the database is between the two states of the plan."""
        progress = self.progress()
        return progress is not None and not progress.is_complete

    def go_up(self) -> None:
        """Run the lines up that are left; those of a taking back that was under way go first."""
        progress = self.progress()
        if progress is not None and progress.direction is Direction.DOWN:
            if not progress.is_complete:
                self.go_down()
            progress = None
        self._run(Direction.UP, 0 if progress is None else progress.line)

    def go_down(self) -> None:
        """Take back whatever is in effect of the lines up."""
        progress = self.progress()
        if progress is None:
            return
        self._run(Direction.DOWN, self._down_position(progress))

    def take_back(self) -> None:
        """Take back a migration that is in effect as a whole, or go on with that."""
        if self.progress() is None:
            # What a backup or another way brought about is not in the journal.
            self._run(Direction.DOWN, 0)
        else:
            self.go_down()

    def return_up(self) -> None:
        """Bring the lines up into effect again that an unfinished taking back took back.

        What it had made ready so far goes in one transaction, in which the journal turns round.
        """
        progress = self.progress()
        if progress is None:
            return
        if progress.direction is Direction.UP:
            self._run(Direction.UP, progress.line)
            return
        position = progress.line
        if self.plan.returns:
            self._turn_round(self.plan.returns[position])
            return
        # Plans of old go on taking back to the next place from where there is a way up.
        starts = [start for start in self.plan.undo_from if start >= position]
        boundary = min(starts, default=len(self.plan.down))
        self._run(Direction.DOWN, position, end=boundary)
        done = max(count for count, start in enumerate(self.plan.undo_from) if start == boundary)
        self._run(Direction.UP, done)

    def _turn_round(self, way: Return) -> None:
        """Undo what a taking back did since the last line, then go up from there."""
        lines = len(self.plan.up)
        final = self.migration.to_version
        journal = self._note(self.marker(), Direction.UP, way.done, lines, final)
        self.before_each()
        if way.line is None:
            self.session.write_journal(journal)
        else:
            self.session.run_line(way.line, journal=journal, progress=self._share(0, lines))
        self._run(Direction.UP, way.done)

    def _down_position(self, progress: MigrationProgress) -> int:
        if progress.direction is Direction.DOWN:
            return progress.line
        done = progress.line
        if done < len(self.plan.up) and not self.plan.up[done].is_transactional:
            done += 1  # perhaps partly
        return self.plan.undo_from[done]

    def _run(self, direction: Direction, start: int, *, end: int | None = None) -> None:
        lines = self.plan.up if direction is Direction.UP else self.plan.down
        marker = self.marker()
        final = self.migration.to_version
        if direction is Direction.DOWN:
            final = self.migration.from_version or 0
        last = len(lines) if end is None else end
        if start >= last == len(lines):
            self.session.write_journal(self._note(marker, direction, last, len(lines), final))
        is_back = direction is Direction.DOWN
        if is_back and start == 0 < last and not lines[0].is_transactional:
            # It may leave something behind without a note of its own.
            self.session.write_journal(self._note(marker, direction, 0, len(lines), final))
        for place in range(start, last):
            self.before_each()
            self.session.run_line(
                self.last_look(lines[place]) if is_back else lines[place],
                journal=self._note(marker, direction, place + 1, len(lines), final),
                progress=self._share(place, len(lines)),
            )

    def _note(self, marker: Marker, direction: Direction, line: int, lines: int, final: int) -> str:
        progress = MigrationProgress(
            migration_id=self.migration.id, direction=direction, line=line, lines=lines
        )
        return marker.at(progress, version_number=final if line == lines else None).text()

    def _share(self, place: int, lines: int) -> Watch:
        def watch(words: str, share: float | None) -> None:
            text = f"Line {place + 1} of {lines}: {words}"
            self.watch(text, (place + (share or 0.0)) / lines)

        return watch


def track_of(
    run: JobRun,
    session: Session,
    migration: Migration,
    plan: Plan,
    *,
    last_look: Callable[[Line], Line] = lambda line: line,
) -> Track:
    """Return a track on which an attempt of a job goes: it stops when the job has to."""

    def ask() -> None:
        run.check()
        run.prove_lease()

    def watch(words: str, share: float | None) -> None:
        run.check()
        run.progress(words, fraction=share)

    return Track(
        session=session,
        migration=migration,
        plan=plan,
        before_each=ask,
        watch=watch,
        last_look=last_look,
    )


def progress_of(marker: Marker | None, migration: Migration) -> MigrationProgress | None:
    """Return how far a migration is according to a journal, None when it speaks of another."""
    if marker is None or marker.progress is None:
        return None
    return marker.progress if marker.progress.migration_id == migration.id else None
