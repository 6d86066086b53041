"""The routes of servers, for admins of the workspace that the installation began with.

Servers belong to the installation and not to a workspace: for all others there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from core.access.principal import LOCAL_WORKSPACE
from core.databases.server_errors import InstallationOnlyError, ServerNotFoundError
from web.bodies import read_body
from web.context import application
from web.envelope import answer, answer_page
from web.paging import PageQuery, PageRequest
from web.principals import owner
from web.routing import Answer, Noun
from web.server_bodies import read_server_body, server_json, server_path
from web.shapes.servers import CHANGED_SERVER_BODY, SERVER_BODY, ServerAnswer, ServerPage

servers = Noun(
    "servers",
    "Servers of PostgreSQL that databases are put on, with labels, capacity and health.",
)


@servers.route(
    "POST",
    "/servers",
    body=SERVER_BODY,
    answers=(
        Answer(
            status=201,
            shape=ServerAnswer,
            description="Looked at and registered; its address is never shown.",
            headers=("Location",),
        ),
    ),
    errors=(403, 409, 413, 415),
)
def create_server() -> Response:
    """Register a server."""
    if owner() != LOCAL_WORKSPACE:
        raise InstallationOnlyError
    wanted = read_server_body(read_body(), needs_url=True)
    server = application().register_servers.add(
        name=wanted.name, url=wanted.url or "", labels=wanted.labels, capacity=wanted.capacity
    )
    return answer(
        server_json(server),
        "Server registered successfully",
        status=201,
        headers={"Location": server_path(server.id)},
    )


@servers.route(
    "GET",
    "/servers",
    query=PageQuery,
    answers=(
        Answer(
            status=200, shape=ServerPage, description="First recorded first.", headers=("Link",)
        ),
    ),
)
def list_servers(query: Mapping[str, Any]) -> Response:
    """List servers, those that SERVERS names included."""
    page = PageRequest.of(query)
    found = application().servers.registrations() if owner() == LOCAL_WORKSPACE else []
    begin = (page.page - 1) * page.limit
    return answer_page(
        [server_json(server) for server in found[begin : begin + page.limit]],
        total=len(found),
        page=page,
        message="Servers retrieved successfully",
    )


@servers.route(
    "GET",
    "/servers/<uuid:server_id>",
    answers=(Answer(status=200, shape=ServerAnswer, description="How it stands."),),
    errors=(404,),
)
def get_server(server_id: UUID) -> Response:
    """Read what is known of a server."""
    server = application().register_servers.get(_seen(server_id))
    return answer(server_json(server), "Server retrieved successfully")


@servers.route(
    "PUT",
    "/servers/<uuid:server_id>",
    body=CHANGED_SERVER_BODY,
    answers=(Answer(status=200, shape=ServerAnswer, description="As it stands now."),),
    errors=(403, 404, 409, 413, 415),
)
def replace_server(server_id: UUID) -> Response:
    """Say something else of a server."""
    id_ = _seen(server_id)
    application().register_servers.get(id_)
    wanted = read_server_body(read_body(), needs_url=False)
    server = application().register_servers.change(
        id_, name=wanted.name, url=wanted.url, labels=wanted.labels, capacity=wanted.capacity
    )
    return answer(server_json(server), "Server changed successfully")


@servers.route(
    "POST",
    "/servers/<uuid:server_id>/drain",
    answers=(
        Answer(
            status=200,
            shape=ServerAnswer,
            description="It takes no new databases; those that stand on it go on.",
        ),
    ),
    errors=(403, 404),
)
def drain_server(server_id: UUID) -> Response:
    """Let a server take no new databases."""
    server = application().register_servers.drain(_seen(server_id))
    return answer(server_json(server), "Server drained successfully")


@servers.route(
    "POST",
    "/servers/<uuid:server_id>/undrain",
    answers=(Answer(status=200, shape=ServerAnswer, description="It takes new databases again."),),
    errors=(403, 404),
)
def undrain_server(server_id: UUID) -> Response:
    """Let a server take new databases again."""
    server = application().register_servers.undrain(_seen(server_id))
    return answer(server_json(server), "Server takes databases again")


@servers.route(
    "DELETE",
    "/servers/<uuid:server_id>",
    answers=(Answer(status=200, shape=ServerAnswer, description="As it was; it is forgotten."),),
    errors=(403, 404, 409),
)
def delete_server(server_id: UUID) -> Response:
    """Forget a server on which nothing stands."""
    server = application().register_servers.remove(_seen(server_id))
    return answer(server_json(server), "Server removed successfully")


def _seen(server_id: UUID) -> str:
    """Return the id of a server as far as the present workspace can see any.

    Raises:
        ServerNotFoundError: it cannot.
    """
    if owner() != LOCAL_WORKSPACE:
        raise ServerNotFoundError(server=str(server_id))
    return str(server_id)
