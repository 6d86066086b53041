"""Writes deploy/observation/grafana-dashboard.json from the panels below."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent / "deploy/observation/grafana-dashboard.json"

SOURCE = {"type": "prometheus", "uid": "${source}"}

ROUTES = "schema_builder_http_requests_total"
SECONDS = "schema_builder_http_request_seconds_bucket"

BY_ROUTE = f"sum by (le, route) (rate({SECONDS}[$__rate_interval]))"

GRID_WIDTH = 24
"""Columns of Grafana's grid."""

PANELS: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("Store", "stat", "bool", (("schema_builder_store_up", "store"),)),
    ("Queue", "stat", "bool", (("schema_builder_queue_up", "broker"),)),
    ("Workers", "stat", "none", (("max by (queue) (schema_builder_workers)", "{{queue}}"),)),
    ("Longest wait for a worker", "stat", "s", (("schema_builder_queue_age_seconds", ""),)),
    (
        "Requests by status",
        "timeseries",
        "reqps",
        ((f"sum by (status) (rate({ROUTES}[$__rate_interval]))", "{{status}}"),),
    ),
    (
        "Time to the first byte",
        "timeseries",
        "s",
        tuple(
            (
                f"histogram_quantile({quantile}, sum by (le) (rate({SECONDS}[$__rate_interval])))",
                f"p{round(quantile * 100)}",
            )
            for quantile in (0.5, 0.95, 0.99)
        ),
    ),
    (
        "Slowest routes, p95",
        "timeseries",
        "s",
        (
            (
                f"topk(5, histogram_quantile(0.95, {BY_ROUTE}))",
                "{{route}}",
            ),
        ),
    ),
    (
        "Jobs that wait and run",
        "timeseries",
        "none",
        (
            (
                'sum by (kind, state) (schema_builder_jobs{state=~"queued|running"})',
                "{{kind}} {{state}}",
            ),
        ),
    ),
    (
        "Jobs that ended within the hour",
        "timeseries",
        "none",
        (
            (
                'sum by (state) (schema_builder_jobs{state=~"succeeded|failed|cancelled"})',
                "{{state}}",
            ),
        ),
    ),
    (
        "Steps, p95 of the last hour",
        "timeseries",
        "s",
        (('schema_builder_job_step_seconds{quantile="0.95"}', "{{kind}}: {{step}}"),),
    ),
    (
        "Connections to the store",
        "timeseries",
        "none",
        (
            ("schema_builder_store_pool_used", "used"),
            ("schema_builder_store_pool_size", "most"),
        ),
    ),
    (
        "Backups",
        "timeseries",
        "none",
        (("sum by (state, verification) (schema_builder_backups)", "{{state}} {{verification}}"),),
    ),
    (
        "Age of backups, where it is longest",
        "timeseries",
        "s",
        (
            ("schema_builder_backup_age_seconds", "newest"),
            ("schema_builder_backup_proof_age_seconds", "newest that was verified"),
        ),
    ),
    (
        "Databases",
        "timeseries",
        "none",
        (
            ("schema_builder_databases", "live"),
            ("schema_builder_databases_drifted", "changed by hand"),
            ("schema_builder_databases_without_backup", "without backup"),
            ("schema_builder_databases_without_proof", "without verified backup"),
            ("schema_builder_databases_backup_overdue", "with an overdue backup"),
            ("schema_builder_databases_proof_failed", "with a backup that cannot be restored"),
        ),
    ),
    ("Size of backups", "timeseries", "bytes", (("sum(schema_builder_backup_bytes)", ""),)),
    (
        "Webhook deliveries that wait",
        "timeseries",
        "none",
        (("schema_builder_webhook_deliveries_waiting", "waiting"),),
    ),
)


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    panels = []
    x = y = row_height = 0
    for number, (title, kind, unit, queries) in enumerate(PANELS, start=1):
        width, height = (6, 4) if kind == "stat" else (12, 8)
        if x + width > GRID_WIDTH:
            x, y = 0, y + row_height
        row_height = height
        panels.append(
            {
                "id": number,
                "title": title,
                "type": kind,
                "datasource": SOURCE,
                "gridPos": {"x": x, "y": y, "w": width, "h": height},
                "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
                "targets": [
                    {
                        "refId": chr(ord("A") + place),
                        "expr": query,
                        "legendFormat": legend,
                        "datasource": SOURCE,
                    }
                    for place, (query, legend) in enumerate(queries)
                ],
            }
        )
        x += width
    return {
        "title": "Schema Builder",
        "uid": "schema-builder",
        "schemaVersion": 39,
        "tags": ["schema-builder"],
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "timezone": "browser",
        "templating": {
            "list": [
                {"name": "source", "type": "datasource", "query": "prometheus", "label": "Data"}
            ]
        },
        "panels": panels,
    }


def text() -> str:
    """Return the dashboard as the file holds it."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
