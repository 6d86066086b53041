"""Draws the pictures of the architecture page; run it again when the house changes."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent
STYLE = """
text { font-family: ui-sans-serif, system-ui, sans-serif; font-size: 14px; fill: #1f2937 }
.small { font-size: 12px; fill: #4b5563 }
.bold { font-weight: 600 }
.box { fill: #f8fafc; stroke: #64748b; stroke-width: 1.2 }
.pure { fill: #ecfdf5; stroke: #059669 }
.shell { fill: #eff6ff; stroke: #2563eb }
.outside { fill: #fefce8; stroke: #ca8a04 }
.line { stroke: #475569; stroke-width: 1.5; fill: none; marker-end: url(#arrow) }
.dashed { stroke-dasharray: 5 4 }
"""


def box(x: int, y: int, width: int, height: int, title: str, *notes: str, kind: str = "") -> str:
    """Return a rounded box with a title and a small line below it."""
    middle = x + width // 2
    note = "".join(notes)
    line = y + height // 2 + (5 if not note else -3)
    parts = [
        f'<rect class="box {kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>',
        f'<text class="bold" text-anchor="middle" x="{middle}" y="{line}">{escape(title)}</text>',
    ]
    if note:
        parts.append(
            f'<text class="small" text-anchor="middle" x="{middle}" y="{line + 18}">'
            f"{escape(note)}</text>"
        )
    return "".join(parts)


def arrow(points: str, label: str = "", at: tuple[int, int] = (0, 0), kind: str = "") -> str:
    """Return a line with a head along the points, with a label."""
    text = f'<text class="small" x="{at[0]}" y="{at[1]}">{escape(label)}</text>' if label else ""
    return f'<polyline class="line {kind}" points="{points}"/>{text}'


def picture(width: int, height: int, title: str, parts: list[str]) -> str:
    """Return a whole SVG document."""
    head = (
        '<marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
        ' orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#475569"/></marker>'
    )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"<defs>{head}</defs><style>{STYLE}</style>"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def house() -> str:
    """Return the picture of the packages."""
    parts = [
        box(20, 20, 190, 60, "web", "Flask, OpenAPI", kind="shell"),
        box(570, 20, 190, 60, "worker", "Celery", kind="shell"),
        box(255, 20, 270, 60, "bootstrap", "wires everything together"),
        arrow("210,50 253,50"),
        arrow("570,50 527,50"),
        box(90, 110, 290, 56, "store", "our records: SQLAlchemy, PostgreSQL"),
        box(400, 110, 290, 56, "engines", "live servers: psycopg2, pg_dump"),
        box(90, 186, 600, 56, "schemas · backups · databases", "use cases and runners"),
        box(90, 262, 600, 50, "jobs", "life, lease, heartbeat, retry, repair"),
        box(90, 332, 600, 40, "formats", kind="pure"),
        box(90, 384, 600, 40, "lint", kind="pure"),
        box(90, 436, 600, 40, "planning", kind="pure"),
        box(90, 488, 290, 40, "dialects", kind="pure"),
        box(400, 488, 290, 40, "validation", kind="pure"),
        box(90, 540, 600, 40, "changes", kind="pure"),
        box(90, 592, 600, 40, "definition", kind="pure"),
        box(90, 650, 600, 40, "unit_of_work · settings · clock · secrets · errors"),
        arrow("720,130 720,684", "imports", (726, 400)),
        arrow("390,82 390,108"),
        '<text class="small" x="20" y="358">pure:</text>',
        '<text class="small" x="20" y="374">values in,</text>',
        '<text class="small" x="20" y="390">values out</text>',
    ]
    return picture(780, 710, "Packages and who may import whom", parts)


def job() -> str:
    """Return the picture of a job's way."""
    parts = [
        box(20, 40, 130, 60, "Client", "designer, script", kind="outside"),
        box(230, 40, 150, 60, "web", "checks, stores", kind="shell"),
        box(230, 180, 150, 70, "Store", "schema, version, job", kind="outside"),
        box(470, 40, 130, 60, "Redis", "job id only", kind="outside"),
        box(470, 180, 130, 70, "worker", "claims with lease", kind="shell"),
        box(690, 40, 210, 60, "staging database", "DDL as owner, read back"),
        box(690, 180, 210, 70, "your database", "swapped in by rename", kind="outside"),
        box(690, 300, 210, 56, "archive", "dump, SHA-256, proof", kind="outside"),
        box(470, 300, 130, 56, "schedule", "repairs, announces", kind="shell"),
        arrow("150,60 228,60", "POST", (170, 54)),
        arrow("228,84 152,84", "201 + job", (160, 100)),
        arrow("305,100 305,178", "1 one transaction", (312, 145)),
        arrow("380,70 468,70", "2 announce", (392, 63)),
        arrow("535,100 535,178", "3 deliver", (542, 145)),
        arrow("468,205 382,205", "4 claim", (400, 198)),
        arrow("468,232 382,232", "heartbeat", (396, 248), "dashed"),
        arrow("600,195 645,195 645,70 688,70", "5 build", (604, 188)),
        arrow("795,100 795,178", "6 proven: swap", (802, 145)),
        arrow("795,250 795,298", "back up, verify", (802, 280)),
        arrow("535,300 535,252", "", (0, 0), "dashed"),
        arrow("470,328 305,328 305,252", "7 lost? queue again", (330, 321), "dashed"),
        arrow("85,100 85,150 265,150 265,102", "GET job · wait · events", (90, 168), "dashed"),
    ]
    return picture(920, 380, "How a design becomes a database", parts)


def change() -> str:
    """Return the picture of how a live database follows its design."""
    parts = [
        box(20, 30, 170, 56, "stored version", "what the database is", kind="outside"),
        box(20, 120, 170, 56, "edited design", "what it shall be", kind="outside"),
        box(250, 75, 130, 56, "diff", "by id, not by guess", kind="pure"),
        box(440, 75, 150, 56, "recipes", "moves up and down", kind="pure"),
        box(650, 75, 150, 56, "plan", "pinned at both ends", kind="pure"),
        box(440, 190, 150, 56, "live database", "rows, sizes, locks", kind="outside"),
        box(860, 30, 170, 56, "impact, lint", "rows, seconds, locks", kind="pure"),
        box(860, 120, 170, 56, "migrate", "line by line", kind="shell"),
        box(860, 230, 170, 56, "database", "new design, same rows", kind="outside"),
        box(650, 230, 150, 56, "set aside", "until the window closes", kind="outside"),
        arrow("190,58 220,58 220,95 248,95"),
        arrow("190,148 220,148 220,112 248,112"),
        arrow("380,103 438,103", "changes", (384, 96)),
        arrow("590,103 648,103", "moves", (598, 96)),
        arrow("515,190 515,133", "row tests, facts", (522, 166)),
        arrow("800,95 830,95 830,58 858,58"),
        arrow("800,112 830,112 830,148 858,148"),
        arrow("925,176 925,228", "apply", (885, 206)),
        arrow("965,228 965,178", "revert", (972, 206), "dashed"),
        arrow("858,258 802,258"),
    ]
    return picture(1050, 310, "How a live database follows its design", parts)


if __name__ == "__main__":
    (FOLDER / "change.svg").write_text(change(), encoding="utf-8")
    (FOLDER / "house.svg").write_text(house(), encoding="utf-8")
    (FOLDER / "job.svg").write_text(job(), encoding="utf-8")
