"""The application: routes, errors as problems, the description of the API."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from dateline import __version__
from dateline.client.new_article import NewArticle
from services.web import api_articles, api_events, api_feeds, api_stories, api_webhooks, operations, pages
from services.web.context import Door
from services.web.flow import Flow
from services.web.live import Ring
from services.web.problems import MEDIA_TYPE, Problem, encoded, problem
from services.web.rendering import STATIC
from services.web.security import Frame
from services.web.sessions import Sessions

DESCRIPTION = "Send articles, read stories, follow them live. Errors are RFC 9457 problem details."


class Static(StaticFiles):
    """Static files; their addresses change with their content, so they may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with a long life where its address names its content."""
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope.get("query_string", b"")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        return response


class ProblemBody(BaseModel):
    """RFC 9457: `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str


def build(door: Door, ring: Ring, flow: Flow) -> ASGIApp:
    """The whole application, framed."""
    app = FastAPI(
        title="Dateline",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses={
            "default": {
                "description": "A problem",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
            }
        },
    )
    app.state.door = door
    sessions = app.state.sessions = Sessions()
    app.state.ring, app.state.flow = ring, flow
    for module in (api_articles, api_stories, api_events, api_feeds, api_webhooks, pages, operations):
        app.include_router(module.router)
    app.mount("/static", Static(directory=STATIC), name="static")
    app.add_api_route("/health", lambda: _health(door), include_in_schema=False)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unexpected)
    _describe(app)
    return Frame(_cors(app, door), door, sessions)


def _health(door: Door) -> Response:
    """As every service: 200 when work gets done, else 503, with the reasons."""
    report = door.health.report()
    return Response(json.dumps(report), 200 if report["alive"] else 503, media_type="application/json")


def _cors(app: ASGIApp, door: Door) -> ASGIApp:
    origins = [one.strip() for one in door.settings.web_cors_origins.split(",") if one.strip()]
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "HEAD"],
        allow_headers=["Last-Event-ID"],
        expose_headers=["ETag", "Link"],
        max_age=3600,
    )


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(encoded(body), status, headers, MEDIA_TYPE)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _answer(error.status, error.body, dict(error.headers or {}))


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return _answer(422, problem(422, "bad_parameter", f"{where}: {first['msg']}"))


async def _plain(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "bad_method"}
    detail = {404: "there is nothing here; /openapi.json lists what there is"}.get(
        error.status_code, error.detail
    )
    body = problem(error.status_code, codes.get(error.status_code, "refused"), str(detail))
    return _answer(error.status_code, body, dict(error.headers or {}))


async def _unexpected(_request: Request, _error: Exception) -> Response:
    return _answer(500, problem(500, "unexpected_error", "a fault of ours; it is in the log"))


def _describe(app: FastAPI) -> None:
    """Add what routes reading their bodies themselves cannot say."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        template = "#/components/schemas/{model}"
        for model in (NewArticle, ProblemBody):
            schema = model.model_json_schema(ref_template=template)
            schemas |= schema.pop("$defs", {})
            schemas[model.__name__] = schema
        schemas["NewArticle"].pop("additionalProperties", None)  # foreign fields are ignored, not refused
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if method not in ("get", "head") or "webhooks" in path:
                    operation["security"] = [{"token": []}]
                operation["responses"].pop("422", None)  # a problem, like every other error
        app.openapi_schema = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it
