"""The routes: the API under /v1, results, the description at /openapi.json and /docs, and the test door."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from recraft_core.shared.contract import ENDPOINTS, Endpoint
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from . import answers, forms, model_list, openapi, rest
from .door import Doorman
from .engine import Engine
from .faults import FAULTS
from .page import check_page
from .request_log import Visit
from .rules import Refusal

Door = Callable[[Request], Awaitable[Response]]
_NAME, _NAMES = 60, 60  # how much of a request's field names the log keeps
# `billing` may stand behind the address of every call (OpenAPI document).
QUERY = {"billing": ("api", "subscription")}
USER = {"email": "you@this-computer.local", "name": "Embedded engine"}
# A result opened in a browser must not run anything.
_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "private, max-age=3600",
}


def create(engine: Engine) -> Starlette:
    """The application around an engine."""
    app = Starlette(
        routes=_routes(engine),
        middleware=[Middleware(Doorman, engine=engine)],
        exception_handlers={Refusal: _refused, HTTPException: _unrouted},
    )
    app.router.redirect_slashes = False
    app.state.engine = engine
    return app


def _routes(engine: Engine) -> list[BaseRoute]:
    paid = [
        Route(f"/v1{path}", _paid(row, engine), methods=["POST"])
        for row in ENDPOINTS.values()
        for path in (row.path, *row.older)
        if row.method == "POST" and row.id != "styles"
    ]
    styles = _paid(ENDPOINTS["styles"], engine)
    test_door = [
        Route("/_control/faults", _faults, methods=["GET", "POST", "DELETE"]),
        Route("/_control/requests", _requests),
    ]
    return [
        *paid,
        Route("/v1/styles", _by_method(GET=_own_styles, POST=styles), methods=["GET", "POST"]),
        Route("/v1/styles/basic", _basic_styles),
        Route("/v1/styles/{style_id}", _by_method(GET=_one_style, DELETE=_drop_style), methods=["GET", "DELETE"]),
        Route("/v1/models", _models),
        Route("/v1/users/me", _user),
        Route("/results/{signature}/{image_id}", _result),
        Route("/ping", _ping),
        Route("/status", _status),
        Route("/openapi.json", _openapi),
        Route("/docs", _docs),
        *(rest.routes(engine.rest, engine.settings.token) if engine.settings.idle_s and engine.settings.token else ()),
        *(test_door if engine.settings.control else ()),
    ]


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _base_url(request: Request) -> str:
    return f"http://{request.scope['visit'].host}"


def _by_method(**doors: Door) -> Door:
    async def chosen(request: Request) -> Response:
        return await doors["GET" if request.method == "HEAD" else request.method](request)

    return chosen


def _paid(row: Endpoint, engine: Engine) -> Door:
    forms_too = row.body == "multipart" or not engine.settings.strict
    takes = ("multipart", "json") if forms_too else ("json",)

    async def serve(request: Request) -> Response:
        visit: Visit = request.scope["visit"]
        length = request.headers.get("content-length")
        async with engine.bodies.holding(forms.announced(length)):
            data = await forms.collect(request.stream(), length)
            body = await forms.decode(data, request.headers, takes, row.id)
            visit.fields = sorted(name[:_NAME] for name in body.fields)[:_NAMES]
            visit.files = [(upload.field, len(upload.data)) for upload in body.files]
            if engine.settings.page_only:
                check_page(row, body, tuple(request.query_params))
            _check_query(request)
            return JSONResponse(await engine.serve(row, body, visit, _base_url(request)))

    return serve


def _check_query(request: Request) -> None:
    for name, value in request.query_params.items():
        if name not in QUERY:
            raise Refusal("unknown_query", name=name)
        if value not in QUERY[name]:
            raise Refusal("choice", name=name, choices=QUERY[name], value=value)


async def _refused(_request: Request, trouble: Exception) -> Response:
    if not isinstance(trouble, Refusal):
        raise trouble
    return answers.refused(trouble)


async def _unrouted(request: Request, trouble: Exception) -> Response:
    """No such path or method, told as the service's front layer does."""
    if not isinstance(trouble, HTTPException):
        raise trouble
    allowed = (trouble.headers or {}).get("Allow", "GET, HEAD")
    if trouble.status_code == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": allowed})
    rule = "method" if trouble.status_code == 405 else "no_such_path"
    return answers.refused(Refusal(rule, allowed=allowed))


async def _user(request: Request) -> Response:
    store = _engine(request).store
    return JSONResponse({"credits": store.balance, **USER, "id": store.user_id})


async def _own_styles(request: Request) -> Response:
    rows = _engine(request).store.styles()
    return JSONResponse({"styles": [answers.style(style_id, record) for style_id, record in rows]})


async def _one_style(request: Request) -> Response:
    style_id = request.path_params["style_id"].lower()
    record = _engine(request).store.style(style_id)
    if record is None:
        raise Refusal("no_such_style", value=style_id)
    return JSONResponse(answers.style(style_id, record))


async def _drop_style(request: Request) -> Response:
    style_id = request.path_params["style_id"].lower()
    if not _engine(request).store.drop_style(style_id):
        raise Refusal("no_such_style", value=style_id)
    return JSONResponse({})


async def _basic_styles(_request: Request) -> Response:
    return JSONResponse({"styles": model_list.basic_styles()})


async def _models(_request: Request) -> Response:
    return JSONResponse({"data": model_list.models()})


async def _result(request: Request) -> Response:
    """A kept result; public, as the service's signed addresses are."""
    result = _engine(request).store.result(request.path_params["image_id"], request.path_params["signature"])
    if result is None:
        raise Refusal("no_such_path")
    fault = request.scope["visit"].picture_fault
    name = fault.fault if fault else ""
    if result.expired or name == "expired_url":
        raise Refusal("expired")
    data, media_type = result.data, result.media_type
    if name == "truncated_picture":
        data = data[: len(data) // 2]
    elif name == "wrong_type" and fault is not None:
        data, media_type = b"this is no picture", str(fault.options.get("content_type", media_type))
    return Response(data, media_type=media_type, headers=_SAFE)


async def _ping(_request: Request) -> Response:
    return Response()


async def _status(_request: Request) -> Response:
    return JSONResponse({"service": True, "generation": True})


async def _openapi(request: Request) -> Response:
    return JSONResponse(openapi.document(_base_url(request)))


async def _docs(request: Request) -> Response:
    return HTMLResponse(openapi.page(_base_url(request)))


async def _faults(request: Request) -> Response:
    """The test door: GET what there is, POST a fault or a list of them, DELETE all."""
    script = _engine(request).faults
    if request.method == "DELETE":
        script.clear()
    elif request.method == "POST":
        try:
            data = json.loads(await request.body())
            for one in data if isinstance(data, list) else [data]:
                options = dict(one)
                script.add(options.pop("endpoint", "*"), options.pop("fault"), **options)
        except (ValueError, KeyError, TypeError) as trouble:
            return PlainTextResponse(f"no such fault: {trouble}", 400)
    waiting: list[dict[str, Any]] = [
        {"endpoint": one.endpoint, "fault": one.fault, "times": one.times, **one.options} for one in script.waiting
    ]
    return JSONResponse({"waiting": waiting, "known": FAULTS})


async def _requests(request: Request) -> Response:
    return JSONResponse([visit.plain() for visit in _engine(request).requests])
