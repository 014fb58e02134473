"""What dashboard and alerts ask Prometheus for."""

from __future__ import annotations

import json
from typing import Any

import yaml

from dateline import metrics
from tests.conftest import ROOT

MONITORING = ROOT / "monitoring"


def expressions() -> dict[str, str]:
    """Where it stands → the query."""
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    found = {f"alert {rule['alert']}": rule["expr"] for rule in rules}
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            found[f"panel {panel['title']} {target['refId']}"] = target["expr"]
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MONITORING / "grafana" / "dateline.json").read_text("utf-8"))
    return found


def ours() -> dict[str, Any]:
    """Every metric of ours by its name as declared."""
    declared = [value for value in vars(metrics).values() if hasattr(value, "_labelnames")]
    return {one._name: one for one in declared}
